"""Making many people at once: each row is judged and answered for itself, and stored with a few others.

The transactions are of a size that lets everybody else's changes through in between.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from headwater.actions.known_hooks import CREATED
from headwater.actions.occasion import InboundRequest
from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import HeadwaterError, TooManyRequestsError
from headwater.core.secrets import Secret
from headwater.identity import lifecycle
from headwater.identity.admin import bodies, drafts, imports
from headwater.identity.admin.announcing import Announcing, Deed
from headwater.identity.admin.bodies import BatchBody, BatchRow, CreateBody
from headwater.identity.admin.errors import BadIdentityError, IdentityConflictError
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.passwords.hasher import Hasher
from headwater.identity.people import bulk, reshape
from headwater.identity.people.reshape import Reshaped
from headwater.log import outbox
from headwater.store.database import Database
from headwater.web import problems

MAX_ROWS = 1000
MAX_CLEAR_PASSWORDS = 200
STORED_AT_ONCE = 250
# After so many rows everybody else on the event loop gets a turn.
JUDGED_AT_ONCE = 20
CREATE = "create"
ERROR = "error"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one row: a person to store, or what is wrong; neither: nothing was asked for."""

    patch_id: str | None
    person: Reshaped | None = None
    clear_password: Secret | None = None
    error: HeadwaterError | None = None


class Batch:
    """Makes people, many at once."""

    def __init__(self, *, database: Database, hasher: Hasher, announcing: Announcing, clock: Clock) -> None:
        self._database = database
        self._announcing = announcing
        self._hasher = hasher
        self._clock = clock

    async def create(self, body: BatchBody, *, request: InboundRequest, config: IdentityConfig) -> list[Row]:
        """Store everyone who can be stored, and return what became of each row.

        Raises BadIdentityError for a batch that is none, IdentityConflictError if every row conflicts with
        somebody, HashingOverloadedError before anything was stored.
        """
        rows = await self._judged(body.identities or [], config=config)
        rows = await self._hashed(rows, config=config)
        for start in range(0, len(rows), STORED_AT_ONCE):
            some = rows[start : start + STORED_AT_ONCE]
            rows[start : start + STORED_AT_ONCE] = await self._stored(some, request=request, config=config)
        if rows and all(isinstance(row.error, IdentityConflictError) for row in rows):
            raise IdentityConflictError
        return rows

    async def _judged(self, sent: Sequence[BatchRow], *, config: IdentityConfig) -> list[Row]:
        if len(sent) > MAX_ROWS:
            raise BadIdentityError(
                f"The maximum number of identities per request that can be created or deleted at once is {MAX_ROWS}."
            )
        now_ms, rows = epoch_ms(self._clock.now()), []
        for number, item in enumerate(sent):
            rows.append(_judged(item, config=config, now_ms=now_ms))
            if number % JUDGED_AT_ONCE == 0:
                await asyncio.sleep(0)
        if sum(row.clear_password is not None for row in rows) > MAX_CLEAR_PASSWORDS:
            raise BadIdentityError(
                "The maximum number of identities per request that can be created with a plaintext password is "
                f"{MAX_CLEAR_PASSWORDS}."
            )
        return rows

    async def _hashed(self, rows: Sequence[Row], *, config: IdentityConfig) -> list[Row]:
        """Hash passwords one after the other: people who sign in meanwhile are not kept waiting by an import."""
        hashed = []
        for row in rows:
            if row.person is None or row.clear_password is None:
                hashed.append(row)
                continue
            try:
                secret = await self._hasher.hash(row.clear_password, hashing=config.hashing)
            except TooManyRequestsError:
                raise
            except HeadwaterError as error:
                hashed.append(Row(patch_id=row.patch_id, error=error))
                continue
            person = reshape.with_password(row.person, secret, now_ms=row.person.account.created_at_ms)
            hashed.append(Row(patch_id=row.patch_id, person=person))
        return hashed

    async def _stored(self, rows: Sequence[Row], *, request: InboundRequest, config: IdentityConfig) -> list[Row]:
        people = [row.person for row in rows if row.person is not None]
        deeds = [Deed(change=CREATED, account=person.account) for person in people]
        owed = await self._announcing.owed_for_many(deeds, request=request, config=config)

        def transaction(connection: Connection) -> set[str]:
            stored = bulk.insert_people(connection, people, project_id=config.project_id)
            events = [
                lifecycle.identity_created(
                    person.account.id, project_id=config.project_id, now_ms=person.account.created_at_ms
                )
                for person in people
                if person.account.id in stored
            ]
            outbox.enqueue(connection, events)
            for person_id in stored & owed.keys():
                owed[person_id].store(connection)
            return stored

        stored = await self._database.write(transaction) if people else set()
        for person_id in stored & owed.keys():
            owed[person_id].stored()
        return [
            Row(patch_id=row.patch_id, error=IdentityConflictError())
            if row.person is not None and row.person.account.id not in stored
            else row
            for row in rows
        ]


def view(row: Row) -> dict[str, Any] | None:
    """Return a row as Ory's identityPatchResponse."""
    patch = {} if row.patch_id is None else {"patch_id": row.patch_id}
    if row.error is not None:
        return {"action": ERROR, **patch, "error": envelope_of(row.error)}
    return None if row.person is None else {"action": CREATE, "identity": row.person.account.id, **patch}


def envelope_of(error: HeadwaterError) -> dict[str, Any]:
    """Return an error as it stands inside a row."""
    described: dict[str, Any] = problems.envelope(error.status, id=error.code, reason=error.message)["error"]
    return described


def _judged(item: BatchRow, *, config: IdentityConfig, now_ms: int) -> Row:
    if item.patch_id is not None and not ids.is_uuid(item.patch_id):
        raise BadIdentityError(f"patch_id must be a UUID, not {item.patch_id!r}.")
    if item.create == bodies.NOTHING:
        return Row(patch_id=item.patch_id)
    try:
        body = bodies.read(item.create, CreateBody)
        person = drafts.newcomer(body, config=config, now_ms=now_ms)
        return Row(
            patch_id=item.patch_id,
            person=person,
            clear_password=imports.clear_password_or_none(body.credentials),
        )
    except HeadwaterError as error:
        return Row(patch_id=item.patch_id, error=error)
