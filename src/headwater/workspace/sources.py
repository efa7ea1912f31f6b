"""Sources and their write keys."""

import secrets
import string
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace.configuration import Source, WriteKey
from headwater.workspace.slugs import slug_of

TOPIC = "configuration"
KINDS = ("http-api", "ory-actions", "website", "server", "mobile")
WRITE_KEY_LENGTH = 32
WRITE_KEY_LETTERS = string.ascii_letters + string.digits
MAX_NAME = 128


def create(connection: Connection, name: str, *, kind: str, clock: Clock) -> Source:
    """Create a source with one write key. Raises ConflictError when the slug is taken."""
    if kind not in KINDS:
        raise BadRequestError(f"There is no source kind {kind!r}. Choose one of: {', '.join(KINDS)}.")
    if len(name) > MAX_NAME:
        raise BadRequestError(f"A source's name has at most {MAX_NAME} characters.")
    slug = slug_of(name)
    if connection.execute(select(tables.sources.c.id).where(tables.sources.c.slug == slug)).first():
        raise ConflictError(f"A source {slug!r} exists already. Choose another name, or use that one.")
    now_ms = epoch_ms(clock.now())
    source_id = ids.new_short_id("src_")
    row = {"id": source_id, "slug": slug, "name": name, "kind": kind, "enabled": True, "created_at_ms": now_ms}
    connection.execute(insert(tables.sources).values(row))
    connection.execute(
        insert(tables.write_keys).values(
            id=ids.new_short_id("wk_"), source_id=source_id, key=new_write_key(), created_at_ms=now_ms
        )
    )
    announce(connection, TOPIC)
    return get(connection, source_id)


def new_write_key() -> str:
    """Return 32 random letters and digits, as Segment's write keys look (190 bits)."""
    return "".join(secrets.choice(WRITE_KEY_LETTERS) for _ in range(WRITE_KEY_LENGTH))


def get(connection: Connection, id_or_slug: str) -> Source:
    """Return one source. Raises NotFoundError."""
    match = or_(tables.sources.c.id == id_or_slug, tables.sources.c.slug == id_or_slug)
    found = _load(connection, select(tables.sources).where(match))
    if not found:
        raise NotFoundError(f"There is no source {id_or_slug!r}. `headwater list sources` shows which there are.")
    return found[0]


def every(connection: Connection) -> list[Source]:
    """Return all sources, oldest first."""
    return _load(connection, select(tables.sources).order_by(tables.sources.c.created_at_ms, tables.sources.c.id))


def _load(connection: Connection, query: Select[Any]) -> list[Source]:
    rows = connection.execute(query).all()
    keys: dict[str, list[WriteKey]] = {row.id: [] for row in rows}
    chosen = select(tables.write_keys).where(tables.write_keys.c.source_id.in_(keys))
    for key in connection.execute(chosen.order_by(tables.write_keys.c.created_at_ms)):
        keys[key.source_id].append(WriteKey(id=key.id, key=key.key, created_at_ms=key.created_at_ms))
    return [_source(row, tuple(keys[row.id])) for row in rows]


def _source(row: Row[Any], keys: tuple[WriteKey, ...]) -> Source:
    return Source(
        id=row.id,
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        enabled=row.enabled,
        created_at_ms=row.created_at_ms,
        write_keys=keys,
    )
