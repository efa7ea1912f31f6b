"""The registration flow: begun, shown, submitted, for browsers, single-page and native apps."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headwater.identity.config.flows_config import PROFILE_FIRST, REGISTRATION
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers, return_to
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.entered import entered
from headwater.identity.flows.errors import AlreadySignedInError
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.nodes import Node
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import registration, validation
from headwater.identity.messages.text import Complaint, UiText
from headwater.identity.people.credentials import DuplicateIdentifierError
from headwater.identity.people.fields import Field
from headwater.identity.registration import applicant, form
from headwater.identity.registration.applicant import Applicant
from headwater.identity.registration.methods import RegistrationMethod
from headwater.identity.registration.sign_up import SignedUp, SignUp, TraitsChangedError
from headwater.identity.sessions import exchange_offer
from headwater.identity.sessions.exchange import TokenExchange
from headwater.identity.sessions.whoami import Whoami

SIGNED_IN_ALREADY = "A valid session was detected and thus registration is not possible."


class Registration:
    """A FlowKind, and the Form of its flows."""

    kind = REGISTRATION

    def __init__(
        self, *, passages: Passages, sign_up: SignUp, whoami: Whoami, exchange: TokenExchange, public_url: str
    ) -> None:
        self._passages = passages
        self._sign_up = sign_up
        self._whoami = whoami
        self._exchange = exchange
        self._public_url = public_url
        self._methods: tuple[RegistrationMethod, ...] = ()

    def offer(self, methods: Sequence[RegistrationMethod]) -> None:
        """Give the ways to register, in the order of the form. They complete through `complete`."""
        self._methods = tuple(methods)

    async def start(self, flow_type: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        await self._require_nobody(inbound, config)
        flow = self._passages.blank(self, flow_type, inbound=inbound, config=config)
        answer = await self._passages.begin(self, flow, inbound=inbound, config=config)
        return await exchange_offer.offered(answer, flow, exchange=self._exchange, inbound=inbound, config=config)

    async def show(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        flow = await self._passages.find(self.kind, flow_id, inbound=inbound, config=config)
        return answers.show(flow, config=config)

    async def submit(self, flow_id: str, *, inbound: Inbound, config: IdentityConfig) -> Answer:
        await self._require_nobody(inbound, config)
        return await self._passages.submit(self, flow_id, inbound=inbound, config=config, decide=self._decide)

    async def complete(self, visit: Visit, person: Applicant) -> Answer:
        """Make the person. Raises Refusal, or what SignUp raises of Actions."""
        try:
            return await self.made(visit, person)
        except DuplicateIdentifierError:
            if not visit.config.hides_accounts:
                raise Refusal.whole(validation.duplicate_credentials()) from None
            return await self.pretended(visit, person)

    async def made(self, visit: Visit, person: Applicant) -> Answer:
        """Make the person. Raises DuplicateIdentifierError, Refusal, or what SignUp raises of Actions."""
        try:
            signed_up = await self._sign_up.complete(visit, person)
        except TraitsChangedError:
            raise Refusal.whole(validation.traits_mismatch()) from None
        return self._welcome(visit, person, signed_up)

    async def pretended(self, visit: Visit, person: Applicant) -> Answer:
        """Answer as if the person had been made: they exist, and nobody may learn it (`mitigate`)."""
        return self._welcome(visit, person, await self._sign_up.pretend(visit, person))

    async def nodes(self, flow: Flow, *, config: IdentityConfig) -> tuple[Node, ...]:
        offered = [method for method in self._methods if method.is_enabled(config)]
        for method in offered:
            if (only := method.only_nodes(flow, config=config)) is not None:
                return tuple(only)
        return form.build(flow, config=config, methods=[method.nodes(config) for method in offered])

    def typed(self, sent: Submission) -> Mapping[str, Any]:
        return form.typed(sent.traits)

    def fields(self, flow: Flow, *, config: IdentityConfig) -> tuple[Field, ...]:
        return config.schema_of(flow.schema_id).fields

    def expired(self, minutes_ago: float, *, expired_at: str, expired_at_unix: int) -> UiText:
        return registration.flow_expired(minutes_ago, expired_at=expired_at, expired_at_unix=expired_at_unix)

    async def _decide(self, visit: Visit) -> Answer:
        sent, config = visit.sent, visit.config
        if config.flows.registration_style == PROFILE_FIRST:
            if sent.text(form.SCREEN) == form.PREVIOUS:
                return await self._to_profile(visit)
            if sent.method == form.PROFILE:
                return await self._to_credentials(visit)
        method = next((item for item in self._methods if item.name == sent.method), None)
        if method is None or not method.is_enabled(config):
            raise Refusal.whole(registration.no_strategy())
        return await method.submit(visit)

    async def _to_profile(self, visit: Visit) -> Answer:
        """Go back to the traits; what is wrong with those sent along is said there."""
        flow = self._at(visit.flow, form.PROFILE)
        answer = await self._passages.advance(self, visit, flow, status=answers.BAD_REQUEST)
        applicant.judged_traits(visit.sent, schema=visit.config.schema_of(flow.schema_id))
        return answer

    async def _to_credentials(self, visit: Visit) -> Answer:
        """Take the traits and ask for a way to sign in."""
        if visit.sent.text(form.SCREEN) not in form.SCREENS:
            wrong = validation.generic(f"screen must be {form.PREVIOUS} or {form.CREDENTIAL_SELECTION}")
            raise Refusal(Complaint(message=wrong))
        applicant.judged_traits(visit.sent, schema=visit.config.schema_of(visit.flow.schema_id))
        return await self._passages.advance(
            self,
            visit,
            self._at(visit.flow, form.CREDENTIALS),
            status=answers.BAD_REQUEST,  # Ory's: the flow isn't done
            messages=(registration.choose_credentials(),),
        )

    def _at(self, flow: Flow, step: str) -> Flow:
        memory = {**flow.memory, form.STEP: step}
        return msgspec.structs.replace(flow, memory=memory, state=flows.CHOOSE_METHOD, active=None)

    def _welcome(self, visit: Visit, person: Applicant, signed_up: SignedUp) -> Answer:
        config, follow_up = visit.config, signed_up.follow_up
        location = visit.flow.return_to or config.flows.return_url(self.kind, person.method)
        shown = follow_up if signed_up.shows_verification or config.always_shows_verification else None
        return entered(
            msgspec.structs.replace(visit.flow, active=person.method),
            account=signed_up.account,
            session=signed_up.session,
            token=signed_up.token,
            config=config,
            public_url=self._public_url,
            location=location,
            continue_with=() if shown is None else (shown.item,),
            page_location=follow_up.location if follow_up is not None and signed_up.shows_verification else None,
            shows_identity=True,
            csrf_cookie=follow_up.csrf_cookie if follow_up is not None else None,
        )

    async def _require_nobody(self, inbound: Inbound, config: IdentityConfig) -> None:
        if await self._whoami.find_or_none(inbound, config=config) is not None:
            wanted = inbound.query.get("return_to")
            asked = return_to.checked(wanted, public_url=self._public_url, allowed=config.allowed_return_urls)
            raise AlreadySignedInError(SIGNED_IN_ALREADY, location=asked or config.flows.default_return_url)
