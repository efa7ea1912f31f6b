"""Operator keys: bearer tokens with a role, stored as SHA-256, shown once."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, NotFoundError
from headwater.core.secrets import fingerprint
from headwater.store import tables
from headwater.workspace import projects

ROLES = ("admin", "operator", "viewer")

# As Ory Network's keys look, so that tools which recognise them do.
WORKSPACE_PREFIX = "ory_wak_"
PROJECT_PREFIX = "ory_apikey_"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An operator key, without its token. `project_id` is None for one that is good for the whole workspace."""

    id: str
    name: str
    role: str
    project_id: str | None
    created_at_ms: int


def create(connection: Connection, *, name: str, role: str, project_id: str | None, clock: Clock) -> tuple[Key, str]:
    """Create a key and return it with its token: the only time the token is known."""
    if role not in ROLES:
        raise BadRequestError(f"There is no role {role!r}. Choose one of: {', '.join(ROLES)}.")
    if project_id is not None:
        project_id = projects.get(connection, project_id).id
    token = ids.new_token(PROJECT_PREFIX if project_id else WORKSPACE_PREFIX)
    key = Key(
        id=ids.new_short_id("key_"),
        name=name,
        role=role,
        project_id=project_id,
        created_at_ms=epoch_ms(clock.now()),
    )
    row = {**msgspec.structs.asdict(key), "token_sha256": fingerprint(token)}
    connection.execute(insert(tables.keys).values(row))
    return key, token


def every(connection: Connection) -> list[Key]:
    """Return all keys, oldest first."""
    return [_key(row) for row in connection.execute(select(tables.keys).order_by(tables.keys.c.created_at_ms))]


def revoke(connection: Connection, key_id: str) -> None:
    """Make a key worthless at once. Raises NotFoundError."""
    if connection.execute(delete(tables.keys).where(tables.keys.c.id == key_id)).rowcount == 0:
        raise NotFoundError(f"There is no key {key_id!r}. `headwater list keys` shows which there are.")


def by_token(connection: Connection, token: str) -> Key | None:
    """Return the key of a token, or None. Looked up by hash: nothing of the token's own text is compared."""
    row = connection.execute(select(tables.keys).where(tables.keys.c.token_sha256 == fingerprint(token))).first()
    return None if row is None else _key(row)


def _key(row: Row[Any]) -> Key:
    return Key(id=row.id, name=row.name, role=row.role, project_id=row.project_id, created_at_ms=row.created_at_ms)
