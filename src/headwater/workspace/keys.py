"""Operator keys: bearer tokens with a role, stored as SHA-256, shown once. They may expire, and can be revoked.

A revoked key is worthless at once; its row stays for 90 days, so that whoever still uses it is told what happened.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms, from_epoch_ms, iso_ms
from headwater.core.errors import BadRequestError, ConflictError, NotAuthenticatedError, NotFoundError
from headwater.core.secrets import fingerprint
from headwater.store import tables
from headwater.workspace import projects

ROLES = ("admin", "operator", "viewer")
MAX_NAME = 128
MAX_KEYS = 1_000  # of a project, and of the workspace: a program that makes one a run is told before it fills the disk
REVOKED_KEPT = timedelta(days=90)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)

# As Ory Network's keys look, so that tools which recognise them do.
WORKSPACE_PREFIX = "ory_wak_"
PROJECT_PREFIX = "ory_apikey_"


class KeyExpiredError(NotAuthenticatedError):
    """This key has expired. Make a new one with `headwater create key`."""

    code = "key_expired"


class KeyRevokedError(NotAuthenticatedError):
    """This key was revoked. Make a new one with `headwater create key`."""

    code = "key_revoked"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An operator key, without its token. `project_id` is None for one that is good for the whole workspace."""

    id: str
    name: str
    role: str
    project_id: str | None
    created_at_ms: int
    expires_at_ms: int | None = None


def create(
    connection: Connection,
    *,
    name: str,
    role: str,
    project_id: str | None,
    clock: Clock,
    expires_at: datetime | None = None,
    maker_id: str | None = None,
) -> tuple[Key, str]:
    """Create a key and return it with its token: the only time the token is known.

    No key outlives the one that it is made with (`maker_id`): who was let in for an hour can't stay by it.
    Raises BadRequestError, NotFoundError for its project, ConflictError when there are too many.
    """
    if role not in ROLES:
        raise BadRequestError(f"There is no role {role!r}. Choose one of: {', '.join(ROLES)}.")
    if len(name) > MAX_NAME:
        raise BadRequestError(f"A key's name has at most {MAX_NAME} characters.")
    if project_id is not None:
        project_id = projects.get(connection, project_id).id
    now = clock.now()
    _forget_revoked(connection, now_ms=epoch_ms(now - REVOKED_KEPT))
    _require_fewer(connection, project_id)
    token = ids.new_token(PROJECT_PREFIX if project_id else WORKSPACE_PREFIX)
    key = Key(
        id=ids.new_uuid(),
        name=name,
        role=role,
        project_id=project_id,
        created_at_ms=epoch_ms(now),
        expires_at_ms=_expiry(expires_at, now=now, latest_ms=_end_of(connection, maker_id)),
    )
    row = {**msgspec.structs.asdict(key), "token_sha256": fingerprint(token)}
    connection.execute(insert(tables.keys).values(row))
    return key, token


def every(connection: Connection) -> list[Key]:
    """Return all keys that were not revoked, expired ones too, oldest first."""
    return _load(connection)


def of_project(connection: Connection, project_id: str) -> list[Key]:
    """Return the keys that are good for one project only, oldest first."""
    return _load(connection, tables.keys.c.project_id == project_id)


def of_workspace(connection: Connection) -> list[Key]:
    """Return the keys that are good for the whole workspace, oldest first."""
    return _load(connection, tables.keys.c.project_id.is_(None))


def revoke(connection: Connection, key_id: str, *, clock: Clock) -> None:
    """Make a key worthless at once. Raises NotFoundError."""
    match = (tables.keys.c.id == key_id) & _is_living()
    revoked = connection.execute(update(tables.keys).where(match).values(revoked_at_ms=epoch_ms(clock.now())))
    if revoked.rowcount == 0:
        raise NotFoundError(f"There is no key {key_id!r}. `headwater list keys` shows which there are.")


def by_token(connection: Connection, token: str, *, clock: Clock) -> Key | None:
    """Return the key of a token, None for a token that never was one. Raises KeyExpiredError, KeyRevokedError.

    Looked up by hash: nothing of the token's own text is compared.
    """
    return _good(connection, tables.keys.c.token_sha256 == fingerprint(token), clock=clock)


def by_id(connection: Connection, key_id: str, *, clock: Clock) -> Key | None:
    """Return a key, None for one that never was. Raises KeyExpiredError, KeyRevokedError."""
    return _good(connection, tables.keys.c.id == key_id, clock=clock)


def _good(connection: Connection, which: ColumnElement[bool], *, clock: Clock) -> Key | None:
    row = connection.execute(select(tables.keys).where(which)).first()
    if row is None:
        return None
    if row.revoked_at_ms is not None:
        when = _said(row.revoked_at_ms)
        raise KeyRevokedError(f"This key was revoked at {when}. Make a new one with `headwater create key`.")
    if row.expires_at_ms is not None and row.expires_at_ms <= epoch_ms(clock.now()):
        when = _said(row.expires_at_ms)
        raise KeyExpiredError(f"This key expired at {when}. Make a new one with `headwater create key`.")
    return _key(row)


def name_of(connection: Connection, key_id: str) -> str:
    """Return what a key is called, "" for one that is not there."""
    found = connection.execute(select(tables.keys.c.name).where(tables.keys.c.id == key_id)).scalar()
    return str(found or "")


def _forget_revoked(connection: Connection, *, now_ms: int) -> None:
    connection.execute(delete(tables.keys).where(tables.keys.c.revoked_at_ms < now_ms))


def _require_fewer(connection: Connection, project_id: str | None) -> None:
    there: Sequence[Key] = of_workspace(connection) if project_id is None else of_project(connection, project_id)
    if len(there) >= MAX_KEYS:
        hint = "Delete some that nobody uses: `headwater list keys` shows them."
        raise ConflictError(f"There are {MAX_KEYS} keys for this already, the most there can be. {hint}")


def _expiry(expires_at: datetime | None, *, now: datetime, latest_ms: int | None) -> int | None:
    if expires_at is None:
        return latest_ms
    if expires_at.tzinfo is None or not now < expires_at < LATEST:
        raise BadRequestError("A key's `expires_at` is a time to come, with its zone, such as 2030-01-31T00:00:00Z.")
    wanted_ms = epoch_ms(expires_at)
    if latest_ms is not None and wanted_ms > latest_ms:
        raise BadRequestError(f"The key you make this one with expires at {_said(latest_ms)}; no key outlives that.")
    return wanted_ms


def _end_of(connection: Connection, key_id: str | None) -> int | None:
    end: int | None = connection.execute(
        select(tables.keys.c.expires_at_ms).where(tables.keys.c.id == key_id)
    ).scalar_one_or_none()
    return end


def _is_living() -> ColumnElement[bool]:
    return tables.keys.c.revoked_at_ms.is_(None)


def _load(connection: Connection, *conditions: ColumnElement[bool]) -> list[Key]:
    query = select(tables.keys).where(_is_living(), *conditions)
    ordered = query.order_by(tables.keys.c.created_at_ms, tables.keys.c.id)
    return [_key(row) for row in connection.execute(ordered)]


def _said(milliseconds: int) -> str:
    return iso_ms(from_epoch_ms(milliseconds))


def _key(row: Row[Any]) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        role=row.role,
        project_id=row.project_id,
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
    )
