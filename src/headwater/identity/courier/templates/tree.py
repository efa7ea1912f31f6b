"""A template as a tree: what the parser makes, the HTML check walks and the interpreter runs."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A constant: text, number, true, false or nil."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """`names` looked up, one after the other, in `start`: the dot, a variable, or what parentheses gave."""

    start: "Dot | Variable | Pipeline"
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """`.`, whatever it stands for here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """`$name`; `$` alone is the data the template was called with."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function and its arguments; in a pipeline what came before is added as the last."""

    function: str
    arguments: "tuple[Operand, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Commands, each given the value of the one before. `targets` are variables that get the last value."""

    commands: "tuple[Operand, ...]"
    targets: tuple[str, ...] = ()
    declares: bool = False


Operand = Literal | Path | Dot | Variable | Call | Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Letters that stand as they are."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """`{{ pipeline }}`."""

    pipeline: Pipeline
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """`if`, `with` or `range` (`word`), with what runs instead when there is nothing."""

    word: str
    pipeline: Pipeline
    body: "tuple[Node, ...]"
    otherwise: "tuple[Node, ...]" = ()
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """`{{ template "name" pipeline }}`."""

    name: str
    pipeline: Pipeline | None
    line: int


Node = Text | Output | Branch | Include


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A whole template with the parts it defines."""

    nodes: tuple[Node, ...]
    parts: dict[str, tuple[Node, ...]]
