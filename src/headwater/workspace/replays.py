"""Replays: which part of the log a destination is to get again. How far they are is known to whoever delivers.

So whoever asks here says which are finished. Those that are over stay listed, the newest of them.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import ConflictError, NotFoundError
from headwater.store import tables
from headwater.store.database import announce
from headwater.workspace import sources
from headwater.workspace.configuration import Replay, Selection

MOST_AT_ONCE = 10  # each is a reader of the log
KEPT = 100  # that are over

_selection = msgspec.json.Decoder(Selection)


def create(
    connection: Connection,
    destination_id: str,
    selection: Selection,
    *,
    after: int,
    up_to: int,
    requests_per_second: float | None,
    finished: Collection[str],
    clock: Clock,
) -> Replay:
    """Begin a replay, and forget the oldest that are over. Raises ConflictError where enough are under way."""
    _make_room(connection, finished)
    replay = Replay(
        id=ids.new_short_id("rpl_"),
        destination_id=destination_id,
        selection=selection,
        after=after,
        up_to=up_to,
        requests_per_second=requests_per_second,
        created_at_ms=epoch_ms(clock.now()),
    )
    row = {
        "id": replay.id,
        "destination_id": destination_id,
        "selection": msgspec.json.encode(selection).decode(),
        "after_offset": after,
        "up_to_offset": up_to,
        "requests_per_second": requests_per_second,
        "created_at_ms": replay.created_at_ms,
        "is_paused": False,
    }
    connection.execute(insert(tables.replays).values(row))
    announce(connection, sources.TOPIC)
    return replay


def every(connection: Connection) -> list[Replay]:
    """Return all that are remembered, newest first."""
    table = tables.replays
    return [
        _replay(row) for row in connection.execute(select(table).order_by(table.c.created_at_ms.desc(), table.c.id))
    ]


def get(connection: Connection, replay_id: str) -> Replay:
    """Return one. Raises NotFoundError."""
    row = connection.execute(select(tables.replays).where(tables.replays.c.id == replay_id)).first()
    if row is None:
        raise NotFoundError(f"There is no replay {replay_id!r}. `headwater list replays` shows which there are.")
    return _replay(row)


def cancel(connection: Connection, replay_id: str, *, clock: Clock) -> Replay:
    """End a replay for good; one that was cancelled stays as it is. Raises NotFoundError."""
    if get(connection, replay_id).cancelled_at_ms is None:
        _change(connection, replay_id, cancelled_at_ms=epoch_ms(clock.now()))
    return get(connection, replay_id)


def pause(connection: Connection, replay_id: str, *, is_on: bool) -> Replay:
    """Let a replay wait, or go on where it stopped. Raises NotFoundError, ConflictError for a cancelled one."""
    if get(connection, replay_id).cancelled_at_ms is not None:
        raise ConflictError(f"The replay {replay_id!r} was cancelled. Begin another one with `headwater replay`.")
    _change(connection, replay_id, is_paused=is_on)
    return get(connection, replay_id)


def _change(connection: Connection, replay_id: str, **values: Any) -> None:
    connection.execute(update(tables.replays).where(tables.replays.c.id == replay_id).values(values))
    announce(connection, sources.TOPIC)


def _make_room(connection: Connection, finished: Collection[str]) -> None:
    gone = _deleted_destinations(connection)
    known = every(connection)
    over = [
        one.id for one in known if one.id in finished or one.cancelled_at_ms is not None or one.destination_id in gone
    ]
    if len(known) - len(over) >= MOST_AT_ONCE:
        raise ConflictError(
            f"{MOST_AT_ONCE} replays are under way, the most there can be. Wait for one, or cancel one:"
            " `headwater list replays`."
        )
    connection.execute(delete(tables.replays).where(tables.replays.c.id.in_(over[KEPT - 1 :])))


def _deleted_destinations(connection: Connection) -> set[str]:
    table = tables.destinations
    return set(connection.scalars(select(table.c.id).where(table.c.deleted_at_ms.is_not(None))))


def _replay(row: Row[Any]) -> Replay:
    return Replay(
        id=row.id,
        destination_id=row.destination_id,
        selection=_selection.decode(row.selection),
        after=row.after_offset,
        up_to=row.up_to_offset,
        requests_per_second=row.requests_per_second,
        created_at_ms=row.created_at_ms,
        is_paused=row.is_paused,
        cancelled_at_ms=row.cancelled_at_ms,
    )
