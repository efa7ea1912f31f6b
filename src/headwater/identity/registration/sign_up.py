"""Making a person: the part of a registration after which there is no going back.

One transaction stores the person, their event, the verification mail and what the Actions owe; then, with no
transaction open, the inline Actions run; then the session starts. If an Action fails in between, the person stays,
and the flow remembers them: the same submit again continues from there.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from headwater.actions import known_hooks
from headwater.actions.chain import Chain
from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Secret
from headwater.identity import lifecycle
from headwater.identity.flows import anonymous, edits
from headwater.identity.flows import flow as flows
from headwater.identity.flows.ending import Ending, Endings
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.follow_up import FollowUp, OpenVerification
from headwater.identity.flows.visits import Visit
from headwater.identity.passwords.hasher import Hasher
from headwater.identity.people import accounts, credentials, persons, reshape
from headwater.identity.people.accounts import Account
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.people.credentials import Credential
from headwater.identity.people.reshape import Reshaped
from headwater.identity.registration import newcomer, unfinished
from headwater.identity.registration.applicant import Applicant
from headwater.identity.registration.tidier import Tidier
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import Session
from headwater.log import outbox
from headwater.store.database import Database


class TraitsChangedError(Exception):
    """The flow made its person already, with other traits than those submitted now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp:
    """A person, the session that the chain issued, if it did, and what they are led to next."""

    account: Account
    session: Session | None = None
    token: Secret | None = None
    follow_up: FollowUp | None = None
    shows_verification: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """Who comes out of a submit. `person` is None when an earlier try of the flow stored them already."""

    account: Account
    person: Reshaped | None = None
    follow_up: FollowUp | None = None


class SignUp:
    """Makes people."""

    def __init__(
        self,
        *,
        database: Database,
        endings: Endings,
        hasher: Hasher,
        clock: Clock,
        open_verification: OpenVerification,
    ) -> None:
        self._database = database
        self._endings = endings
        self._hasher = hasher
        self._clock = clock
        self._open_verification = open_verification
        self._tidier = Tidier(database)

    async def complete(self, visit: Visit, applicant: Applicant) -> SignedUp:
        """Store the applicant and run the Actions.

        Raises DuplicateIdentifierError, TraitsChangedError, Refusal (nothing was stored), or ActionFailedError (if
        that was after the person was stored, the flow remembers them).
        """
        flow = visit.flow
        made = await self._made(visit, applicant)
        ending = _ending(visit, applicant, made.account, is_repeated=made.person is None)
        is_told = bool(ending.chain.inline)
        session, token = self._session(visit, applicant, made.account, ending)

        def change(connection: Connection) -> None:
            self._store(connection, visit, made, applicant)
            if session is not None and token is not None:
                sessions.insert_session(connection, session, token=token, project_id=visit.config.project_id)
            if is_told:
                flows.save(connection, unfinished.remembering(flow, made.account.id, applicant))
            elif flow.unfinished_id is not None:
                flows.save(connection, unfinished.forgotten(flow))

        def undo(connection: Connection) -> None:
            """Nobody has seen the token yet."""
            if session is not None:
                sessions.remove(connection, session.id)

        await self._endings.change_then_act(ending, change=change, undo=undo)
        if is_told:
            self._tidier.tidy(flow)
        return SignedUp(
            account=made.account,
            session=session,
            token=token,
            follow_up=made.follow_up,
            shows_verification=_shows_verification(ending.chain),
        )

    async def pretend(self, visit: Visit, applicant: Applicant) -> SignedUp:
        """Return what a sign-up looks like, storing nobody: the person exists, and no answer may tell (`mitigate`).

        The password was hashed before the database said so: the time tells nothing either. In this mode a session is
        issued to those only who have proven all they claim: they learn of their own accounts, and nobody else's.
        """
        person = newcomer.make(applicant, schema_id=visit.flow.schema_id, hashed=None, now_ms=self._now_ms())
        follow_up = await self._follow_up(visit, person.account, is_pretended=True)
        if follow_up is not None:
            await self._database.write(follow_up.store)
        chain = _ending(visit, applicant, person.account, is_repeated=False).chain
        return SignedUp(account=person.account, follow_up=follow_up, shows_verification=_shows_verification(chain))

    async def _made(self, visit: Visit, applicant: Applicant) -> _Made:
        """Return the person of an earlier try, or a new one that every blocking Action agrees to.

        They are asked before the password is hashed: whom they keep out costs us little.
        """
        earlier = await self._unfinished_or_none(visit, applicant)
        if earlier is not None:
            return _Made(account=earlier)
        now_ms = self._now_ms()
        person = newcomer.make(applicant, schema_id=visit.flow.schema_id, hashed=None, now_ms=now_ms)
        changes = await self._endings.ask(
            _ending(visit, applicant, person.account, is_repeated=False),
            check=edits.check(person, config=visit.config, now_ms=now_ms),
        )
        person = edits.edited(person, changes, config=visit.config, now_ms=now_ms)
        hashed = await self._hashed_or_none(visit, applicant)
        if hashed is not None:
            person = reshape.with_password(person, hashed, now_ms=now_ms)
        return _Made(account=person.account, person=person, follow_up=await self._follow_up(visit, person.account))

    def _store(self, connection: Connection, visit: Visit, made: _Made, applicant: Applicant) -> None:
        if made.person is None:
            return
        project_id = visit.config.project_id
        persons.insert_person(connection, made.person, project_id=project_id)
        if made.follow_up is not None:
            made.follow_up.store(connection)
        event = lifecycle.signed_up(
            made.account.id,
            project_id=project_id,
            method=applicant.method,
            flow_type=visit.flow.type,
            now_ms=self._now_ms(),
            anonymous_id=anonymous.id_or_none(visit.inbound, visit.sent.transient_payload),
            provider=applicant.provider_id,
        )
        outbox.enqueue(connection, [event])

    async def _hashed_or_none(self, visit: Visit, applicant: Applicant) -> Secret | None:
        if applicant.password is None:
            return None
        return await self._hasher.hash(applicant.password, hashing=visit.config.hashing)

    async def _follow_up(self, visit: Visit, account: Account, *, is_pretended: bool = False) -> FollowUp | None:
        """Begin to verify the first address that isn't verified yet, as Ory does."""
        address = next((item for item in account.addresses if item.purpose == VERIFIABLE and not item.verified), None)
        if address is None or not visit.config.flows.by_kind["verification"].is_enabled:
            return None
        return await self._open_verification(
            account,
            address,
            flow=visit.flow,
            inbound=visit.inbound,
            config=visit.config,
            transient_payload=visit.sent.transient_payload,
            is_pretended=is_pretended,
        )

    async def _unfinished_or_none(self, visit: Visit, applicant: Applicant) -> Account | None:
        """Return the person this flow made before, if the submit proves to be theirs: same identifiers, same proof.

        Anyone else gets what anyone gets for a taken identifier.
        """
        unfinished_id = visit.flow.unfinished_id
        if unfinished_id is None or self._tidier.is_finished(visit.flow):
            return None

        def query(connection: Connection) -> tuple[Account | None, list[Credential]]:
            account = accounts.find_or_none(connection, unfinished_id, project_id=visit.config.project_id)
            return account, credentials.of_accounts(connection, [unfinished_id])

        account, owned = await self._database.read(query)
        own = next((item for item in owned if item.type == applicant.method), None)
        if account is None or own is None or not await self._is_owner(own, applicant, visit.flow):
            return None
        if not unfinished.has_same_traits(visit.flow, applicant):
            raise TraitsChangedError
        return account

    async def _is_owner(self, own: Credential, applicant: Applicant, flow: Flow) -> bool:
        """Tell whether the applicant knows what the person knew; a code was checked before they came here."""
        if applicant.password is None:
            return unfinished.has_proven_one(flow, applicant)
        hashed = credentials.hashed_password_or_none(own)
        if hashed is None or not unfinished.has_same_identifiers(flow, applicant):
            return False
        return await self._hasher.verify(applicant.password, hashed=hashed)

    def _session(
        self, visit: Visit, applicant: Applicant, account: Account, ending: Ending
    ) -> tuple[Session | None, Secret | None]:
        """Start the session that the chain issues.

        Under `mitigate` a session would say that what the applicant claims was free: only to its owner it may.
        """
        if not ending.chain.issues_session or (visit.config.hides_accounts and not applicant.has_proven_all):
            return None, None
        if account.state != accounts.ACTIVE:
            return None, None  # so an Action wanted it
        now_ms = self._now_ms()
        return sessions.start(
            account.id,
            methods=[applicant.done(now_ms=now_ms)],
            ip_address=visit.inbound.client_ip,
            user_agent=visit.inbound.header("user-agent"),
            now_ms=now_ms,
            lifespan_seconds=visit.config.session.seconds,
        )

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())


def _ending(visit: Visit, applicant: Applicant, account: Account, *, is_repeated: bool) -> Ending:
    return Ending(
        flow=visit.flow,
        method=applicant.method,
        account=account,
        inbound=visit.inbound,
        config=visit.config,
        transient_payload=visit.sent.transient_payload,
        arrival=applicant.elsewhere.arrival if applicant.elsewhere else None,
        is_repeated=is_repeated,
    )


def _shows_verification(chain: Chain) -> bool:
    return known_hooks.SHOW_VERIFICATION_UI in chain.built_in
