"""Links in verification mails, as they are opened: in any browser, by scanners too, perhaps twice.

A link with a token goes through with the flow. One with a code only fills the code in, so that a scanner verifies
nothing. It does so if the code is right: knowing it, and nothing else, makes the flow this browser's.
"""

import base64

import msgspec

from headwater.core.secrets import Sealer, Secret
from headwater.identity.codes import afresh as fresh_starts
from headwater.identity.codes.afresh import Afresh
from headwater.identity.codes.redeemer import TOO_OFTEN, ExpiredError, NotRedeemedError, Redeemer, TooManyGuessesError
from headwater.identity.config.flows_config import CODE, LINK, VERIFICATION
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers, csrf, nodes
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.errors import FlowError
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.passages import NO_FLOW, Passages, require_enabled
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Form, Refusal, Visit
from headwater.identity.messages import validation, verification
from headwater.identity.messages.text import UiText
from headwater.identity.sessions import cookies
from headwater.identity.verification import form as steps
from headwater.identity.verification.proof import Proof
from headwater.store.database import Database

# In a flow's memory: the code from the link, sealed, as codes are nowhere stored in clear.
OPENED_CODE = "opened_code"


class OpenedLink:
    """One per installation."""

    def __init__(
        self,
        *,
        database: Database,
        passages: Passages,
        redeemer: Redeemer,
        proof: Proof,
        afresh: Afresh,
        sealer: Sealer,
        public_url: str,
    ) -> None:
        self._database = database
        self._passages = passages
        self._redeemer = redeemer
        self._proof = proof
        self._afresh = afresh
        self._sealer = sealer
        self._public_url = public_url

    async def follow(self, form: Form, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        """Go where the link leads."""
        require_enabled(VERIFICATION, config)
        if not flow_id:
            raise FlowError(NO_FLOW)
        flow = await self._passages.load(VERIFICATION, flow_id, config=config)
        visit = Visit(flow=flow, sent=Submission(), inbound=inbound, config=config)
        token, code = (inbound.query.get(name, "") for name in ("token", "code"))
        if token and steps.method_of(config) == LINK:
            return await self._with_token(form, visit, Secret(token))
        if code and steps.method_of(config) == CODE:
            return await self._with_code(form, visit, Secret(code))
        return await self._nowhere(form, visit, verification.no_strategy())

    def filled_in(self, flow: Flow) -> Flow:
        """Return the flow as it is shown: with the code from an opened link in its place."""
        sealed = flow.memory.get(OPENED_CODE)
        if sealed is None or flow.state != flows.SENT_EMAIL:
            return flow
        code = self._sealer.unseal(base64.b64decode(sealed), context=_context(flow)).decode()
        shown = [
            nodes.with_value(node, code) if node.attributes.name == steps.CODE_NODE else node for node in flow.ui.nodes
        ]
        return msgspec.structs.replace(flow, ui=msgspec.structs.replace(flow.ui, nodes=tuple(shown)))

    async def _with_token(self, form: Form, visit: Visit, token: Secret) -> Answer:
        try:
            found = await self._redeemer.by_token(token, flow=visit.flow, project_id=visit.config.project_id)
            return await self._proof.complete(form, visit, found)
        except ExpiredError as error:
            at_ms = error.challenge.expires_at_ms
            message = fresh_starts.expired_message(form, at_ms, now_ms=self._passages.now_ms())
            return await self._nowhere(form, visit, message)
        except NotRedeemedError:
            return await self._nowhere(form, visit, verification.token_invalid_or_used())
        except Refusal as refusal:  # an Action said no: the link is still good
            return await self._nowhere(form, visit, refusal.complaints[0].message)

    async def _with_code(self, form: Form, visit: Visit, code: Secret) -> Answer:
        flow, config = visit.flow, visit.config
        now_ms = self._passages.now_ms()
        if flow.expires_at_ms < now_ms:
            message = fresh_starts.expired_message(form, flow.expires_at_ms, now_ms=now_ms)
            return await self._nowhere(form, visit, message)
        if flow.state == flows.PASSED_CHALLENGE:
            return await self._nowhere(form, visit, verification.already_completed())
        limit = config.methods.code.max_submissions
        try:
            await self._redeemer.by_opened_code(code, flow=flow, project_id=config.project_id, limit=limit)
        except TooManyGuessesError:
            return await self._nowhere(form, visit, validation.generic(TOO_OFTEN))
        except NotRedeemedError:
            return await self._nowhere(form, visit, verification.code_invalid_or_used())
        return await self._adopted(form, visit, code)

    async def _adopted(self, form: Form, visit: Visit, code: Secret) -> Answer:
        """Make the flow this browser's. A native one stays the app's as well: either may go on."""
        flow, config = visit.flow, visit.config
        sealed = self._sealer.seal(code.reveal().encode(), context=_context(flow))
        memory = {**flow.memory, OPENED_CODE: base64.b64encode(sealed).decode()}
        cookie = None
        if flow.type == flows.BROWSER:
            cookie = self._passages.csrf_cookie_of(visit) or csrf.new_cookie()
        else:
            memory[flows.OPEN] = True
        opened = msgspec.structs.replace(flow, memory=memory)
        opened = await self._passages.dressed(
            form, opened, config=config, csrf_cookie=cookie, messages=(steps.sent_message(flow),)
        )
        await self._database.write(lambda connection: flows.save(connection, opened))
        page = answers.ui_url(opened, config=config)
        answer = answers.for_apps_at(answers.show(opened, config=config), page)
        if cookie is None:
            return answer
        return answers.with_cookies(answer, cookies.for_csrf(cookie, config, public_url=self._public_url))

    async def _nowhere(self, form: Form, visit: Visit, message: UiText) -> Answer:
        return await self._afresh.after_link(form, visit.flow, message, inbound=visit.inbound, config=visit.config)


def _context(flow: Flow) -> str:
    return f"opened code {flow.id}"
