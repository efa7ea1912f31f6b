"""Storing a change somebody made to themselves: the person, what follows from it, the event and what Actions owe."""

from dataclasses import dataclass, replace

import msgspec
from sqlalchemy import Connection

from headwater.actions import known_hooks
from headwater.core.clock import Clock, epoch_ms
from headwater.identity.flows import edits
from headwater.identity.flows.ending import Ending, Endings
from headwater.identity.flows.follow_up import FollowUp, OpenVerification
from headwater.identity.flows.visits import Visit
from headwater.identity.people import accounts, credentials, persons
from headwater.identity.people.accounts import Account, Address
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.people.reshape import Reshaped
from headwater.identity.providers.arrival import Arrival
from headwater.identity.sessions import sessions
from headwater.identity.sessions.whoami import SignedIn
from headwater.identity.settings.deferral import Deferral, Proposal
from headwater.identity.settings.errors import ChangedMeanwhileError, NotSignedInError
from headwater.identity.settings.methods import Change, Owner
from headwater.identity.settings.previous_addresses import PreviousAddresses
from headwater.log import outbox
from headwater.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a change. `is_waiting`: nothing of it is stored before `follow_up` is done."""

    follow_up: FollowUp | None = None
    is_waiting: bool = False


class Keeping:
    """Reads and stores the owners of settings."""

    def __init__(
        self,
        *,
        database: Database,
        endings: Endings,
        clock: Clock,
        open_verification: OpenVerification,
        previous_addresses: PreviousAddresses,
    ) -> None:
        self._database = database
        self._endings = endings
        self._clock = clock
        self._open_verification = open_verification
        self._previous_addresses = previous_addresses
        self._deferral = Deferral(database=database, open_verification=open_verification, clock=clock)

    async def owner_or_none(self, identity_id: str, *, project_id: str) -> Owner | None:
        """Return the person as they are stored now."""

        def query(connection: Connection) -> Owner | None:
            account = accounts.find_or_none(connection, identity_id, project_id=project_id)
            if account is None:
                return None
            return Owner(account=account, credentials=tuple(credentials.of_accounts(connection, [identity_id])))

        return await self._database.read(query)

    async def store(
        self,
        visit: Visit,
        owner: Owner,
        change: Change,
        *,
        method: str,
        signed_in: SignedIn,
        is_privileged: bool,
        arrival: Arrival | None = None,
    ) -> Kept:
        """Ask the blocking Actions, store the change, tell the others. Return what was begun to verify a new address.

        Raises DuplicateIdentifierError, ChangedMeanwhileError, TooOldError, NotSignedInError, Refusal (nothing was
        stored), or ActionFailedError.
        """
        person, config = change.person, visit.config
        proposed = Ending(
            flow=visit.flow,
            method=method,
            account=person.account,
            inbound=visit.inbound,
            config=config,
            session=signed_in.session,
            transient_payload=visit.sent.transient_payload,
            arrival=arrival,
            previous=owner.account,
        )
        now_ms = epoch_ms(self._clock.now())
        changes = await self._endings.ask(proposed, check=edits.check(person, config=config, now_ms=now_ms))
        person = edits.edited(person, changes, config=config, now_ms=now_ms)
        ending = msgspec.structs.replace(proposed, account=person.account)
        if known_hooks.VERIFY_NEW_ADDRESS in ending.chain.built_in:
            proposal = Proposal(
                owner=owner,
                person=person,
                method=method,
                changes=changes,
                signed_in=signed_in,
                is_privileged=is_privileged,
            )
            waiting = await self._deferral.wait_or_none(visit, proposal)
            if waiting is not None:
                return Kept(follow_up=waiting, is_waiting=True)
        return await self._stored(visit, owner, change, ending=ending, person=person, signed_in=signed_in)

    async def _stored(
        self, visit: Visit, owner: Owner, change: Change, *, ending: Ending, person: Reshaped, signed_in: SignedIn
    ) -> Kept:
        config = visit.config
        follow_up = await self._follow_up(visit, owner, person.account)
        tell = await self._previous_addresses.told(
            owner.account, person.account, chain=ending.chain, inbound=visit.inbound, config=config
        )
        revokes_others = known_hooks.REVOKE_ACTIVE_SESSIONS in ending.chain.built_in

        def transaction(connection: Connection) -> None:
            now_ms = epoch_ms(self._clock.now())
            _require_still_signed_in(connection, signed_in, project_id=config.project_id, now_ms=now_ms)
            stored = accounts.find_or_none(connection, person.account.id, project_id=config.project_id)
            if stored != owner.account:
                raise ChangedMeanwhileError
            persons.save_person(connection, person, project_id=config.project_id)
            if follow_up is not None:
                follow_up.store(connection)
            tell(connection)
            if change.done is not None:
                sessions.add_method(connection, signed_in.session, change.done)
            if revokes_others:
                sessions.revoke_others(connection, person.account.id, signed_in.session.id)
            outbox.enqueue(connection, [change.event(person.account.id, now_ms)])

        await self._endings.change_then_act(ending, change=transaction)
        is_shown = config.always_shows_verification or known_hooks.SHOW_VERIFICATION_UI in ending.chain.built_in
        if follow_up is not None and not is_shown:
            return Kept(follow_up=replace(follow_up, item={}))
        return Kept(follow_up=follow_up)

    async def _follow_up(self, visit: Visit, owner: Owner, account: Account) -> FollowUp | None:
        """Begin to verify the first address that came with this change."""
        known = {item.id for item in owner.account.addresses}
        new = next((item for item in account.addresses if _is_to_verify(item) and item.id not in known), None)
        if new is None or not visit.config.flows.by_kind["verification"].is_enabled:
            return None
        return await self._open_verification(
            account,
            new,
            flow=visit.flow,
            inbound=visit.inbound,
            config=visit.config,
            transient_payload=visit.sent.transient_payload,
        )


def _is_to_verify(address: Address) -> bool:
    return address.purpose == VERIFIABLE and not address.verified


def _require_still_signed_in(connection: Connection, signed_in: SignedIn, *, project_id: str, now_ms: int) -> None:
    """Raise NotSignedInError where the session ended while an Action was asked, or a password hashed.

    Whoever signs everybody out, because somebody else is in there, would find their password changed all the same.
    """
    session = sessions.find_by_id(connection, signed_in.session.id, project_id=project_id)
    if session is None or not sessions.is_active(session, now_ms=now_ms):
        raise NotSignedInError
