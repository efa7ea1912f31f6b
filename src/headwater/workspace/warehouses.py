"""Warehouses: databases that the lake's tables are synced into. Their settings are sealed as a whole.

How far each is stands in the warehouse, and what became of syncs with whoever runs them; here is what is wanted.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Row, delete, insert, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace import sources
from headwater.workspace.slugs import slug_of

SEAL_CONTEXT = "warehouse-settings"
MAX_NAME = 128
MOST = 50
LEAST_SCHEDULE_SECONDS = 60

_texts = msgspec.json.Decoder(tuple[str, ...])


class Warehouse(msgspec.Struct, frozen=True, kw_only=True):
    """A configured warehouse. No `source_ids` are all sources; without a schedule it syncs when somebody asks.

    `wanted_sync` is the last sync that somebody asked for.
    """

    id: str
    name: str
    kind: str
    settings: dict[str, Any]
    source_ids: tuple[str, ...]
    exclude: tuple[str, ...]
    schedule_seconds: int | None
    enabled: bool
    created_at_ms: int
    wanted_sync: str | None = None
    wanted_at_ms: int | None = None

    def __repr__(self) -> str:
        return f"Warehouse({self.name})"


class WarehouseChange(msgspec.Struct, frozen=True, kw_only=True):
    """What may be changed; what is not set stays. `settings` are all of them, checked, in clear."""

    name: str | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    sources: Sequence[str] | UnsetType = UNSET
    exclude: Sequence[str] | UnsetType = UNSET
    schedule_seconds: int | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET


def create(
    connection: Connection,
    name: str,
    *,
    kind: str,
    settings: dict[str, Any],
    source_slugs: Sequence[str],
    exclude: Sequence[str],
    schedule_seconds: int | None,
    clock: Clock,
    sealer: Sealer,
) -> Warehouse:
    """Create a warehouse. Raises ConflictError for a name that is taken, NotFoundError for a source."""
    if len(every(connection, sealer=sealer)) >= MOST:
        raise ConflictError(f"There are {MOST} warehouses, the most there can be. Delete one.")
    _require_free(connection, name)
    row = {
        "id": ids.new_short_id("whs_"),
        "name": name,
        "kind": kind,
        "settings_sealed": _sealed(settings, sealer),
        "source_ids": _written(_ids(connection, source_slugs)),
        "exclude": _written(exclude),
        "schedule_seconds": checked_schedule(schedule_seconds),
        "enabled": True,
        "created_at_ms": epoch_ms(clock.now()),
    }
    connection.execute(insert(tables.warehouses).values(row))
    announce(connection, sources.TOPIC)
    return get(connection, name, sealer=sealer)


def change(connection: Connection, name: str, wanted: WarehouseChange, *, sealer: Sealer) -> Warehouse:
    """Change a warehouse. Raises NotFoundError, ConflictError."""
    before = get(connection, name, sealer=sealer)
    values: dict[str, Any] = {}
    if wanted.name is not UNSET and wanted.name != before.name:
        _require_free(connection, wanted.name)
        values["name"] = wanted.name
    if wanted.settings is not UNSET:
        values["settings_sealed"] = _sealed(wanted.settings, sealer)
    if wanted.sources is not UNSET:
        values["source_ids"] = _written(_ids(connection, wanted.sources))
    if wanted.exclude is not UNSET:
        values["exclude"] = _written(wanted.exclude)
    if wanted.schedule_seconds is not UNSET:
        values["schedule_seconds"] = checked_schedule(wanted.schedule_seconds)
    if wanted.enabled is not UNSET:
        values["enabled"] = wanted.enabled
    if values:
        connection.execute(update(tables.warehouses).where(tables.warehouses.c.id == before.id).values(values))
        announce(connection, sources.TOPIC)
    return get(connection, before.id, sealer=sealer)


def want_sync(connection: Connection, name: str, *, clock: Clock, sealer: Sealer) -> Warehouse:
    """Ask for a sync, after the one under way; it has an id from now on. Raises NotFoundError, ConflictError."""
    before = get(connection, name, sealer=sealer)
    if not before.enabled:
        raise ConflictError(f"The warehouse {name!r} is off: `headwater update warehouse {name} --enable`.")
    values = {"wanted_sync": ids.new_short_id("syn_"), "wanted_at_ms": epoch_ms(clock.now())}
    connection.execute(update(tables.warehouses).where(tables.warehouses.c.id == before.id).values(values))
    announce(connection, sources.TOPIC)
    return get(connection, before.id, sealer=sealer)


def remove(connection: Connection, name: str, *, sealer: Sealer) -> Warehouse:
    """Forget a warehouse; what is in it stays. Raises NotFoundError."""
    gone = get(connection, name, sealer=sealer)
    connection.execute(delete(tables.warehouses).where(tables.warehouses.c.id == gone.id))
    announce(connection, sources.TOPIC)
    return gone


def get(connection: Connection, name: str, *, sealer: Sealer) -> Warehouse:
    """Return one, by its name or id. Raises NotFoundError."""
    table = tables.warehouses
    row = connection.execute(select(table).where((table.c.name == name) | (table.c.id == name))).first()
    if row is None:
        raise NotFoundError(f"There is no warehouse {name!r}. `headwater list warehouses` shows which there are.")
    return _warehouse(row, sealer)


def every(connection: Connection, *, sealer: Sealer) -> list[Warehouse]:
    """Return all, oldest first."""
    table = tables.warehouses
    rows = connection.execute(select(table).order_by(table.c.created_at_ms, table.c.id))
    return [_warehouse(row, sealer) for row in rows]


def checked_name(name: str) -> str:
    """Return a name that a warehouse may have. Raises BadRequestError."""
    if len(name) > MAX_NAME or slug_of(name) != name:
        raise BadRequestError(f"A warehouse's name is lower-case letters, digits and dashes, not {name[:MAX_NAME]!r}.")
    return name


def checked_schedule(seconds: int | None) -> int | None:
    """Return how often a warehouse may sync. Raises BadRequestError."""
    if seconds is not None and seconds < LEAST_SCHEDULE_SECONDS:
        raise BadRequestError(f"A warehouse syncs once in {LEAST_SCHEDULE_SECONDS} s at most.")
    return seconds


def _require_free(connection: Connection, name: str) -> None:
    checked_name(name)
    table = tables.warehouses
    if connection.execute(select(table.c.id).where(table.c.name == name)).first() is not None:
        raise ConflictError(f"There is a warehouse {name!r} already.")


def _ids(connection: Connection, slugs: Sequence[str]) -> list[str]:
    return [sources.get(connection, slug).id for slug in dict.fromkeys(slugs)]


def _sealed(settings: dict[str, Any], sealer: Sealer) -> bytes:
    return sealer.seal(msgspec.json.encode(settings), context=SEAL_CONTEXT)


def _written(texts: Sequence[str]) -> str:
    return msgspec.json.encode(list(texts)).decode()


def _warehouse(row: Row[Any], sealer: Sealer) -> Warehouse:
    return Warehouse(
        id=row.id,
        name=row.name,
        kind=row.kind,
        settings=msgspec.json.decode(sealer.unseal(row.settings_sealed, context=SEAL_CONTEXT)),
        source_ids=_texts.decode(row.source_ids),
        exclude=_texts.decode(row.exclude),
        schedule_seconds=row.schedule_seconds,
        enabled=row.enabled,
        created_at_ms=row.created_at_ms,
        wanted_sync=row.wanted_sync,
        wanted_at_ms=row.wanted_at_ms,
    )
