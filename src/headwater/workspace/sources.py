"""Sources: what sends events. Reads and writes their rows; their write keys have rules of their own (`write_keys`).

A deleted source keeps its row: events that are in the log stay readable, and traceable, under its slug.
"""

import secrets
import string
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms, from_epoch_ms, iso_ms
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace.configuration import Source, WriteKey
from headwater.workspace.slugs import checked_slug, slug_of

TOPIC = "configuration"
ORY_ACTIONS = "ory-actions"
KINDS = ("http-api", ORY_ACTIONS, "website", "server", "mobile")
WRITE_KEY_LENGTH = 32
WRITE_KEY_LETTERS = string.ascii_letters + string.digits
MAX_NAME = 128
MAX_RATE_LIMIT = 1_000_000  # events per second; far above what one log takes


class SourceChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be changed of a source. What is not set stays; `rate_limit` None or 0 takes the limit away."""

    name: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    strict: bool | UnsetType = UNSET
    rate_limit: int | UnsetType | None = UNSET


def create(
    connection: Connection,
    name: str,
    *,
    kind: str,
    clock: Clock,
    strict: bool = False,
    rate_limit: int | None = None,
    slug: str | None = None,
) -> Source:
    """Create a source with one write key, under its name's slug or the one given.

    Raises ConflictError when the slug is taken, or was.
    """
    if kind not in KINDS:
        raise BadRequestError(f"There is no source kind {kind!r}. Choose one of: {', '.join(KINDS)}.")
    slug = slug_of(_name(name)) if slug is None else checked_slug(slug)
    _require_free(connection, slug)
    now_ms = epoch_ms(clock.now())
    source_id = ids.new_short_id("src_")
    connection.execute(
        insert(tables.sources).values(
            id=source_id,
            slug=slug,
            name=name,
            kind=kind,
            enabled=True,
            created_at_ms=now_ms,
            strict=strict,
            rate_limit=_rate_limit(rate_limit),
        )
    )
    insert_key(connection, source_id, now_ms=now_ms)
    announce(connection, TOPIC)
    return get(connection, source_id)


def insert_key(connection: Connection, source_id: str, *, now_ms: int) -> WriteKey:
    """Give a source one more write key, whatever it has; `write_keys.create` minds the limit."""
    key = WriteKey(id=ids.new_short_id("wk_"), key=new_write_key(), created_at_ms=now_ms)
    row = {"id": key.id, "source_id": source_id, "key": key.key, "created_at_ms": now_ms}
    connection.execute(insert(tables.write_keys).values(row))
    return key


def new_write_key() -> str:
    """Return 32 random letters and digits, as Segment's write keys look (190 bits)."""
    return "".join(secrets.choice(WRITE_KEY_LETTERS) for _ in range(WRITE_KEY_LENGTH))


def update_source(connection: Connection, id_or_slug: str, change: SourceChange) -> Source:
    """Change a source; the slug stays. Raises NotFoundError, or ConflictError when it was deleted."""
    source = get_living(connection, id_or_slug)
    values = {key: value for key, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    if not values:
        raise BadRequestError("Say what to change: name, enabled, strict or rate_limit.")
    check(change)
    if "rate_limit" in values:
        values["rate_limit"] = values["rate_limit"] or None
    connection.execute(update(tables.sources).where(tables.sources.c.id == source.id).values(values))
    announce(connection, TOPIC)
    return get(connection, source.id)


def check(change: SourceChange) -> None:
    """Raise BadRequestError for a name or a rate limit that no source may have."""
    if change.name is not UNSET:
        _name(change.name)
    if change.rate_limit is not UNSET:
        _rate_limit(change.rate_limit)


def delete_source(connection: Connection, id_or_slug: str, *, clock: Clock) -> Source:
    """Take its write keys away and keep the rest. Raises NotFoundError, or ConflictError when that was done before.

    What is in the log already stays, and goes on to its destinations.
    """
    source = get_living(connection, id_or_slug)
    connection.execute(delete(tables.write_keys).where(tables.write_keys.c.source_id == source.id))
    gone = {"deleted_at_ms": epoch_ms(clock.now()), "enabled": False}
    connection.execute(update(tables.sources).where(tables.sources.c.id == source.id).values(gone))
    announce(connection, TOPIC)
    return get(connection, source.id)


def get(connection: Connection, id_or_slug: str) -> Source:
    """Return one source, deleted or not. Raises NotFoundError."""
    match = or_(tables.sources.c.id == id_or_slug, tables.sources.c.slug == id_or_slug)
    found = _load(connection, select(tables.sources).where(match))
    if not found:
        raise NotFoundError(f"There is no source {id_or_slug!r}. `headwater list sources` shows which there are.")
    return found[0]


def get_living(connection: Connection, id_or_slug: str) -> Source:
    """Return one source that is not deleted. Raises NotFoundError, or ConflictError for a deleted one."""
    source = get(connection, id_or_slug)
    if source.deleted_at_ms is not None:
        when = iso_ms(from_epoch_ms(source.deleted_at_ms))
        hint = "Its events stay readable; for new ones make a source of another name."
        raise ConflictError(f"The source {source.slug!r} was deleted at {when}. {hint}")
    return source


def every(connection: Connection) -> list[Source]:
    """Return all sources, deleted ones too, oldest first: for whoever names events that are in the log."""
    return _load(connection, _in_order())


def slugs(connection: Connection) -> dict[str, str]:
    """Return what all sources are called, deleted ones too, by their ids."""
    rows = connection.execute(select(tables.sources.c.id, tables.sources.c.slug))
    return {row.id: row.slug for row in rows}


def living(connection: Connection) -> list[Source]:
    """Return the sources that are not deleted, oldest first."""
    return _load(connection, _in_order().where(tables.sources.c.deleted_at_ms.is_(None)))


def _in_order() -> Select[Any]:
    return select(tables.sources).order_by(tables.sources.c.created_at_ms, tables.sources.c.id)


def _require_free(connection: Connection, slug: str) -> None:
    row = connection.execute(select(tables.sources).where(tables.sources.c.slug == slug)).first()
    if row is None:
        return
    if row.deleted_at_ms is None:
        raise ConflictError(f"A source {slug!r} exists already. Choose another name, or use that one.")
    hint = "Its events keep that name, so choose another one."
    raise ConflictError(f"There was a source {slug!r}, deleted at {iso_ms(from_epoch_ms(row.deleted_at_ms))}. {hint}")


def _name(name: str) -> str:
    if not name.strip() or len(name) > MAX_NAME:
        raise BadRequestError(f"A source's name has at least one character and at most {MAX_NAME}.")
    return name


def _rate_limit(events_per_second: int | None) -> int | None:
    if events_per_second is not None and not 0 <= events_per_second <= MAX_RATE_LIMIT:
        raise BadRequestError(f"A rate limit is a whole number of events per second, 1 to {MAX_RATE_LIMIT}; 0 is none.")
    return events_per_second or None


def _load(connection: Connection, query: Select[Any]) -> list[Source]:
    rows = connection.execute(query).all()
    keys: dict[str, list[WriteKey]] = {row.id: [] for row in rows}
    table = tables.write_keys
    chosen = select(table).where(table.c.source_id.in_(keys)).order_by(table.c.created_at_ms, table.c.id)
    for key in connection.execute(chosen):
        keys[key.source_id].append(WriteKey(id=key.id, key=key.key, created_at_ms=key.created_at_ms))
    return [_source(row, tuple(keys[row.id])) for row in rows]


def _source(row: Row[Any], keys: tuple[WriteKey, ...]) -> Source:
    return Source(**row._mapping, write_keys=keys)  # noqa: SLF001  SQLAlchemy's public name for it
