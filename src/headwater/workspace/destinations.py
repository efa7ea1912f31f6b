"""Destinations. Their settings are sealed as a whole: some hold secrets, and all are nobody else's business.

A deleted one keeps its row, without settings and routing: old events can still be asked what became of them.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms, from_epoch_ms, iso_ms
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace import sources
from headwater.workspace.configuration import Destination, Pause, Routing

SEAL_CONTEXT = "destination-settings"
MAX_NAME = 128
DEFAULT_ROUTING = Routing()
MAX_PAUSES = 100  # remembered; what was missed in older ones reads as events of a source that was not connected

_pauses = msgspec.json.Decoder(tuple[Pause, ...])
_routing = msgspec.json.Decoder(Routing)


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What a destination is called, and what it is."""

    id: str
    name: str
    kind: str


class DestinationChange(msgspec.Struct, frozen=True, kw_only=True):
    """What may be changed of a destination; what is not set stays. `settings` are all of them, checked, in clear.

    `routing` is the whole of it, checked.
    """

    name: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    sources: list[str] | UnsetType = UNSET
    routing: Routing | UnsetType = UNSET


def create(
    connection: Connection,
    kind: str,
    *,
    name: str,
    source_slugs: Sequence[str],
    settings: dict[str, Any],
    start_offset: int,
    clock: Clock,
    sealer: Sealer,
    destination_id: str | None = None,
    routing: Routing = DEFAULT_ROUTING,
) -> Destination:
    """Create a destination for `source_slugs`; its events are those above `start_offset`.

    Raises NotFoundError, or ConflictError for a source that was deleted.
    """
    source_ids = [sources.get_living(connection, slug).id for slug in dict.fromkeys(source_slugs)]
    destination_id = destination_id or ids.new_short_id("dst_")
    connection.execute(
        insert(tables.destinations).values(
            id=destination_id,
            name=name,
            kind=kind,
            settings_sealed=_sealed(settings, sealer),
            enabled=True,
            start_offset=start_offset,
            created_at_ms=epoch_ms(clock.now()),
            routing=_written(routing),
        )
    )
    _connect(connection, destination_id, source_ids, since_offset=start_offset)
    announce(connection, sources.TOPIC)
    return get(connection, destination_id, sealer=sealer)


def update_destination(
    connection: Connection, destination_id: str, change: DestinationChange, *, newest_offset: int, sealer: Sealer
) -> Destination:
    """Change a destination. Raises NotFoundError, ConflictError for a source that was deleted.

    What happens while it is switched off is not its; what it had not delivered before, it delivers once it is on
    again. A source that is new to it counts from `newest_offset`, the log's head, on.
    """
    before = get(connection, destination_id, sealer=sealer)
    if before.project_id is not None and change.sources is not UNSET:
        raise BadRequestError("This is the event stream of a project: it gets that project's events, and no source's.")
    values: dict[str, Any] = {}
    if change.name is not UNSET:
        values["name"] = checked_name(change.name)
    if change.settings is not UNSET:
        values["settings_sealed"] = _sealed(change.settings, sealer)
    if change.routing is not UNSET:
        values["routing"] = _written(change.routing)
    if change.enabled is not UNSET and change.enabled != before.enabled:
        pauses = _pauses_with(before.pauses, is_on=change.enabled, newest_offset=newest_offset)
        values |= {"enabled": change.enabled, "pauses": msgspec.json.encode(pauses).decode()}
    if values:
        connection.execute(_row(destination_id, update(tables.destinations)).values(values))
    if change.sources is not UNSET:
        _reconnect(connection, before, change.sources, newest_offset=newest_offset)
    announce(connection, sources.TOPIC)
    return get(connection, destination_id, sealer=sealer)


def delete_destination(
    connection: Connection, destination_id: str, *, newest_offset: int, clock: Clock, sealer: Sealer
) -> Destination:
    """End a destination for good, and forget its settings and routing. Raises NotFoundError, also the second time."""
    gone = get(connection, destination_id, sealer=sealer)
    values = {
        "enabled": False,
        "deleted_at_ms": epoch_ms(clock.now()),
        "end_offset": newest_offset,
        "settings_sealed": _sealed({}, sealer),
        "routing": _written(DEFAULT_ROUTING),
    }
    connection.execute(_row(destination_id, update(tables.destinations)).values(values))
    announce(connection, sources.TOPIC)
    return gone


def get(connection: Connection, destination_id: str, *, sealer: Sealer) -> Destination:
    """Return one destination. Raises NotFoundError, also for a deleted one."""
    row = connection.execute(select(tables.destinations).where(tables.destinations.c.id == destination_id)).first()
    hint = "`headwater list destinations` shows which there are."
    if row is None:
        raise NotFoundError(f"There is no destination {destination_id!r}. {hint}")
    if row.deleted_at_ms is not None:
        when = iso_ms(from_epoch_ms(row.deleted_at_ms))
        raise NotFoundError(f"The destination {destination_id!r} was deleted at {when}. {hint}")
    return _destination(row, _links(connection), _projects(connection), sealer)


def every(connection: Connection, *, sealer: Sealer) -> list[Destination]:
    """Return all destinations that are not deleted, oldest first."""
    return _load(connection, _in_order().where(tables.destinations.c.deleted_at_ms.is_(None)), sealer)


def named(connection: Connection) -> list[Named]:
    """Return what those that are not deleted are called, oldest first: without opening anything that is sealed."""
    table = tables.destinations
    query = select(table.c.id, table.c.name, table.c.kind).where(table.c.deleted_at_ms.is_(None))
    rows = connection.execute(query.order_by(table.c.created_at_ms, table.c.id))
    return [Named(id=row.id, name=row.name, kind=row.kind) for row in rows]


def ever(connection: Connection, *, sealer: Sealer) -> list[Destination]:
    """Return all destinations there have been, oldest first: for whoever asks what became of old events."""
    return _load(connection, _in_order(), sealer)


def _in_order() -> Select[Any]:
    table = tables.destinations
    return select(table).order_by(table.c.created_at_ms, table.c.id)


def _load(connection: Connection, query: Select[Any], sealer: Sealer) -> list[Destination]:
    links, projects = _links(connection), _projects(connection)
    return [_destination(row, links, projects, sealer) for row in connection.execute(query)]


def _row(destination_id: str, statement: Any) -> Any:
    return statement.where(tables.destinations.c.id == destination_id)


def checked_name(name: str) -> str:
    """Return a name that a destination may have. Raises BadRequestError."""
    if not name.strip() or len(name) > MAX_NAME:
        raise BadRequestError(f"A destination's name has at least one character and at most {MAX_NAME}.")
    return name


def _sealed(settings: dict[str, Any], sealer: Sealer) -> bytes:
    return sealer.seal(msgspec.json.encode(settings), context=SEAL_CONTEXT)


def _written(routing: Routing) -> str:
    return msgspec.json.encode(routing).decode()


def _pauses_with(pauses: tuple[Pause, ...], *, is_on: bool, newest_offset: int) -> tuple[Pause, ...]:
    if not is_on:
        return (*pauses, (newest_offset, None))[-MAX_PAUSES:]
    *ended, last = pauses or ((newest_offset, None),)  # one switched off by an earlier release has none
    return tuple(ended) if last[0] == newest_offset else (*ended, (last[0], newest_offset))


def _connect(connection: Connection, destination_id: str, source_ids: Sequence[str], *, since_offset: int) -> None:
    links = [
        {"destination_id": destination_id, "source_id": source_id, "since_offset": since_offset}
        for source_id in source_ids
    ]
    if links:
        connection.execute(insert(tables.destination_sources), links)


def _reconnect(connection: Connection, before: Destination, slugs: Sequence[str], *, newest_offset: int) -> None:
    wanted = [_connectable(connection, slug, before) for slug in dict.fromkeys(slugs)]
    table = tables.destination_sources
    is_its = table.c.destination_id == before.id
    connection.execute(delete(table).where(is_its & table.c.source_id.not_in(wanted)))
    new = [source_id for source_id in dict.fromkeys(wanted) if source_id not in before.source_ids]
    _connect(connection, before.id, new, since_offset=newest_offset)


def _connectable(connection: Connection, slug: str, before: Destination) -> str:
    """Return a source's id; a deleted one stays connected where it was, but is connected nowhere else."""
    source = sources.get(connection, slug)
    if source.deleted_at_ms is not None and source.id not in before.source_ids:
        raise ConflictError(f"The source {source.slug!r} was deleted, so it can't be connected.")
    return source.id


def _links(connection: Connection) -> dict[str, dict[str, int]]:
    links: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(tables.destination_sources)):
        links.setdefault(row.destination_id, {})[row.source_id] = row.since_offset
    return links


def _projects(connection: Connection) -> dict[str, str]:
    """Return which project's events an event stream gets."""
    table = tables.event_streams
    return {row.destination_id: row.project_id for row in connection.execute(select(table))}


def _destination(
    row: Row[Any], links: dict[str, dict[str, int]], projects: dict[str, str], sealer: Sealer
) -> Destination:
    connected_at = links.get(row.id, {})
    return Destination(
        id=row.id,
        name=row.name,
        kind=row.kind,
        source_ids=tuple(connected_at),
        enabled=row.enabled,
        start_offset=row.start_offset,
        created_at_ms=row.created_at_ms,
        settings=msgspec.json.decode(sealer.unseal(row.settings_sealed, context=SEAL_CONTEXT)),
        pauses=_pauses.decode(row.pauses),
        connected_at=connected_at,
        deleted_at_ms=row.deleted_at_ms,
        end_offset=row.end_offset,
        routing=_routing.decode(row.routing),
        project_id=projects.get(row.id),
    )
