"""Event streams: destinations that get one project's lifecycle events. Reads and writes what makes them so.

Each is a webhook with a project in the place of sources, so it is delivered, traced and retried like any other.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.store import tables
from headwater.workspace import destinations
from headwater.workspace.configuration import Destination
from headwater.workspace.destinations import DestinationChange
from headwater.workspace.projects import Project

KIND = "webhook"
MAX_STREAMS = 20  # of a project: each is a reader of the log


class EventStream(msgspec.Struct, frozen=True, kw_only=True):
    """One stream. What it is delivered by, and with, is its destination."""

    destination: Destination
    updated_at_ms: int


def create(
    connection: Connection,
    project: Project,
    settings: dict[str, Any],
    *,
    start_offset: int,
    clock: Clock,
    sealer: Sealer,
) -> EventStream:
    """Create a stream of the project's events above `start_offset`. Raises ConflictError where there are enough."""
    if len(of_project(connection, project.id, sealer=sealer)) >= MAX_STREAMS:
        raise ConflictError(f"This project has {MAX_STREAMS} event streams, the most there can be. Delete one first.")
    made = destinations.create(
        connection,
        KIND,
        name=f"Event stream of {project.slug}",
        source_slugs=(),
        settings=settings,
        start_offset=start_offset,
        clock=clock,
        sealer=sealer,
        destination_id=ids.new_uuid(),  # Ory's clients take nothing else
    )
    row = {"destination_id": made.id, "project_id": project.id, "updated_at_ms": epoch_ms(clock.now())}
    connection.execute(insert(tables.event_streams).values(row))
    return get(connection, project.id, made.id, sealer=sealer)


def of_project(connection: Connection, project_id: str, *, sealer: Sealer) -> list[EventStream]:
    """Return the streams of a project that are not deleted, oldest first."""
    living = {one.id: one for one in destinations.every(connection, sealer=sealer) if one.project_id == project_id}
    table = tables.event_streams
    rows = connection.execute(select(table).where(table.c.destination_id.in_(living)))
    updated = {row.destination_id: row.updated_at_ms for row in rows}
    return [EventStream(destination=one, updated_at_ms=updated[one.id]) for one in living.values()]


def get(connection: Connection, project_id: str, stream_id: str, *, sealer: Sealer) -> EventStream:
    """Return one stream of a project. Raises NotFoundError, also for another project's."""
    for one in of_project(connection, project_id, sealer=sealer):
        if one.destination.id == stream_id.lower():
            return one
    raise NotFoundError(f"This project has no event stream {stream_id!r}.")


def change(
    connection: Connection,
    project_id: str,
    stream_id: str,
    wanted: DestinationChange,
    *,
    newest_offset: int,
    clock: Clock,
    sealer: Sealer,
) -> EventStream:
    """Change a stream. What happens while it is switched off is not its. Raises NotFoundError."""
    found = get(connection, project_id, stream_id, sealer=sealer).destination
    destinations.update_destination(connection, found.id, wanted, newest_offset=newest_offset, sealer=sealer)
    table = tables.event_streams
    values = {"updated_at_ms": epoch_ms(clock.now())}
    connection.execute(update(table).where(table.c.destination_id == found.id).values(values))
    return get(connection, project_id, found.id, sealer=sealer)


def remove(
    connection: Connection, project_id: str, stream_id: str, *, newest_offset: int, clock: Clock, sealer: Sealer
) -> None:
    """End a stream for good. Raises NotFoundError."""
    found = get(connection, project_id, stream_id, sealer=sealer).destination
    destinations.delete_destination(connection, found.id, newest_offset=newest_offset, clock=clock, sealer=sealer)
