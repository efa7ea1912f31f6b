"""The recovery flow: whoever brings back what was sent to a person's recovery address is let in as that person.

Nothing in it says whether an address is known here.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.core.secrets import Secret
from headwater.identity.codes import afresh as fresh_starts
from headwater.identity.codes import errands, recipients
from headwater.identity.codes.afresh import Afresh
from headwater.identity.codes.recipients import Recipient
from headwater.identity.codes.redeemer import ExpiredError, NotRedeemedError, Redeemer, TooManyGuessesError
from headwater.identity.codes.sender import Request, Sender
from headwater.identity.config.flows_config import CODE, LINK, RECOVERY
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier.kinds import EMAIL
from headwater.identity.flows import answers
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.errors import AlreadySignedInError, FlowError
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.follow_up import SHOW_RECOVERY
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.passages import NO_FLOW, Passages, require_enabled
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import recovery, validation
from headwater.identity.messages.text import Complaint, UiText
from headwater.identity.people import accounts, claims, identifiers
from headwater.identity.people.accounts import ACTIVE, Account, Address
from headwater.identity.people.fields import Field
from headwater.identity.recovery import form, support
from headwater.identity.recovery.comeback import Comeback
from headwater.identity.recovery.onward import uses_continue_with
from headwater.identity.sessions.whoami import Whoami
from headwater.store.database import Database
from headwater.web import problems

SIGNED_IN_ALREADY = "A valid session was detected and thus recovery is not possible."
TOO_OFTEN = "The request was submitted too often. Please request another code."


class Recovery:
    """A FlowKind, and the Form of its flows."""

    kind = RECOVERY

    def __init__(
        self,
        *,
        database: Database,
        passages: Passages,
        sender: Sender,
        redeemer: Redeemer,
        comeback: Comeback,
        afresh: Afresh,
        whoami: Whoami,
    ) -> None:
        self._database = database
        self._passages = passages
        self._sender = sender
        self._redeemer = redeemer
        self._comeback = comeback
        self._afresh = afresh
        self._whoami = whoami

    async def start(self, flow_type: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        await self._require_nobody(inbound, config)
        use = config.flows.recovery_use
        flow = self._passages.blank(self, flow_type, inbound=inbound, config=config, active=use)
        return await self._passages.begin(self, flow, inbound=inbound, config=config)

    async def show(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        flow = await self._passages.find(self.kind, flow_id, inbound=inbound, config=config)
        return answers.show(flow, config=config)

    async def submit(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        if "token" in inbound.query:
            return await self.resume(flow_id, inbound=inbound, config=config)
        answer = await self._passages.submit(
            self,
            flow_id,
            inbound=inbound,
            # Whether this flow may go on is for `admit` to say; what it may do, for the real configuration.
            config=support.switched_on(config),
            decide=lambda visit: self._decide(msgspec.structs.replace(visit, config=config)),
            admit=lambda flow: self._admit(flow, config),
        )
        return self._afresh.led_on(answer, kind=self.kind)

    async def resume(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Go where a link from a mail leads. Links are opened in browsers, in any: there is no cookie to ask for."""
        if not flow_id:
            raise FlowError(NO_FLOW)
        flow = await self._passages.load(self.kind, flow_id, config=config)
        if not flow.is_open:
            require_enabled(self.kind, config)
        visit = Visit(flow=flow, sent=Submission(), inbound=inbound, config=config)
        # Links that were sent before their method was switched off lead nowhere.
        token = Secret(inbound.query.get("token", "") if config.methods.link.is_enabled else "")
        message = recovery.token_invalid_or_used()
        try:
            found = await self._redeemer.by_token(token, flow=flow, project_id=config.project_id)
            return await self._comeback.complete(self, visit, found, method=LINK)
        except ExpiredError as error:
            at_ms = error.challenge.expires_at_ms
            message = fresh_starts.expired_message(self, at_ms, now_ms=self._passages.now_ms())
        except NotRedeemedError:
            pass
        except Refusal as refusal:  # an Action said no: the link is still good
            message = refusal.complaints[0].message
        return await self._afresh.after_link(self, flow, message, inbound=inbound, config=config)

    async def nodes(self, flow: Flow, *, config: IdentityConfig) -> tuple[Node, ...]:
        return form.build(flow, config=config)

    def typed(self, sent: Submission) -> Mapping[str, Any]:
        return form.typed(sent)

    def fields(self, flow: Flow, *, config: IdentityConfig) -> tuple[Field, ...]:  # noqa: ARG002  a Form's
        return ()

    def expired(self, minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
        return recovery.flow_expired(minutes_ago, expired_at=expired_at, expired_at_unix=expired_at_unix)

    def _admit(self, flow: Flow, config: IdentityConfig) -> None:
        """Raise FlowDisabledError unless people may recover by themselves, or an operator's recovery is running."""
        if not flow.is_open or flow.expires_at_ms < self._passages.now_ms():
            require_enabled(self.kind, config)

    async def _decide(self, visit: Visit) -> Answer:
        flow, sent = visit.flow, visit.sent
        if sent.complaints:
            raise Refusal(*sent.complaints)
        if flow.state == flows.PASSED_CHALLENGE:
            return await self._ended(visit, recovery.already_completed())
        if flow.state == flows.SENT_EMAIL and flow.active == CODE and not sent.text(form.EMAIL_NODE):
            return await self._redeem(visit)
        require_enabled(self.kind, visit.config)
        await self._require_nobody(visit.inbound, visit.config)
        if sent.method not in form.methods_of(visit.config):
            raise Refusal.whole(recovery.no_strategy())
        return await self._send(visit, sent.method)

    async def _send(self, visit: Visit, method: str) -> Answer:
        recipient, config = _recipient(visit), visit.config
        request = Request(
            errand=errands.RECOVERY,
            flow=visit.flow,
            recipient=recipient,
            method=method,
            inbound=visit.inbound,
            config=config,
            transient_payload=visit.sent.transient_payload,
        )
        store = await self._sender.prepare(request, found=await self._owner(recipient, config))
        flow = form.sent(visit.flow, method=method, typed=recipient.typed)
        return await self._passages.advance(self, visit, flow, messages=(form.sent_message(method),), store=store)

    async def _owner(self, recipient: Recipient, config: IdentityConfig) -> tuple[Account, Address] | None:
        """Return whose address it is. Somebody locked out can't recover: to the asker they are unknown."""
        found = await self._database.read(
            lambda connection: accounts.find_by_address(
                connection,
                purpose=claims.RECOVERY,
                via_or_none=EMAIL,
                value=recipient.value,
                project_id=config.project_id,
            )
        )
        return found if found and found[0].state == ACTIVE else None

    async def _redeem(self, visit: Visit) -> Answer:
        flow, config = visit.flow, visit.config
        code, limit = visit.sent.secret(form.CODE_NODE), config.methods.code.max_submissions
        try:
            found = await self._redeemer.by_code(code, flow=flow, project_id=config.project_id, limit=limit)
            return await self._comeback.complete(self, visit, found, method=CODE)
        except TooManyGuessesError:
            return await self._ended(visit, validation.generic(TOO_OFTEN))
        except NotRedeemedError:
            message = recovery.code_invalid_or_used()
            return await self._passages.advance(self, visit, flow, messages=(message,))

    async def _ended(self, visit: Visit, message: UiText) -> Answer:
        """Begin anew: this flow can't go on."""
        config = visit.config
        fresh, answer = await self._afresh.begin(self, visit.flow, message, inbound=visit.inbound, config=config)
        if not uses_continue_with(config):
            return answer
        details = {"continue_with": [{"action": SHOW_RECOVERY, "flow": {"id": fresh.id}}]}
        body = problems.envelope(answers.BAD_REQUEST, id="bad_request", reason=message.text, details=details)
        return msgspec.structs.replace(answer, body=body, status=answers.BAD_REQUEST, location_for_apps=None)

    async def _require_nobody(self, inbound: Inbound, config: IdentityConfig) -> None:
        if await self._whoami.find_or_none(inbound, config=config) is not None:
            raise AlreadySignedInError(SIGNED_IN_ALREADY, location=config.flows.default_return_url)


def _recipient(visit: Visit) -> Recipient:
    """Return whom a message is wanted for. Raises Refusal."""
    typed = visit.sent.text(form.EMAIL_NODE)
    has_input = visit.flow.state == flows.CHOOSE_METHOD or visit.flow.active == LINK
    node = form.EMAIL_NODE if has_input else ""
    if not typed:
        raise Refusal(Complaint(node=node, message=validation.required(form.EMAIL_NODE)))
    if recipients.is_too_long(typed):
        message = validation.max_length(identifiers.MAX_IDENTIFIER_LENGTH, actual=len(typed))
        raise Refusal(Complaint(node=node, message=message))
    recipient = recipients.of(typed)
    if recipient.via != EMAIL or not recipient.is_plausible:
        raise Refusal(Complaint(node=node, message=validation.email(typed)))
    return recipient
