"""Columns and their types: what the first value says, widened by those that come later so that none is lost. Pure.

A type is widened, never narrowed: `joined` is a lattice. Where types conflict it ends at text, which holds every value
as it was sent, and the column's note says so.
"""

import functools
import re
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

BOOLEAN, INTEGER, LONG, FLOAT, TIMESTAMP, VARCHAR = "boolean", "integer", "long", "float", "timestamp", "varchar"
# What of DuckDB a type is stored as. Times are UTC, and to the microsecond.
SQL_TYPES = {
    BOOLEAN: "BOOLEAN",
    INTEGER: "BIGINT",
    LONG: "BIGINT",
    FLOAT: "DOUBLE",
    TIMESTAMP: "TIMESTAMP",
    VARCHAR: "VARCHAR",
}

# Up to here every integer is a double, too; past it, integers and fractions have no type in common but text.
EXACT_IN_DOUBLE = 2**53
BIGGEST = 2**63 - 1
SMALLEST = -(2**63)

# A date and a time with its zone: what names an instant. Anything less stays text, as it is.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
T_IN_MOMENT = slice(10, 11)  # looked at first: it is in no other text, nearly
KEPT_MOMENTS = 1_000  # an event says the same one twice or three times

# The class of the values that a column takes unlooked at, by its type.
_PLAIN: Final[dict[str, type]] = {VARCHAR: str, BOOLEAN: bool, FLOAT: float}

_encoder = msgspec.json.Encoder()


class Column:
    """One column of one table. Not frozen: its type grows with what comes.

    `plain` is the class of values that may be written without `hold`; None: each is to be held.
    """

    __slots__ = ("_is_shared", "is_claimed", "name", "note", "plain", "type")

    def __init__(
        self, name: str, type_: str | None = None, *, note: str | None = None, is_claimed: bool = False
    ) -> None:
        self.name = name
        self.type = type_
        self.note = note
        self.is_claimed = is_claimed
        self._is_shared = False
        self.plain: type | None = None if type_ is None else _PLAIN.get(type_)

    @property
    def must_be_seen(self) -> bool:
        """Whether somebody has to look at each value: at a moment, and where several places may fill the column."""
        return self._is_shared or self.type in {None, TIMESTAMP}

    def share(self) -> None:
        """More than one place of an event may fill this: from now on somebody has to look whether it is filled."""
        self._is_shared = True
        self.plain = None

    def hold(self, value: Any) -> Any:
        """Return a value (not None, no object, no list) as it is written, once the type is wide enough for it."""
        seen = type_of(value)
        if seen != self.type:
            self._widen(seen)
        if self.type == VARCHAR:
            return value if isinstance(value, str) else text_of(value)
        return moment_or_none(value) if self.type == TIMESTAMP else value

    def _widen(self, seen: str) -> None:
        before, self.type = self.type, joined(self.type, seen)
        self.plain = None if self._is_shared else _PLAIN.get(self.type)
        if self.type == VARCHAR and before not in {None, VARCHAR}:
            self.note = f"{before} until {seen} came: text since then, with every value as it was sent"


def type_of(value: Any) -> str:
    """Return the type of the column that a value makes, if it is the first. An integer past 64 bits is text."""
    if isinstance(value, str):
        return TIMESTAMP if value[T_IN_MOMENT] == "T" and moment_or_none(value) else VARCHAR
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, float):
        return FLOAT
    if -EXACT_IN_DOUBLE <= value <= EXACT_IN_DOUBLE:
        return INTEGER
    return LONG if SMALLEST <= value <= BIGGEST else VARCHAR


def joined(one: str | None, other: str) -> str:
    """Return the narrowest type that holds what both do, whole."""
    if one is None or one == other:
        return other
    both = {one, other}
    if both == {INTEGER, LONG}:
        return LONG
    return FLOAT if both == {INTEGER, FLOAT} else VARCHAR


@functools.lru_cache(KEPT_MOMENTS)
def moment_or_none(text: str) -> str | None:
    """Return an instant's text with `Z` for its zone; None if `text` is no whole ISO 8601 date-time of the calendar's.

    The calendar is the one of the years 1 to 9999.
    """
    if not MOMENT.fullmatch(text):
        return None
    try:
        instant = datetime.fromisoformat(text)
        return text if text[-1] == "Z" else instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    except (ValueError, OverflowError):
        return None


def text_of(value: Any) -> str:
    """Return a value as JSON says it."""
    return _encoder.encode(value).decode()
