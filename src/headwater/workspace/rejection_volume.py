"""How many events were dropped, by source, by the minute and the hour: written with their counts by reason."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, Select, delete, insert, select, update

from headwater.core import periods
from headwater.core.periods import Period
from headwater.store import tables
from headwater.workspace.rejections import Rejection

_TABLE = tables.rejection_volume


def add(connection: Connection, counted: Sequence[Rejection]) -> None:
    """Add to the counts; where a new stretch of time begins, what is older than it is kept goes."""
    totals: Counter[tuple[int, int, str]] = Counter()
    for one in counted:
        for seconds, began_s in periods.rows_of(one.last_at_ms):
            totals[seconds, began_s, one.source_id] += one.count
    begun = sum(_add(connection, *key, count=count) for key, count in totals.items())
    if begun:
        _forget(connection, now_ms=max(one.last_at_ms for one in counted))


def over(connection: Connection, period: Period, *, source_id: str | None = None) -> dict[str, list[int]]:
    """Return how many of one source, or of each that had some, were dropped at each step, by its id."""
    rows: dict[str, list[tuple[int, Sequence[int]]]] = defaultdict(list)
    for row in connection.execute(_rows(period, source_id)).mappings():
        rows[row["source_id"]].append((row["began_s"], (row["count"],)))
    return {name: periods.added_up(some, period, width=1)[0] for name, some in rows.items()}


def _rows(period: Period, source_id: str | None) -> Select[tuple[str, int, int]]:
    found = select(_TABLE.c.source_id, _TABLE.c.began_s, _TABLE.c.count).where(
        _TABLE.c.seconds == period.stored_seconds, _TABLE.c.began_s >= period.since_s, _TABLE.c.began_s < period.until_s
    )
    return found if source_id is None else found.where(_TABLE.c.source_id == source_id)


def _add(connection: Connection, seconds: int, began_s: int, source_id: str, *, count: int) -> bool:
    """Add to one count; tell whether it is a new one."""
    match = (_TABLE.c.seconds == seconds) & (_TABLE.c.began_s == began_s) & (_TABLE.c.source_id == source_id)
    if connection.execute(update(_TABLE).where(match).values(count=_TABLE.c.count + count)).rowcount:
        return False
    row = {"seconds": seconds, "began_s": began_s, "source_id": source_id, "count": count}
    connection.execute(insert(_TABLE).values(row))
    return True


def _forget(connection: Connection, *, now_ms: int) -> None:
    for seconds, before_s in periods.forgotten(now_ms):
        connection.execute(delete(_TABLE).where(_TABLE.c.seconds == seconds, _TABLE.c.began_s < before_s))
