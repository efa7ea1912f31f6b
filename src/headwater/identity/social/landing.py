"""Where somebody ends up who is back from a provider: signed in if they are known, signed up if not.

Known means known by this very account elsewhere. An e-mail address is no proof: who has it here already confirms by
signing in that both accounts are theirs (`linking`).
"""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import HeadwaterError
from headwater.core.secrets import Sealer
from headwater.identity.config.flows_config import REGISTRATION
from headwater.identity.config.social_config import LINK_AUTOMATIC, UPDATE_AUTOMATIC, ProviderConfig
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers, nodes
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.passages import Passages
from headwater.identity.flows.submission import Submission
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.login.login import Login
from headwater.identity.login.methods import Proof
from headwater.identity.messages import login as login_messages
from headwater.identity.messages import validation
from headwater.identity.people.accounts import Account
from headwater.identity.people.credentials import OIDC, DuplicateIdentifierError
from headwater.identity.providers import arrival as arrivals
from headwater.identity.providers.arrival import Arrival
from headwater.identity.registration import applicant, form
from headwater.identity.registration.applicant import Applicant, Elsewhere
from headwater.identity.registration.registration import Registration
from headwater.identity.social import hints, keepsakes, mapper, owner, token_vault, travel
from headwater.identity.social.crossing import Crossing
from headwater.identity.social.keepsakes import ARRIVED, Keepsakes
from headwater.identity.social.linking import Linking
from headwater.identity.social.mapper import ClaimsMapper, Mapped, MapperError
from headwater.identity.social.owner import Owner
from headwater.identity.social.updates import Updates
from headwater.store.database import Database

REGISTRATION_DISABLED = "Registration is not allowed because it was disabled."

Store = Callable[[Connection], None]


class Landing:
    """One per installation."""

    def __init__(
        self,
        *,
        database: Database,
        passages: Passages,
        sealer: Sealer,
        clock: Clock,
        claims_mapper: ClaimsMapper,
        crossing: Crossing,
        linking: Linking,
        login: Login,
        registration: Registration,
        updates: Updates,
    ) -> None:
        self._database = database
        self._passages = passages
        self._sealer = sealer
        self._clock = clock
        self._mapper = claims_mapper
        self._crossing = crossing
        self._linking = linking
        self._login = login
        self._registration = registration
        self._updates = updates
        self._keepsakes = Keepsakes(sealer)

    async def login(self, visit: Visit, arrival: Arrival) -> Answer:
        """Sign somebody in who came back to a login flow, or up, if nobody knows them. Raises Refusal."""
        known = await self._known_or_none(arrival, visit.config)
        if known is not None:
            return await self._known_again(visit, arrival, known)
        if self._linking.pending_or_none(visit.flow) is not None:
            raise Refusal.whole(login_messages.linked_credentials_differ())
        if visit.flow.refresh:
            raise Refusal.whole(validation.invalid_credentials())  # they are somebody already
        if not visit.config.flows.by_kind[REGISTRATION].is_enabled:
            return await self._linked_at_most(visit, arrival)
        return await self._crossing.over(
            self._registration, visit, decide=lambda onward: self.registration(onward, arrival)
        )

    async def registration(self, visit: Visit, arrival: Arrival) -> Answer:
        """Sign somebody up who came back to a registration flow, or in, if they are known. Raises Refusal."""
        known = await self._known_or_none(arrival, visit.config)
        if known is not None:
            return await self._crossing.over(
                self._login, visit, decide=lambda onward: self._known_again(onward, arrival, known)
            )
        traits = visit.sent.traits
        try:
            mapped = await self._mapped(arrival, visit.config)
            traits = mapper.merged(traits, mapped.traits)
            return await self._signed_up(visit, arrival, self._judged(visit, arrival, mapped, traits))
        except (Refusal, HeadwaterError):
            await self._keep(visit, arrival, traits)
            raise

    async def _signed_up(self, visit: Visit, arrival: Arrival, person: Applicant) -> Answer:
        try:
            return await self._registration.made(visit, person)
        except DuplicateIdentifierError:
            return await self._taken(visit, arrival, person)

    def _judged(self, visit: Visit, arrival: Arrival, mapped: Mapped, traits: dict[str, Any]) -> Applicant:
        """Return who may register. Raises Refusal with everything that is missing or wrong."""
        config = visit.config
        provider = travel.require_provider(arrival.provider_id, config)
        schema = config.schema_of(visit.flow.schema_id)
        sent = Submission(objects={**visit.sent.objects, "traits": traits}, complaints=visit.sent.complaints)
        claims = applicant.judged_traits(sent, schema=schema)
        now_ms = epoch_ms(self._clock.now())
        return Applicant(
            method=OIDC,
            traits=traits,
            claims=claims,
            proven=mapped.verified,
            elsewhere=Elsewhere(
                arrival=arrival,
                entry=token_vault.entry(arrival, sealer=self._sealer),
                done=arrivals.as_method(arrival, aal=arrivals.level(arrival, provider), now_ms=now_ms),
                metadata_public=mapped.metadata_public,
                metadata_admin=mapped.metadata_admin,
            ),
        )

    async def _mapped(self, arrival: Arrival, config: IdentityConfig) -> Mapped:
        provider = travel.require_provider(arrival.provider_id, config)
        try:
            return await self._mapper.map(provider, arrival.claims)
        except MapperError as error:
            raise Refusal.whole(validation.generic(error.message)) from error

    async def _keep(self, visit: Visit, arrival: Arrival, traits: dict[str, Any]) -> None:
        """Remember who is back and what is known of them: the form asks for the rest, and the provider isn't."""
        config = visit.config
        flow = await self._passages.load(visit.flow.kind, visit.flow.id, config=config)
        flow = self._keepsakes.kept(flow, ARRIVED, keepsakes.arrived(arrival))
        flow = msgspec.structs.replace(flow, active=OIDC)
        cookie = self._passages.csrf_cookie_of(visit)
        flow = await self._passages.dressed(self._registration, flow, config=config, csrf_cookie=cookie)
        ui = nodes.answered(flow.ui, values=form.typed(traits), complaints=())
        await self._passages.save(msgspec.structs.replace(flow, ui=ui))

    async def _known_again(self, visit: Visit, arrival: Arrival, known: Account) -> Answer:
        provider = travel.require_provider(arrival.provider_id, visit.config)
        if provider.update_on_login != UPDATE_AUTOMATIC:
            return await self._enter(visit, arrival, known, store=None)
        try:
            person = await self._updates.person_or_none(visit, arrival, provider, account=known)
        except MapperError as error:
            raise Refusal.whole(validation.generic(error.message)) from error
        if person is None:
            return await self._enter(visit, arrival, known, store=None)
        store = self._updates.storing(visit, known, person)
        return await self._enter(visit, arrival, person.account, store=store)

    async def _enter(self, visit: Visit, arrival: Arrival, account: Account, *, store: Store | None) -> Answer:
        provider = travel.require_provider(arrival.provider_id, visit.config)
        proof = Proof(
            flow=msgspec.structs.replace(visit.flow, active=OIDC),
            account=account,
            method=OIDC,
            aal=arrivals.level(arrival, provider),
            store=store,
            arrival=arrival,
        )
        return await self._login.let_in(visit, proof)

    async def _taken(self, visit: Visit, arrival: Arrival, person: Applicant) -> Answer:
        """Somebody has what the provider says is theirs. Unless it is they themselves, only they may link the two."""
        config = visit.config
        known = await self._known_or_none(arrival, config)
        if known is not None:  # in another window, a moment ago
            return await self._crossing.over(
                self._login, visit, decide=lambda onward: self._known_again(onward, arrival, known)
            )
        found = await self._owner_or_none(person, config)
        if found is None:
            raise Refusal.whole(validation.duplicate_credentials())
        provider = travel.require_provider(arrival.provider_id, config)
        if _links_by_itself(provider, person, found):
            return await self._crossing.over(
                self._login, visit, decide=lambda onward: self._linked_by_itself(onward, arrival, found)
            )
        if config.hides_accounts and not person.has_proven_all:
            return await self._registration.pretended(visit, person)
        return await self._asked_to_confirm(visit, arrival, found, provider)

    async def _linked_by_itself(self, visit: Visit, arrival: Arrival, found: Owner) -> Answer:
        store = self._linking.adding(found.account.id, arrival, visit=visit)
        return await self._enter(visit, arrival, found.account, store=store)

    async def _asked_to_confirm(self, visit: Visit, arrival: Arrival, found: Owner, provider: ProviderConfig) -> Answer:
        message = hints.to_confirm(found, provider, config=visit.config)
        flow = await self._crossing.begun(
            self._login,
            visit,
            messages=(message,),
            change=lambda fresh: self._linking.awaiting(fresh, arrival, found),
        )
        return answers.show(flow, config=visit.config, status=answers.BAD_REQUEST)

    async def _linked_at_most(self, visit: Visit, arrival: Arrival) -> Answer:
        """Nobody new may come in; somebody who is here already may still link what they have elsewhere."""
        mapped = await self._mapped(arrival, visit.config)
        schema = visit.config.schema_of(visit.flow.schema_id)
        person = Applicant(
            method=OIDC, traits=mapped.traits, claims=schema.claims(mapped.traits), proven=mapped.verified
        )
        found = await self._owner_or_none(person, visit.config)
        provider = travel.require_provider(arrival.provider_id, visit.config)
        if found is None or (visit.config.hides_accounts and not person.has_proven_all):
            raise Refusal.whole(validation.generic(REGISTRATION_DISABLED))
        if _links_by_itself(provider, person, found):
            return await self._linked_by_itself(visit, arrival, found)
        return await self._asked_to_confirm(visit, arrival, found, provider)

    async def _known_or_none(self, arrival: Arrival, config: IdentityConfig) -> Account | None:
        def query(connection: Connection) -> Account | None:
            return owner.find_by_subject(connection, arrival.provider_id, arrival.subject, project_id=config.project_id)

        return await self._database.glance(query, is_one_statement=True)

    async def _owner_or_none(self, person: Applicant, config: IdentityConfig) -> Owner | None:
        def query(connection: Connection) -> Owner | None:
            return owner.find_or_none(connection, person.claims, project_id=config.project_id)

        return await self._database.read(query)


def _links_by_itself(provider: ProviderConfig, person: Applicant, found: Owner) -> bool:
    """Only where the operator says so, and both sides have proven the address: what was merely typed proves nothing."""
    is_vouched_for = found.identifier in {item.value for item in person.proven}
    return provider.account_linking == LINK_AUTOMATIC and is_vouched_for and found.has_verified
