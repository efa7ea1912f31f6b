"""The tables of one source, and which of their columns there are. Pure; they grow with what comes.

What all calls have (ids, times, context) has one type in all tables of a source; what a call brings along
(properties, traits) has its own in each. Both are bounded: anybody with a write key decides what comes.
"""

from collections.abc import Iterable, Iterator

import msgspec

from headwater.core.snake_case import identifier
from headwater.lake import naming
from headwater.lake.columns import LONG, TIMESTAMP, VARCHAR, Column, joined
from headwater.lake.layout import MAX_COLUMNS, Cells, Layout

MAX_EVENT_TABLES = 2_000  # of one source; further events share a table
MAX_NOTE_CHARS = 500
MAX_NAME_CHARS_IN_NOTE = 80

# Columns that are there from the start, with a type that nothing changes.
COMMON = {
    **dict.fromkeys(naming.IDS, VARCHAR),
    "event": VARCHAR,
    "event_text": VARCHAR,
    **dict.fromkeys(naming.TIMES, TIMESTAMP),
    naming.OFFSET: LONG,
}
TRAITS = frozenset({naming.IDENTIFIES, naming.GROUPS, naming.ALIASES})

_NOTE = "what found no column of its own:"


class KnownColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column that is in the lake already."""

    table: str
    column: str
    type: str
    note: str | None = None


class Table:
    """One table. `details` is the layout of what a call brings along."""

    def __init__(self, name: str, *, max_columns: int) -> None:
        self.name = name
        self.root = "traits" if name in TRAITS else "properties"
        self.details = Layout(self.root, is_taken=naming.is_reserved, max_columns=max_columns)
        for own in naming.OWN.get(name, ()):
            # Claimed: a page's property `name` is looked at, since the page's own name may stand there.
            self.details.know(Column(own, VARCHAR, is_claimed=True))
        self.more = Column(naming.MORE, VARCHAR)

    def note(self, more: Cells) -> None:
        """Say at the column `_more` what is in it."""
        note = self.more.note or _NOTE
        for path in _paths(more):
            if len(note) + len(path) < MAX_NOTE_CHARS and f" {path};" not in note:
                note += f" {path};"
        self.more.note = note


class Tables:
    """All tables of one source. `known` are the columns that the lake has of them."""

    def __init__(
        self,
        known: Iterable[KnownColumn] = (),
        *,
        max_columns: int = MAX_COLUMNS,
        max_event_tables: int = MAX_EVENT_TABLES,
    ) -> None:
        self._max_columns = max_columns
        self.max_event_tables = max_event_tables
        self.common = Layout(naming.CONTEXT, prefix=naming.CONTEXT, max_columns=max_columns)
        for name, type_ in COMMON.items():
            self.common.know(Column(name, type_))
        self._tables: dict[str, Table] = {}
        self._by_event: dict[str, tuple[str, Table]] = {}
        self.tracks = self.table(naming.TRACKS)
        for column in known:
            self._know(column)

    def table(self, name: str) -> Table:
        """Return a table, made if need be."""
        found = self._tables.get(name)
        if found is None:
            found = self._tables[name] = Table(name, max_columns=self._max_columns)
        return found

    def of_event(self, text: str) -> tuple[str, Table]:
        """Return what a track call's event is called in SQL, and its table: past so many, the one of all others."""
        found = self._by_event.get(text)
        return self._found(text) if found is None else found

    def columns(self, table: Table, names: set[str]) -> list[Column]:
        """Return those of a table's columns that are called so, the common ones first."""
        return [
            column
            for column in (*self.common.columns.values(), *table.details.columns.values(), table.more)
            if column.name in names
        ]

    def _found(self, text: str) -> tuple[str, Table]:
        name = naming.event_table(text)
        has_room = name in self._tables or len(self._tables) < self.max_event_tables
        found = (identifier(text), self.table(name if has_room else naming.OTHER_EVENTS))
        if len(self._by_event) < self.max_event_tables:
            self._by_event[text] = found
        return found

    def _know(self, known: KnownColumn) -> None:
        table = self.table(known.table)
        if known.column in COMMON or known.column in naming.OWN.get(known.table, ()):
            return
        column = Column(known.column, known.type, note=known.note)
        if known.column == naming.MORE:
            table.more = column
        elif naming.is_reserved(known.column):
            same = self.common.columns.get(known.column, column)
            self.common.know(Column(column.name, joined(same.type, known.type), note=known.note or same.note))
        else:
            table.details.know(column)


def _paths(more: Cells) -> Iterator[str]:
    """Yield what is in `_more`, two levels of it: `properties.id`."""
    for root, found in more.items():
        inner = found if isinstance(found, dict) else [""]
        yield from (f"{root}.{key}".rstrip(".")[:MAX_NAME_CHARS_IN_NOTE] for key in inner)
