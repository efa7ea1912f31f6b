"""The workspace: one for now, made at first start."""

import msgspec
from sqlalchemy import Connection, insert, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace.sources import TOPIC

DEFAULT_NAME = "default"


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """Owns sources, destinations and keys.

    With `tracking_aliases` on, calls that Actions make to Segment's own hosts are answered by us, in process.
    """

    id: str
    name: str
    tracking_aliases: bool
    created_at_ms: int


def ensure(connection: Connection, *, clock: Clock) -> Workspace:
    """Return the workspace, made if this is the first start."""
    found = current_or_none(connection)
    if found is not None:
        return found
    workspace = Workspace(
        id=ids.new_uuid(), name=DEFAULT_NAME, tracking_aliases=False, created_at_ms=epoch_ms(clock.now())
    )
    connection.execute(insert(tables.workspaces).values(msgspec.structs.asdict(workspace)))
    return workspace


def current_or_none(connection: Connection) -> Workspace | None:
    row = connection.execute(select(tables.workspaces)).first()
    if row is None:
        return None
    return Workspace(id=row.id, name=row.name, tracking_aliases=row.tracking_aliases, created_at_ms=row.created_at_ms)


def set_tracking_aliases(connection: Connection, *, to: bool) -> None:
    """Turn the answering of Segment's hosts on or off."""
    connection.execute(update(tables.workspaces).values(tracking_aliases=to))
    announce(connection, TOPIC)
