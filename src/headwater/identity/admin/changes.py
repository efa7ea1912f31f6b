"""What operators do to people: make, change, remove. Each change and its event are one transaction.

A change is worked out inside its transaction, on what is stored then, so that two operators can't undo each other
unseen. Only hashing a password comes before: that takes its time.
"""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection

from headwater.core.clock import Clock, epoch_ms
from headwater.core.event import Record
from headwater.core.secrets import Secret
from headwater.identity import lifecycle
from headwater.identity.admin import departures, drafts, imports, operations
from headwater.identity.admin.bodies import CreateBody, UpdateBody
from headwater.identity.admin.directory import Entry
from headwater.identity.admin.errors import IdentityConflictError, IdentityNotFoundError
from headwater.identity.admin.operations import Patch
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.passwords.hasher import Hasher
from headwater.identity.people import accounts, credentials, persons, reshape, views
from headwater.identity.people.credentials import PASSWORD, DuplicateIdentifierError
from headwater.identity.people.reshape import Reshaped
from headwater.log import outbox
from headwater.store.database import Database

Change = Callable[[Entry], Reshaped]


class Changes:
    """Makes, changes and removes people."""

    def __init__(self, *, database: Database, hasher: Hasher, clock: Clock, public_url: str) -> None:
        self._database = database
        self._hasher = hasher
        self._clock = clock
        self._public_url = public_url

    async def create(self, body: CreateBody, *, config: IdentityConfig) -> Entry:
        """Store a new person. Raises what `drafts.newcomer` raises, IdentityConflictError, HashingOverloadedError."""
        now_ms = self._now_ms()
        person = drafts.newcomer(body, config=config, now_ms=now_ms)
        person = await self._hashed(person, imports.clear_password_or_none(body.credentials), config=config)
        event = lifecycle.identity_created(person.account.id, project_id=config.project_id, now_ms=now_ms)

        def transaction(connection: Connection) -> None:
            persons.insert_person(connection, person, project_id=config.project_id)
            outbox.enqueue(connection, [event])

        try:
            await self._database.write(transaction)
        except DuplicateIdentifierError as error:
            raise IdentityConflictError from error
        return Entry(person.account, person.credentials)

    async def replace(self, identity_id: str, body: UpdateBody, *, config: IdentityConfig) -> Entry:
        """Change a person into what `body` says. Raises IdentityNotFoundError, and as `create`."""
        # Clients send back what they got: what is known of addresses may be old by now, so only a patch changes that.
        body = msgspec.structs.replace(body, verifiable_addresses=None, organization_id=None)
        clear = imports.clear_password_or_none(body.credentials)
        hashed = None if clear is None else await self._hasher.hash(clear, hashing=config.hashing)
        now_ms = self._now_ms()

        def change(entry: Entry) -> Reshaped:
            person = drafts.changed(entry.account, entry.credentials or (), body, config=config, now_ms=now_ms)
            return person if hashed is None else reshape.with_password(person, hashed, now_ms=now_ms)

        return await self._change(identity_id, change, config=config, now_ms=now_ms)

    async def patch(self, identity_id: str, patch: Patch, *, config: IdentityConfig) -> Entry:
        """Apply a JSON Patch to a person. Raises IdentityNotFoundError, PatchError, and as `create`."""
        now_ms = self._now_ms()

        def change(entry: Entry) -> Reshaped:
            view = views.identity_for_admin(entry.account, None, public_url=self._public_url)
            body = operations.applied(patch, view)
            return drafts.changed(entry.account, entry.credentials or (), body, config=config, now_ms=now_ms)

        return await self._change(identity_id, change, config=config, now_ms=now_ms)

    async def remove(self, identity_id: str, *, config: IdentityConfig) -> None:
        """Delete a person. Raises IdentityNotFoundError."""
        account_id = identity_id.lower()
        event = lifecycle.identity_deleted(account_id, project_id=config.project_id, now_ms=self._now_ms())

        def transaction(connection: Connection) -> None:
            if not accounts.remove(connection, account_id, project_id=config.project_id):
                raise IdentityNotFoundError
            outbox.enqueue(connection, [event])

        await self._database.write(transaction)

    async def remove_credential(self, identity_id: str, type_: str, *, identifier: str, config: IdentityConfig) -> None:
        """Take a way to sign in from a person. Raises IdentityNotFoundError and what `departures` raises."""
        now_ms = self._now_ms()

        def transaction(connection: Connection) -> None:
            entry = _stored(connection, identity_id, config=config)
            left = departures.without(
                entry.credentials or (), type_, identifier=identifier, config=config, now_ms=now_ms
            )
            credentials.save_credential(connection, left, project_id=config.project_id)
            event = lifecycle.credential_changed(
                entry.account.id, project_id=config.project_id, method=type_, now_ms=now_ms
            )
            outbox.enqueue(connection, [event])

        await self._database.write(transaction)

    async def _change(self, identity_id: str, change: Change, *, config: IdentityConfig, now_ms: int) -> Entry:
        def transaction(connection: Connection) -> Entry:
            before = _stored(connection, identity_id, config=config)
            after = change(before)
            persons.save_person(connection, after, project_id=config.project_id)
            outbox.enqueue(connection, _events(before, after, config=config, now_ms=now_ms))
            return Entry(after.account, after.credentials)

        try:
            return await self._database.write(transaction)
        except DuplicateIdentifierError as error:
            raise IdentityConflictError from error

    async def _hashed(self, person: Reshaped, clear: Secret | None, *, config: IdentityConfig) -> Reshaped:
        if clear is None:
            return person
        hashed = await self._hasher.hash(clear, hashing=config.hashing)
        return reshape.with_password(person, hashed, now_ms=person.account.created_at_ms)

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())


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
