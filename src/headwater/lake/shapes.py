"""What most events of a table look like, so that one of them needn't be taken apart here. Pure.

An event fits a shape where each of its values would go unlooked at into a column that is there. That is checked while
it is parsed, in C; its line is then read by DuckDB as it is, which puts the columns together by the same names. What
doesn't fit, for whatever reason, takes the long way (`rows`), and a shape learns from where those went.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec

from headwater.lake import quoting
from headwater.lake.columns import (
    BIGGEST,
    BOOLEAN,
    EXACT_IN_DOUBLE,
    FLOAT,
    INTEGER,
    LONG,
    SMALLEST,
    SQL_TYPES,
    VARCHAR,
)
from headwater.lake.layout import Place

# Keys that are written in SQL's types as they are, within quotes.
WRITABLE = re.compile(r"[A-Za-z0-9_$ .:-]{1,200}")

# What a column's values are in JSON if nobody has to look at them. A list in a column of text is its JSON.
_FITTING: Final[dict[str | None, Any]] = {
    VARCHAR: str | list[Any],
    BOOLEAN: bool,
    # Less, not less or equal: an integer that a double can't hold is rounded before it is compared.
    FLOAT: Annotated[float, msgspec.Meta(gt=-EXACT_IN_DOUBLE, lt=EXACT_IN_DOUBLE)],
    INTEGER: Annotated[int, msgspec.Meta(ge=-EXACT_IN_DOUBLE, le=EXACT_IN_DOUBLE)],
    LONG: Annotated[int, msgspec.Meta(ge=SMALLEST, le=BIGGEST)],
}


class Shape:
    """One object in events: which keys it has, and their columns. Made from what a place has seen so far."""

    def __init__(self, place: Place) -> None:
        self.columns = {
            key: column for key, column in place.items() if key not in place.children and not column.must_be_seen
        }
        self.children = {
            key: shape
            for key, child in place.children.items()
            if key not in place and not (shape := Shape(child)).is_empty
        }
        self.nulls = place.nulls - place.keys() - place.children.keys()
        self.nulls = {key for key in self.nulls if WRITABLE.fullmatch(key)}
        self._keep_writable()
        self.types = {key: column.type for key, column in self.columns.items()}

    def is_like(self, other: "Shape | None") -> bool:
        """Tell whether another fits the same objects, and makes the same columns of them."""
        if other is None or self.children.keys() != other.children.keys():
            return False
        is_same = (self.types, self.nulls, self.columns) == (other.types, other.nulls, other.columns)
        return is_same and all(shape.is_like(other.children[key]) for key, shape in self.children.items())

    @property
    def is_empty(self) -> bool:
        return not (self.columns or self.children)

    def as_type(self) -> Any:
        """Return the type that an object of this shape is decoded as; any other fails."""
        types = [
            *((key, _FITTING[type_] | None) for key, type_ in self.types.items()),
            *((key, shape.as_type() | None) for key, shape in self.children.items()),
            *((key, None) for key in self.nulls),
        ]
        return _object_type(dict(types))

    def as_sql_type(self) -> str:
        """Return what DuckDB reads an object of this shape as, by the types that columns have by now."""
        fields = [
            *(f"{quoting.name(key)} {SQL_TYPES[column.type or VARCHAR]}" for key, column in self.columns.items()),
            *(f"{quoting.name(key)} {shape.as_sql_type()}" for key, shape in self.children.items()),
        ]
        return f"STRUCT({', '.join(fields)})"

    def selected(self, place: str) -> Iterator[tuple[str, str]]:
        """Yield each column, and the SQL for its value where `place` is the SQL for the object."""
        for key, column in self.columns.items():
            yield column.name, f"struct_extract({place}, {quoting.text(key)})"
        for key, shape in self.children.items():
            yield from shape.selected(f"struct_extract({place}, {quoting.text(key)})")

    def _keep_writable(self) -> None:
        """Leave out keys that SQL's types can't tell apart, or that would have to be written with care."""
        seen: set[str] = set()
        for key in (*self.columns, *self.children):
            if key.lower() in seen or not WRITABLE.fullmatch(key):
                self.columns.pop(key, None)
                self.children.pop(key, None)
            seen.add(key.lower())


def _object_type(types: dict[str, Any]) -> Any:
    """Return a type for JSON objects with these keys and no others, whatever they are called. Each may be missing."""
    names = {key: f"f{number}" for number, key in enumerate(types)}
    return msgspec.defstruct(
        "Shape",
        [(names[key], type_, None) for key, type_ in types.items()],
        rename={name: key for key, name in names.items()},
        forbid_unknown_fields=True,
        gc=False,
    )
