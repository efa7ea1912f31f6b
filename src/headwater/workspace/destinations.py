"""Destinations. Their settings are sealed as a whole: some hold secrets, and all are nobody else's business."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import NotFoundError
from headwater.core.secrets import Sealer
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace import sources
from headwater.workspace.configuration import Destination

SEAL_CONTEXT = "destination-settings"


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
) -> Destination:
    """Create a destination for `source_slugs`; its events are those above `start_offset`.

    Raises NotFoundError, or ConflictError for a source that was deleted.
    """
    source_ids = [sources.get_living(connection, slug).id for slug in dict.fromkeys(source_slugs)]
    destination_id = ids.new_short_id("dst_")
    connection.execute(
        insert(tables.destinations).values(
            id=destination_id,
            name=name,
            kind=kind,
            settings_sealed=sealer.seal(msgspec.json.encode(settings), context=SEAL_CONTEXT),
            enabled=True,
            start_offset=start_offset,
            created_at_ms=epoch_ms(clock.now()),
        )
    )
    links = [{"destination_id": destination_id, "source_id": source_id} for source_id in source_ids]
    connection.execute(insert(tables.destination_sources), links)
    announce(connection, sources.TOPIC)
    return get(connection, destination_id, sealer=sealer)


def get(connection: Connection, destination_id: str, *, sealer: Sealer) -> Destination:
    """Return one destination. Raises NotFoundError."""
    row = connection.execute(select(tables.destinations).where(tables.destinations.c.id == destination_id)).first()
    if row is None:
        hint = "`headwater list destinations` shows which there are."
        raise NotFoundError(f"There is no destination {destination_id!r}. {hint}")
    return _destination(row, _links(connection), sealer)


def every(connection: Connection, *, sealer: Sealer) -> list[Destination]:
    """Return all destinations, oldest first."""
    table = tables.destinations
    links = _links(connection)
    rows = connection.execute(select(table).order_by(table.c.created_at_ms, table.c.id))
    return [_destination(row, links, sealer) for row in rows]


def _links(connection: Connection) -> dict[str, list[str]]:
    links: dict[str, list[str]] = {}
    for row in connection.execute(select(tables.destination_sources)):
        links.setdefault(row.destination_id, []).append(row.source_id)
    return links


def _destination(row: Row[Any], links: dict[str, list[str]], sealer: Sealer) -> Destination:
    return Destination(
        id=row.id,
        name=row.name,
        kind=row.kind,
        source_ids=tuple(links.get(row.id, ())),
        enabled=row.enabled,
        start_offset=row.start_offset,
        created_at_ms=row.created_at_ms,
        settings=msgspec.json.decode(sealer.unseal(row.settings_sealed, context=SEAL_CONTEXT)),
    )
