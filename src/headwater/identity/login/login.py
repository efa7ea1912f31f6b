"""The login flow: begun, shown, submitted, for browsers, single-page and native apps."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from headwater.identity.config.flows_config import IDENTIFIER_FIRST, LOGIN
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.csrf import CsrfError
from headwater.identity.flows.errors import AlreadySignedInError, MethodDisabledError
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.login import form
from headwater.identity.login.entrance import Entrance
from headwater.identity.login.errors import BadLevelError, SessionRequiredError
from headwater.identity.login.first_forms import FirstForms
from headwater.identity.login.methods import Attempt, LoginMethod, Proof, Step
from headwater.identity.messages import login, validation
from headwater.identity.messages.text import UiText
from headwater.identity.people import credentials
from headwater.identity.people.credentials import Credential, DuplicateIdentifierError
from headwater.identity.people.fields import Field
from headwater.identity.sessions import exchange_offer
from headwater.identity.sessions.assurance import LEVELS
from headwater.identity.sessions.exchange import TokenExchange
from headwater.identity.sessions.sessions import AAL1, AAL2
from headwater.identity.sessions.whoami import SignedIn, Whoami
from headwater.identity.social.linking import Linking
from headwater.store.database import Database

SIGNED_IN_ALREADY = (
    "A valid session was detected and thus login is not possible. Did you forget to set `?refresh=true`?"
)
TRUE_WORDS = ("1", "t", "T", "TRUE", "true", "True")
# Ory's methods that this release doesn't have. Where they are off, Ory answers alike.
LATER = frozenset({"saml", "totp", "lookup_secret", "webauthn", "passkey", "deviceauthn"})


class Login:
    """A FlowKind, and the Form of its flows."""

    kind = LOGIN

    def __init__(
        self,
        *,
        passages: Passages,
        entrance: Entrance,
        whoami: Whoami,
        database: Database,
        exchange: TokenExchange,
        linking: Linking,
    ) -> None:
        self._passages = passages
        self._entrance = entrance
        self._whoami = whoami
        self._database = database
        self._exchange = exchange
        self._linking = linking
        self._methods: tuple[LoginMethod, ...] = ()
        self._first_forms = FirstForms()

    def offer(self, methods: Sequence[LoginMethod]) -> None:
        """Give the ways to sign in, in the order of the form."""
        self._methods = tuple(methods)

    async def let_in(self, visit: Visit, proof: Proof) -> Answer:
        """Let somebody in who has proved elsewhere who they are. Raises Refusal, ActionFailedError."""
        signed_in = await self._whoami.find_or_none(visit.inbound, config=visit.config)
        return await self._let_in(Attempt(visit=visit, signed_in=signed_in), proof)

    async def start(self, flow_type: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        signed_in = await self._whoami.find_or_none(inbound, config=config)
        wants_refresh = inbound.query.get("refresh") in TRUE_WORDS
        flow = self._passages.blank(
            self,
            flow_type,
            inbound=inbound,
            config=config,
            refresh=wants_refresh and signed_in is not None,
            requested_aal=_level(inbound),
            identity_id=signed_in.account.id if signed_in else None,
        )
        if signed_in is None and flow.requested_aal == AAL2:
            raise SessionRequiredError
        if signed_in is not None and not _goes_on(flow, signed_in):
            raise AlreadySignedInError(SIGNED_IN_ALREADY, location=flow.return_to or config.flows.default_return_url)
        messages = _messages(flow, signed_in)
        answer = await self._passages.begin(self, flow, inbound=inbound, config=config, messages=messages)
        if signed_in is not None:
            return answer
        return await exchange_offer.offered(answer, flow, exchange=self._exchange, inbound=inbound, config=config)

    async def show(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        flow = await self._passages.find(self.kind, flow_id, inbound=inbound, config=config)
        return answers.show(flow, config=config)

    async def submit(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        try:
            return await self._passages.submit(self, flow_id, inbound=inbound, config=config, decide=self._decide)
        except CsrfError as error:
            # Signing in changes the anti-CSRF cookie: who submits the same form again is no attacker, but done.
            if await self._is_done(flow_id, inbound, config):
                raise AlreadySignedInError(SIGNED_IN_ALREADY, location=config.flows.default_return_url) from error
            raise

    async def nodes(self, flow: Flow, *, config: IdentityConfig) -> tuple[Node, ...]:
        if not flow.refresh and not flow.memory:
            return self._first_forms.of(flow, config=config, build=lambda: self._nodes(flow, owned=(), config=config))
        return self._nodes(flow, owned=await self._owned(flow), config=config)

    def _nodes(self, flow: Flow, *, owned: Sequence[Credential], config: IdentityConfig) -> tuple[Node, ...]:
        wanted = [method for method in self._methods if method.aal == (flow.requested_aal or AAL1)]
        methods = [node for method in wanted for node in method.nodes(flow, owned=owned, config=config)]
        return self._linking.confirming(flow, form.build(flow, config=config, methods=methods, owned=owned))

    def typed(self, sent: Submission) -> Mapping[str, Any]:
        return form.typed(sent)

    def fields(self, flow: Flow, *, config: IdentityConfig) -> tuple[Field, ...]:  # noqa: ARG002  a login asks for texts only
        return ()

    def expired(self, minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
        return login.flow_expired(minutes_ago, expired_at=expired_at, expired_at_unix=expired_at_unix)

    async def _decide(self, visit: Visit) -> Answer:
        signed_in = await self._whoami.find_or_none(visit.inbound, config=visit.config)
        if signed_in is not None and not _goes_on(visit.flow, signed_in):
            if visit.inbound.is_browser and visit.flow.type == flows.BROWSER:
                raise AlreadySignedInError(SIGNED_IN_ALREADY, location=visit.config.flows.default_return_url)
            raise Refusal.whole(validation.generic(SIGNED_IN_ALREADY))
        if signed_in is None and visit.flow.requested_aal == AAL2:
            raise SessionRequiredError
        if visit.sent.complaints:
            raise Refusal(*visit.sent.complaints)
        attempt = Attempt(visit=visit, signed_in=signed_in)
        outcome = await self._method(visit).submit(attempt)
        match outcome:
            case Proof():
                return await self._let_in(attempt, outcome)
            case Step():
                return await self._passages.advance(
                    self,
                    visit,
                    outcome.flow,
                    status=answers.BAD_REQUEST,  # Ory's: the flow isn't done
                    messages=outcome.messages,
                    store=outcome.store,
                )
            case Answer():
                return outcome

    async def _let_in(self, attempt: Attempt, proof: Proof) -> Answer:
        joined = self._linking.joined(attempt.visit, proof)
        try:
            return await self._entrance.let_in(attempt, joined)
        except DuplicateIdentifierError:
            # The account elsewhere that this login was to confirm became somebody else's meanwhile.
            raise Refusal.whole(validation.duplicate_credentials()) from None

    def _method(self, visit: Visit) -> LoginMethod:
        """Return the method that was chosen. Raises Refusal or MethodDisabledError."""
        name = visit.sent.method
        if not name and visit.config.flows.login_style == IDENTIFIER_FIRST:
            name = IDENTIFIER_FIRST  # as in Kratos: its first step needs no method
        level = visit.flow.requested_aal or AAL1
        method = next((item for item in self._methods if (item.name, item.aal) == (name, level)), None)
        if method is not None:
            return method
        if name in LATER:
            raise MethodDisabledError
        raise Refusal.whole(login.no_strategy())

    async def _owned(self, flow: Flow) -> list[Credential]:
        identity_id = flow.identity_id
        if identity_id is None or not flow.refresh:
            return []

        def query(connection: Connection) -> list[Credential]:
            return credentials.of_accounts(connection, [identity_id])

        return await self._database.read(query)

    async def _is_done(self, flow_id: str, inbound: Inbound, config: IdentityConfig) -> bool:
        signed_in = await self._whoami.find_or_none(inbound, config=config)
        return signed_in is not None and not _goes_on(
            await self._passages.load(self.kind, flow_id, config=config), signed_in
        )


def _goes_on(flow: Flow, signed_in: SignedIn) -> bool:
    """Tell whether the flow is for somebody who is signed in: to prove it again, or to prove more."""
    return flow.refresh or (flow.requested_aal == AAL2 and signed_in.session.aal != AAL2)


def _level(inbound: Inbound) -> str:
    level = inbound.query.get("aal") or AAL1
    if level not in LEVELS:
        raise BadLevelError
    return level


def _messages(flow: Flow, signed_in: SignedIn | None) -> tuple[UiText, ...]:
    if signed_in is None:
        return ()
    again = (login.confirm_it_is_you(),) if flow.refresh else ()
    more = (login.second_factor_needed(),) if flow.requested_aal == AAL2 and signed_in.session.aal != AAL2 else ()
    return (*again, *more)
