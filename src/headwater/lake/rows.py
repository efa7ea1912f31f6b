"""An event as rows of the lake's tables. Pure.

A track call is a row of its event's table, every other call one of the call's own. `tracks`, `users` and `accounts`
aren't written: they are all rows of events' tables, and what `identifies` and `groups` say last.
"""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from headwater.lake import naming
from headwater.lake.columns import moment_or_none, text_of
from headwater.lake.layout import Cells
from headwater.lake.tables import Table, Tables

IDS = tuple(naming.IDS.items())
SENT_TIMES = tuple(naming.SENT_TIMES.items())
MS_PER_SECOND = 1_000
KEPT_SECONDS = 100

Row = tuple[Table, Cells]


def of(event: Any, tables: Tables, *, offset: int, received_at_ms: int) -> tuple[Cells, Row | None]:
    """Return what an event's row has in common with those of all others, its table and its further cells.

    `tables` grow by it. Values are as they are written in lines of JSON. What is no call of Segment's has no row.
    """
    kind = event.get("type") if isinstance(event, dict) else None
    make = _MAKERS.get(kind) if isinstance(kind, str) else None
    if make is None:
        return {}, None
    common: Cells = {naming.OFFSET: offset, naming.RECEIVED_AT: iso(received_at_ms)}
    more: Cells = {}
    for column, key in IDS:
        value = event.get(key)
        if value is not None:
            common[column] = value if type(value) is str else text_of(value)
    for column, key in SENT_TIMES:
        value = event.get(key)
        moment = moment_or_none(value) if type(value) is str else None
        if moment is not None:
            common[column] = moment
        elif value is not None:
            more[key] = value  # on nobody's calendar
    tables.common.fill(common, more, event.get(naming.CONTEXT))
    return common, make(event, tables, common, more)


def iso(at_ms: int) -> str:
    """Return a time as events have it."""
    second, ms = divmod(at_ms, MS_PER_SECOND)
    return f"{_iso_second(second)}.{ms:03}Z"


@functools.lru_cache(KEPT_SECONDS)
def _iso_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _track(event: dict[str, Any], tables: Tables, common: Cells, more: Cells) -> Row:
    text = event.get("event")
    text = text if isinstance(text, str) else text_of(text)
    common["event"], table = tables.of_event(text)
    common["event_text"] = text
    if more:  # what of the properties finds no column isn't in it yet, and no business of `tracks`
        tables.tracks.note(more)
    return _row(table, {}, event.get("properties"), more)


def _of_call(name: str) -> Callable[[dict[str, Any], Tables, Cells, Cells], Row]:
    """Return what makes the row of a call other than track, in the table called so."""
    own = naming.OWN.get(name, {})

    def make(event: dict[str, Any], tables: Tables, _common: Cells, more: Cells) -> Row:
        table = tables.table(name)
        cells = {column: value for column, key in own.items() if isinstance(value := event.get(key), str)}
        return _row(table, cells, event.get(table.root), more)

    return make


def _row(table: Table, cells: Cells, details: Any, more: Cells) -> Row:
    if details:
        table.details.fill(cells, more, details)
    if more:
        table.note(more)
        cells[naming.MORE] = text_of(more)
    return table, cells


_MAKERS: dict[str, Callable[[dict[str, Any], Tables, Cells, Cells], Row]] = {
    "track": _track,
    **{call: _of_call(table) for call, table in naming.CALLS.items()},
}
