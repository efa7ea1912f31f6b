"""An event as rows of the lake's tables. Pure.

A track call is a row of `tracks` and one of its event's table; every other call is a row of its own. `users` and
`accounts` aren't written: they are what `identifies` and `groups` say last (`latest`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from headwater.core import clock
from headwater.lake import naming
from headwater.lake.columns import in_utc, is_moment, text_of
from headwater.lake.layout import Cells
from headwater.lake.tables import Table, Tables

# `receivedAt` is when our server stored it, and comes from the record.
SENT_TIMES = {column: key for column, key in naming.TIMES.items() if column != "received_at"}


class Row(NamedTuple):
    """A row, in two parts: what all of the event's rows have, and what only this one has. Values as JSON has them."""

    table: Table
    details: Cells


class Rows(NamedTuple):
    """The rows of an event; `common` belongs to each of them."""

    common: Cells
    rows: list[Row]


NO_ROWS = Rows({}, [])


def of(event: Any, tables: Tables, *, offset: int, received_at_ms: int) -> Rows:
    """Return the rows of an event, and let `tables` grow with them. What is no call of Segment's has none."""
    make = _MAKERS.get(event.get("type")) if isinstance(event, dict) else None
    if make is None:
        return NO_ROWS
    common: Cells = {naming.OFFSET: offset, "received_at": clock.iso_ms(clock.from_epoch_ms(received_at_ms))}
    more: Cells = {}
    for column, key in naming.IDS.items():
        value = event.get(key)
        if value is not None:
            common[column] = value if type(value) is str else text_of(value)
    for column, key in SENT_TIMES.items():
        value = event.get(key)
        if type(value) is str and is_moment(value):
            common[column] = in_utc(value)
        elif value is not None:
            more[key] = value  # nobody's calendar has it
    tables.common.fill(common, more, event.get(naming.CONTEXT))
    return Rows(common, make(event, tables, common, more))


def _track(event: dict[str, Any], tables: Tables, common: Cells, more: Cells) -> list[Row]:
    text = event.get("event")
    text = text if isinstance(text, str) else text_of(text)
    common["event"], table = tables.of_event(text)
    common["event_text"] = text
    every = _row(tables.table(naming.TRACKS), {}, {}, more)
    return [every, _row(table, {}, event.get("properties"), more)]


def _call(name: str, key: str, *own: tuple[str, str]) -> Callable[[dict[str, Any], Tables, Cells, Cells], list[Row]]:
    """Return what makes the row of a call: its table, where its details are, and what else it says."""

    def make(event: dict[str, Any], tables: Tables, _common: Cells, more: Cells) -> list[Row]:
        cells = {column: value for column, field in own if isinstance(value := event.get(field), str)}
        return [_row(tables.table(name), cells, event.get(key), more)]

    return make


def _row(table: Table, cells: Cells, details: Any, more: Cells) -> Row:
    more = {**more}
    table.details.fill(cells, more, details)
    if more:
        table.note(more)
        cells[naming.MORE] = text_of(more)
    return Row(table, cells)


_VIEW = (("name", "name"), ("category", "category"))
_MAKERS: dict[Any, Callable[[dict[str, Any], Tables, Cells, Cells], list[Row]]] = {
    "track": _track,
    "identify": _call(naming.IDENTIFIES, "traits"),
    "group": _call(naming.GROUPS, "traits", ("group_id", "groupId")),
    "page": _call(naming.PAGES, "properties", *_VIEW),
    "screen": _call(naming.SCREENS, "properties", *_VIEW),
    "alias": _call(naming.ALIASES, "traits", ("previous_id", "previousId")),
}
