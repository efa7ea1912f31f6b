"""What an FQL expression is made of, once read."""

from dataclasses import dataclass
from typing import Union

# What stands between two sides, and which of them ask for an order of numbers.
ORDERS = frozenset({"<", "<=", ">", ">="})
COMPARISONS = ORDERS | {"=", "!=", "in"}


@dataclass(frozen=True, slots=True)
class Everything:
    """`all`, when it is the whole text: true of every event."""


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    """The field of the event that is reached through `keys`; null where there is none."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of values, in brackets."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    operand: "Node"


@dataclass(frozen=True, slots=True)
class And:
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    operands: tuple["Node", ...]


Node = Union[Everything, Literal, Path, Listing, Call, Comparison, Not, And, Or]  # noqa: UP007 - it is recursive
