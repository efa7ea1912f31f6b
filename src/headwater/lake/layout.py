"""Which place of an event fills which column. Pure; it grows with what events hold.

A value goes through one look-up and one check of its class, mostly; everything rarer is in `_rarely`. What finds no
column goes into the row's `_more`, in the shape that it had in the event.
"""

from collections.abc import Callable
from typing import Any

from headwater.core.snake_case import identifier, snake_case
from headwater.lake.columns import Column, text_of

MAX_DEPTH = 20  # what is deeper is one column of JSON
MAX_COLUMNS = 1_000
MAX_PLACES = 20_000  # remembered; others are found anew each time

Cells = dict[str, Any]


class Place(dict[str, Column]):
    """One object in events: the column of each of its keys, so far."""

    __slots__ = ("children", "depth", "nulls", "path", "prefix")

    def __init__(self, path: tuple[str, ...], *, prefix: str, depth: int = 0) -> None:
        self.path = path
        self.prefix = prefix
        self.depth = depth
        self.children: dict[str, Place] = {}
        self.nulls: set[str] = set()

    def name(self, key: str) -> str:
        """Return what a key's column would be called, spelt as in the event; in other scripts, its mark."""
        if not self.prefix:
            return key
        return f"{self.prefix}_{key if snake_case(key) else identifier(key)[1:]}"

    def child(self, key: str) -> "Place":
        """Return the place of the object at `key`."""
        return Place((*self.path, key), prefix=self.name(key), depth=self.depth + 1)


class Layout:
    """Columns, and the places that fill them: those of one table, or those that a source's tables have in common.

    `root` is where it begins in an event (`properties`), `prefix` how its columns begin. No column is made whose
    name `is_taken`, nor one more than `max_columns`.
    """

    def __init__(
        self,
        root: str,
        *,
        prefix: str = "",
        is_taken: Callable[[str], bool] = lambda _: False,
        max_columns: int = MAX_COLUMNS,
    ) -> None:
        self.columns: dict[str, Column] = {}
        self.root = Place((root,), prefix=prefix)
        self._is_taken = is_taken
        self._max_columns = max_columns
        self._places_left = MAX_PLACES

    @property
    def places(self) -> int:
        """Return how many places are remembered: as long as that is the same, nothing new was seen."""
        return MAX_PLACES - max(self._places_left, 0)

    def know(self, column: Column) -> None:
        """Take over a column that there is already."""
        self.columns[column.name] = column

    def fill(self, cells: Cells, more: Cells, value: Any) -> None:
        """Put what is in an object into `cells`, by column, and what finds none into `more`."""
        if type(value) is dict:
            self._fill(cells, more, self.root, value)

    def _fill(self, cells: Cells, more: Cells, place: Place, found: dict[str, Any]) -> None:
        for key, value in found.items():
            column = place.get(key)
            if column is not None and type(value) is column.plain:
                cells[column.name] = value
            elif type(value) is dict and key in place.children:
                self._fill(cells, more, place.children[key], value)
            elif value is not None:
                self._rarely(cells, more, place, key, value)
            elif key not in place.nulls and self._may_remember():
                place.nulls.add(key)

    def _rarely(self, cells: Cells, more: Cells, place: Place, key: str, value: Any) -> None:
        if type(value) is dict and place.depth < MAX_DEPTH:
            self._fill(cells, more, self._child(place, key), value)
            return
        column = place.get(key) or self._claimed(place, key)
        if column is None or is_another(cells.get(column.name), value):
            put(more, (*place.path, key), value)
        else:
            cells[column.name] = column.hold(text_of(value) if isinstance(value, list | dict) else value)

    def _claimed(self, place: Place, key: str) -> Column | None:
        """Return the column that a key fills from now on. One that several fill is never written unlooked at."""
        name = identifier(place.name(key))
        if self._is_taken(name):
            return None
        column = self.columns.get(name)
        if column is None:
            if len(self.columns) >= self._max_columns:
                return None
            column = self.columns[name] = Column(name)
        if column.is_claimed:
            column.share()
        column.is_claimed = True
        if self._may_remember():
            place[key] = column
        return column

    def _child(self, place: Place, key: str) -> Place:
        child = place.children.get(key)
        if child is None:
            child = place.child(key)
            if self._may_remember():
                place.children[key] = child
        return child

    def _may_remember(self) -> bool:
        self._places_left -= 1
        return self._places_left >= 0


def is_another(there: Any, value: Any) -> bool:
    """Tell whether something else is there already. A page's name may stand in two places, and is one."""
    return there is not None and (type(there) is not type(value) or there != value)


def put(more: Cells, path: tuple[str, ...], value: Any) -> None:
    """Put a value where it was in the event, into what is kept beside the columns."""
    *objects, key = path
    for name in objects:
        more = more.setdefault(name, {})
    more[key] = value
