"""The verification flow: whoever brings back what was sent to an address has proven that it is theirs.

Nobody has to be signed in for it, and nothing in it says whether an address is known here.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.identity.codes import errands, recipients
from headwater.identity.codes.afresh import Afresh
from headwater.identity.codes.recipients import Recipient
from headwater.identity.codes.redeemer import TOO_OFTEN, NotRedeemedError, Redeemer, TooManyGuessesError
from headwater.identity.codes.sender import Request, Sender
from headwater.identity.config.flows_config import CODE, LINK, VERIFICATION
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier.kinds import EMAIL
from headwater.identity.flows import answers
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import validation, verification
from headwater.identity.messages.text import Complaint, UiText
from headwater.identity.people import accounts, identifiers
from headwater.identity.people.accounts import Account, Address
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.people.fields import Field
from headwater.identity.settings import pending_changes
from headwater.identity.verification import form
from headwater.identity.verification.opened_link import OpenedLink
from headwater.identity.verification.proof import Proof
from headwater.store.database import Database

USE_NEW = "An error occured, please use the new flow."  # Ory's spelling, which clients may compare
RETRY = "An error occured, please retry the flow."


class Verification:
    """A FlowKind, and the Form of its flows."""

    kind = VERIFICATION

    def __init__(
        self,
        *,
        database: Database,
        passages: Passages,
        sender: Sender,
        redeemer: Redeemer,
        proof: Proof,
        opened: OpenedLink,
        afresh: Afresh,
    ) -> None:
        self._database = database
        self._passages = passages
        self._sender = sender
        self._redeemer = redeemer
        self._proof = proof
        self._opened = opened
        self._afresh = afresh

    async def start(self, flow_type: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        use = config.flows.verification_use
        flow = self._passages.blank(self, flow_type, inbound=inbound, config=config, active=use)
        return await self._passages.begin(self, flow, inbound=inbound, config=config)

    async def show(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        flow = await self._passages.find(self.kind, flow_id, inbound=inbound, config=config)
        return answers.show(self._opened.filled_in(flow), config=config)

    async def submit(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        if "token" in inbound.query:
            return await self.resume(flow_id, inbound=inbound, config=config)
        answer = await self._passages.submit(self, flow_id, inbound=inbound, config=config, decide=self._decide)
        return self._for_client(self._afresh.led_on(answer, kind=self.kind), inbound)

    async def resume(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        return self._for_client(await self._opened.follow(self, flow_id, inbound=inbound, config=config), inbound)

    async def nodes(self, flow: Flow, *, config: IdentityConfig) -> tuple[Node, ...]:
        return form.build(flow, config=config)

    def typed(self, sent: Submission) -> Mapping[str, Any]:
        return form.typed(sent)

    def fields(self, flow: Flow, *, config: IdentityConfig) -> tuple[Field, ...]:  # noqa: ARG002  a Form's
        return ()

    def expired(self, minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
        return verification.flow_expired(minutes_ago, expired_at=expired_at, expired_at_unix=expired_at_unix)

    async def _decide(self, visit: Visit) -> Answer:
        flow, sent = visit.flow, visit.sent
        if sent.complaints:
            raise Refusal(*sent.complaints)
        if flow.state == flows.PASSED_CHALLENGE:
            return await self._replaced(visit, verification.already_completed(), reason=USE_NEW)
        code = sent.text(form.CODE_NODE)
        method = sent.method or (CODE if code else "")
        if not method or method != form.method_of(visit.config):
            raise Refusal.whole(verification.no_strategy())
        if method == CODE and code:
            return await self._redeem(visit)
        return await self._send(visit, method)

    async def _send(self, visit: Visit, method: str) -> Answer:
        recipient = _recipient(visit, method)
        config = visit.config
        found = await self._database.read(lambda connection: _found(connection, visit, recipient, method))
        request = Request(
            errand=errands.VERIFICATION,
            flow=visit.flow,
            recipient=recipient,
            method=method,
            inbound=visit.inbound,
            config=config,
            transient_payload=visit.sent.transient_payload,
        )
        store = await self._sender.prepare(request, found=found)
        flow = form.sent(visit.flow, method=method, typed=recipient.typed, via=recipient.via)
        return await self._passages.advance(self, visit, flow, messages=(form.sent_message(flow),), store=store)

    async def _redeem(self, visit: Visit) -> Answer:
        flow, config = visit.flow, visit.config
        code, limit = visit.sent.secret(form.CODE_NODE), config.methods.code.max_submissions
        try:
            found = await self._redeemer.by_code(code, flow=flow, project_id=config.project_id, limit=limit)
            return await self._proof.complete(self, visit, found)
        except TooManyGuessesError:
            return await self._replaced(visit, validation.generic(TOO_OFTEN), reason=RETRY)
        except NotRedeemedError:
            message = verification.code_invalid_or_used()
            return await self._passages.advance(self, visit, flow, messages=(message,))

    async def _replaced(self, visit: Visit, message: UiText, *, reason: str) -> Answer:
        """Begin anew; apps are told the new flow's id."""
        fresh, answer = await self._afresh.begin(self, visit.flow, message, inbound=visit.inbound, config=visit.config)
        return answers.replaced(answer, by=fresh, reason=reason)

    def _for_client(self, answer: Answer, inbound: Inbound) -> Answer:
        """A native app's flow may go on in a browser, where its mail was opened: then it gets pages."""
        return msgspec.structs.replace(answer, is_for_apps=False) if inbound.is_browser else answer


def _recipient(visit: Visit, method: str) -> Recipient:
    """Return whom a message is wanted for. Raises Refusal."""
    typed = visit.sent.text(form.EMAIL_NODE)
    at_code = visit.flow.state == flows.SENT_EMAIL and method == CODE
    if not typed:
        missing = form.CODE_NODE if at_code else form.EMAIL_NODE
        raise Refusal(Complaint(node=missing, message=validation.required(missing)))
    node = "" if at_code else form.EMAIL_NODE
    if recipients.is_too_long(typed):
        message = validation.max_length(identifiers.MAX_IDENTIFIER_LENGTH, actual=len(typed))
        raise Refusal(Complaint(node=node, message=message))
    recipient = recipients.of(typed)
    if method == LINK and (recipient.via != EMAIL or not recipient.is_plausible):
        raise Refusal(Complaint(node=node, message=validation.email(typed)))
    return recipient


def _found(connection: Connection, visit: Visit, recipient: Recipient, method: str) -> tuple[Account, Address] | None:
    """Return whose address it is; or will be, where a change waits for this very proof (`verify_new_address`)."""
    config = visit.config
    owner = _owner(connection, recipient, method, config)
    if owner is not None:
        return owner
    change = pending_changes.find_or_none(connection, visit.flow.id, project_id=config.project_id)
    if change is None or (change.via, change.address) != (recipient.via, recipient.value):
        return None
    account = accounts.find_or_none(connection, change.identity_id, project_id=config.project_id)
    return None if account is None else (account, pending_changes.address_of(change))


def _owner(
    connection: Connection, recipient: Recipient, method: str, config: IdentityConfig
) -> tuple[Account, Address] | None:
    return accounts.find_by_address(
        connection,
        purpose=VERIFIABLE,
        via_or_none=EMAIL if method == LINK else None,
        value=recipient.value,
        project_id=config.project_id,
    )
