"""The end of a change that waited (`verify_new_address`): the address is theirs, so what they wanted is done.

Whoever brings the proof needn't be signed in; whoever wanted the change still has to be, and nobody may have changed
them meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from headwater.actions import known_hooks
from headwater.core.clock import Clock, epoch_ms
from headwater.identity import lifecycle
from headwater.identity.codes.redeemer import NotRedeemedError, Redeemable
from headwater.identity.config.flows_config import SETTINGS
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import edits
from headwater.identity.flows import flow as flows
from headwater.identity.flows.ending import Ending, Endings
from headwater.identity.flows.flow import Flow
from headwater.identity.flows.visits import Refusal, Visit
from headwater.identity.messages import validation
from headwater.identity.people import accounts, credentials, persons, reshape
from headwater.identity.people.accounts import ACTIVE, COMPLETED, Account, Address
from headwater.identity.people.claims import VERIFIABLE
from headwater.identity.people.credentials import Credential, DuplicateIdentifierError
from headwater.identity.people.reshape import Reshaped
from headwater.identity.sessions import sessions
from headwater.identity.sessions.sessions import Session
from headwater.identity.settings import pending_changes
from headwater.identity.settings.pending_changes import PendingChange
from headwater.identity.settings.previous_addresses import PreviousAddresses
from headwater.log import outbox
from headwater.store.database import Database

Store = Callable[[Connection], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A change that waits, with all that it is about, as it is now."""

    change: PendingChange
    account: Account
    credentials: tuple[Credential, ...]
    session: Session
    flow: Flow


class Resumption:
    """One per installation."""

    def __init__(
        self, *, database: Database, endings: Endings, clock: Clock, previous_addresses: PreviousAddresses
    ) -> None:
        self._database = database
        self._endings = endings
        self._clock = clock
        self._previous_addresses = previous_addresses

    async def waiting(self, redeemable: Redeemable, *, config: IdentityConfig) -> Waiting:
        """Return what waits for this proof. Raises NotRedeemedError where nothing does, or may happen any more."""
        return await self._database.read(lambda connection: self._waiting(connection, redeemable, config))

    def as_wanted(self, waiting: Waiting, *, config: IdentityConfig) -> Reshaped:
        """Return the person as they want to be, the address proven. Raises Refusal, ActionFailedError."""
        now_ms, wanted = self._now_ms(), waiting.change.wanted
        schema = config.schema_of(waiting.account.schema_id)
        complaints = schema.validate(wanted.traits) or schema.claims(wanted.traits).complaints
        if complaints:
            raise Refusal(*complaints)
        person = reshape.reshaped(
            waiting.account, waiting.credentials, traits=wanted.traits, schema=schema, now_ms=now_ms
        )
        person = edits.edited(person, wanted.changes, config=config, now_ms=now_ms)
        proven = tuple(_proven(item, waiting.change, now_ms) for item in person.account.addresses)
        return msgspec.structs.replace(person, account=msgspec.structs.replace(person.account, addresses=proven))

    async def finish(
        self, visit: Visit, waiting: Waiting, person: Reshaped, *, redeemable: Redeemable, proof: Ending, change: Store
    ) -> None:
        """Store the change with `change`, which uses the proof up, and tell the Actions of both flows.

        Raises NotRedeemedError, Refusal: nothing was stored; ActionFailedError: it was.
        """
        config, project_id, wanted = visit.config, visit.config.project_id, waiting.change.wanted
        ending = Ending(
            flow=waiting.flow,
            method=wanted.method,
            account=person.account,
            inbound=visit.inbound,
            config=config,
            session=waiting.session,
            transient_payload=wanted.transient_payload,
            previous=waiting.account,
        )
        chain = ending.chain
        tell = await self._previous_addresses.told(
            waiting.account, person.account, chain=chain, inbound=visit.inbound, config=config
        )

        def transaction(connection: Connection) -> None:
            if self._waiting(connection, redeemable, config) != waiting:
                raise NotRedeemedError
            persons.save_person(connection, person, project_id=project_id)
            pending_changes.forget(connection, waiting.change)
            change(connection)
            tell(connection)
            if known_hooks.REVOKE_ACTIVE_SESSIONS in chain.built_in:
                sessions.revoke_others(connection, person.account.id, waiting.session.id)
            event = lifecycle.profile_updated(
                person.account.id, project_id=project_id, flow_type=waiting.flow.type, now_ms=self._now_ms()
            )
            outbox.enqueue(connection, [event])

        try:
            await self._endings.change_then_act_for_all([ending, proof], change=transaction)
        except DuplicateIdentifierError:
            raise Refusal.whole(validation.duplicate_credentials()) from None

    def _waiting(self, connection: Connection, redeemable: Redeemable, config: IdentityConfig) -> Waiting:
        challenge, project_id = redeemable.challenge, config.project_id
        change = pending_changes.find_or_none(connection, challenge.flow_id, project_id=project_id)
        if change is None or (change.via, change.address) != (challenge.via, challenge.address):
            raise NotRedeemedError
        account = accounts.find_or_none(connection, change.identity_id, project_id=project_id)
        session = sessions.find_by_id(connection, change.session_id, project_id=project_id)
        flow = flows.find_or_none(connection, change.settings_flow_id, kind=SETTINGS, project_id=project_id)
        if account is None or session is None or flow is None or account.id != challenge.identity_id:
            raise NotRedeemedError
        is_owner = account.state == ACTIVE and sessions.is_active(session, now_ms=self._now_ms())
        if not is_owner or pending_changes.fingerprint(account.traits) != change.traits_sha256:
            raise NotRedeemedError
        owned = tuple(credentials.of_accounts(connection, [account.id]))
        return Waiting(change=change, account=account, credentials=owned, session=session, flow=flow)

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())


def _proven(address: Address, change: PendingChange, now_ms: int) -> Address:
    if (address.purpose, address.via, address.value) != (VERIFIABLE, change.via, change.address):
        return address
    return msgspec.structs.replace(
        address, verified=True, status=COMPLETED, verified_at_ms=now_ms, updated_at_ms=now_ms
    )
