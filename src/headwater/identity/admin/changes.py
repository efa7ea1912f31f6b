"""What operators do to people: make, change, remove. Each change and its event are one transaction.

A change is worked out on what is stored when it is made, so that two operators can't undo each other unseen: inside
its transaction, or, where Actions are told of it, before, and looked at again inside. Hashing comes before, too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from sqlalchemy import Connection

from headwater.actions.known_hooks import CREATED, DELETED, UPDATED
from headwater.actions.occasion import InboundRequest
from headwater.actions.runner import Owed
from headwater.core.clock import Clock, epoch_ms
from headwater.core.event import Record
from headwater.core.secrets import Secret
from headwater.identity import lifecycle
from headwater.identity.admin import departures, drafts, imports, operations
from headwater.identity.admin.announcing import Announcing, Deed
from headwater.identity.admin.bodies import CreateBody, UpdateBody
from headwater.identity.admin.directory import Entry
from headwater.identity.admin.errors import BeingChangedError, IdentityConflictError, IdentityNotFoundError
from headwater.identity.admin.operations import Patch
from headwater.identity.admin.shield import Still
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.passwords.hasher import Hasher
from headwater.identity.people import accounts, credentials, persons, reshape, views
from headwater.identity.people.credentials import PASSWORD, DuplicateIdentifierError
from headwater.identity.people.reshape import Reshaped
from headwater.log import outbox
from headwater.store.database import Database
from headwater.workspace.audit import entries as audit_entries

Change = Callable[[Entry], Reshaped]
Result = TypeVar("Result")

# So often in a row nobody changes one person by chance.
MOST_TRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Generic[Result]):
    """What will have been done, and how."""

    deed: Deed
    act: Callable[[Connection], Result]


class _ChangedMeanwhileError(Exception):
    """Somebody else stored this person between our look and our transaction."""


class Changes:
    """Makes, changes and removes people."""

    def __init__(
        self, *, database: Database, hasher: Hasher, announcing: Announcing, clock: Clock, public_url: str
    ) -> None:
        self._database = database
        self._announcing = announcing
        self._hasher = hasher
        self._clock = clock
        self._public_url = public_url

    async def create(self, body: CreateBody, *, request: InboundRequest, config: IdentityConfig) -> Entry:
        """Store a new person.

        Raises what `drafts.newcomer` raises, IdentityConflictError, HashingOverloadedError, MappingBusyError.
        """
        now_ms = self._now_ms()
        person = drafts.newcomer(body, config=config, now_ms=now_ms)
        person = await self._hashed(person, imports.clear_password_or_none(body.credentials), config=config)
        event = lifecycle.identity_created(person.account.id, project_id=config.project_id, now_ms=now_ms)
        owed = await self._announcing.owed(Deed(change=CREATED, account=person.account), request=request, config=config)

        def transaction(connection: Connection) -> None:
            persons.insert_person(connection, person, project_id=config.project_id)
            outbox.enqueue(connection, [event])
            owed.store(connection)

        try:
            await self._database.write(transaction)
        except DuplicateIdentifierError as error:
            raise IdentityConflictError from error
        owed.stored()
        return Entry(person.account, person.credentials)

    async def replace(
        self, identity_id: str, body: UpdateBody, *, request: InboundRequest, config: IdentityConfig, still: Still
    ) -> Entry:
        """Change a person into what `body` says. Raises IdentityNotFoundError, BeingChangedError, and as `create`."""
        # Clients send back what they got: what is known of addresses may be old by now, so only a patch changes that.
        body = msgspec.structs.replace(body, verifiable_addresses=None, organization_id=None)
        clear = imports.clear_password_or_none(body.credentials)
        hashed = None if clear is None else await self._hasher.hash(clear, hashing=config.hashing)
        now_ms = self._now_ms()

        def change(entry: Entry) -> Reshaped:
            person = drafts.changed(entry.account, entry.credentials or (), body, config=config, now_ms=now_ms)
            return person if hashed is None else reshape.with_password(person, hashed, now_ms=now_ms)

        return await self._change(identity_id, change, request=request, config=config, still=still)

    async def patch(
        self, identity_id: str, patch: Patch, *, request: InboundRequest, config: IdentityConfig, still: Still
    ) -> Entry:
        """Apply a JSON Patch to a person. Raises IdentityNotFoundError, BeingChangedError, PatchError, as `create`."""
        now_ms = self._now_ms()

        def change(entry: Entry) -> Reshaped:
            view = views.identity_for_admin(entry.account, None, public_url=self._public_url)
            body = operations.applied(patch, view)
            return drafts.changed(entry.account, entry.credentials or (), body, config=config, now_ms=now_ms)

        return await self._change(identity_id, change, request=request, config=config, still=still)

    async def remove(self, identity_id: str, *, request: InboundRequest, config: IdentityConfig, still: Still) -> None:
        """Delete a person. Raises IdentityNotFoundError, BeingChangedError, MappingBusyError."""
        account_id, now_ms = identity_id.lower(), self._now_ms()

        def removed(connection: Connection) -> None:
            still(connection, account_id)
            if not accounts.remove(connection, account_id, project_id=config.project_id):
                raise IdentityNotFoundError
            audit_entries.forget_name(connection, account_id)
            event = lifecycle.identity_deleted(account_id, project_id=config.project_id, now_ms=now_ms)
            outbox.enqueue(connection, [event])

        if not self._announcing.is_wanted(DELETED, config):
            await self._database.write(removed)
            return

        def plan(before: Entry) -> Plan[None]:
            return Plan(deed=Deed(change=DELETED, account=before.account), act=removed)

        await self._announced(identity_id, plan, request=request, config=config)

    async def remove_credential(
        self, identity_id: str, type_: str, *, identifier: str, config: IdentityConfig, still: Still
    ) -> None:
        """Take a way to sign in from a person. Raises IdentityNotFoundError and what `departures` raises."""
        now_ms = self._now_ms()

        def transaction(connection: Connection) -> None:
            entry = _stored(connection, identity_id, config=config)
            still(connection, entry.account.id)
            left = departures.without(
                entry.credentials or (), type_, identifier=identifier, config=config, now_ms=now_ms
            )
            credentials.save_credential(connection, left, project_id=config.project_id)
            event = lifecycle.credential_changed(
                entry.account.id, project_id=config.project_id, method=type_, now_ms=now_ms
            )
            outbox.enqueue(connection, [event])

        await self._database.write(transaction)

    async def _change(
        self, identity_id: str, change: Change, *, request: InboundRequest, config: IdentityConfig, still: Still
    ) -> Entry:
        now_ms = self._now_ms()

        def stored(connection: Connection, before: Entry, after: Reshaped) -> Entry:
            still(connection, before.account.id)
            persons.save_person(connection, after, project_id=config.project_id)
            outbox.enqueue(connection, _events(before, after, config=config, now_ms=now_ms))
            return Entry(after.account, after.credentials)

        def transaction(connection: Connection) -> Entry:
            before = _stored(connection, identity_id, config=config)
            return stored(connection, before, change(before))

        def plan(before: Entry) -> Plan[Entry]:
            after = change(before)
            deed = Deed(change=UPDATED, account=after.account, previous=before.account)
            return Plan(deed=deed, act=lambda connection: stored(connection, before, after))

        try:
            if not self._announcing.is_wanted(UPDATED, config):
                return await self._database.write(transaction)
            return await self._announced(identity_id, plan, request=request, config=config)
        except DuplicateIdentifierError as error:
            raise IdentityConflictError from error

    async def _announced(
        self,
        identity_id: str,
        plan: Callable[[Entry], Plan[Result]],
        *,
        request: InboundRequest,
        config: IdentityConfig,
    ) -> Result:
        """Do what is planned for the person as they are stored, and owe what Actions are told of it.

        Telling is rendered with no transaction open. Who was changed meanwhile is planned for anew.
        """
        for _ in range(MOST_TRIES):
            before = await self._database.read(lambda connection: _stored(connection, identity_id, config=config))
            planned = plan(before)
            owed = await self._announcing.owed(planned.deed, request=request, config=config)
            try:
                done = await self._database.write(_once_more(planned, before, owed, config=config))
            except _ChangedMeanwhileError:
                continue
            owed.stored()
            return done
        raise BeingChangedError

    async def _hashed(self, person: Reshaped, clear: Secret | None, *, config: IdentityConfig) -> Reshaped:
        if clear is None:
            return person
        hashed = await self._hasher.hash(clear, hashing=config.hashing)
        return reshape.with_password(person, hashed, now_ms=person.account.created_at_ms)

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())


def _once_more(
    planned: Plan[Result], before: Entry, owed: Owed, *, config: IdentityConfig
) -> Callable[[Connection], Result]:
    def transaction(connection: Connection) -> Result:
        if _stored(connection, before.account.id, config=config) != before:
            raise _ChangedMeanwhileError
        done = planned.act(connection)
        owed.store(connection)
        return done

    return transaction


def _stored(connection: Connection, identity_id: str, *, config: IdentityConfig) -> Entry:
    account = accounts.find_or_none(connection, identity_id.lower(), project_id=config.project_id)
    if account is None:
        raise IdentityNotFoundError
    return Entry(account, tuple(credentials.of_accounts(connection, [account.id])))


def _events(before: Entry, after: Reshaped, *, config: IdentityConfig, now_ms: int) -> list[Record]:
    """Return that the person was changed, and which ways to sign in now need something else than before."""
    identity_id = after.account.id
    old = {item.type: item.config for item in before.credentials or ()}
    methods = [
        item.type
        for item in after.credentials
        if item.config != old.get(item.type) and (item.type != PASSWORD or credentials.has_password(item))
    ]
    changed = [
        lifecycle.credential_changed(identity_id, project_id=config.project_id, method=method, now_ms=now_ms)
        for method in methods
    ]
    return [lifecycle.identity_updated(identity_id, project_id=config.project_id, now_ms=now_ms), *changed]
