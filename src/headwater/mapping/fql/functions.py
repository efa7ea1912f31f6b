"""The functions of FQL. Each takes any JSON and raises nothing but UndecidableError; null goes in and out quietly."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from headwater.mapping.fql import globs, numbers, values
from headwater.mapping.fql.undecided import UndecidableError

MATCH = "match"

_NUMBER = re.compile(r"-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?", re.ASCII)
_FIRST_LETTER = re.compile(r"(?<!\S)\S")
_FALSE = frozenset({"", "false", "0"})


@dataclass(frozen=True, slots=True)
class Function:
    """`is_condition`: what comes out is always true or false."""

    call: Callable[..., Any]
    arity: int = 1
    is_condition: bool = False


def contains(text: Any, part: Any) -> bool:
    return type(text) is str and type(part) is str and part in text


def matches(text: Any, pattern: Any) -> bool:
    if type(text) is not str or type(pattern) is not str:
        return False
    fits = globs.compile_or_none(pattern)
    if fits is None:
        raise UndecidableError("the pattern of match() is none")
    return fits(text)


def length(value: Any) -> int | None:
    """Return how many bytes a text or elements a list has; 0 of null, null of anything else."""
    if type(value) is str:
        return len(value) if value.isascii() else len(value.encode(errors="surrogatepass"))
    if type(value) is list:
        return len(value)
    return 0 if value is None else None


def as_bool(value: Any) -> bool:
    """Return false of null, false, 0, '', 'false', '0' and what is empty; else true."""
    return value not in _FALSE if type(value) is str else bool(value)


def as_string(value: Any) -> str:
    """Return a text as it is, '' of null, and anything else as JSON."""
    if type(value) is str:
        return value
    try:
        return "" if value is None else values.text_of(value)
    except RecursionError:
        raise UndecidableError("the value of string() is nested too deeply") from None


def as_number(value: Any) -> float | None:
    """Return a number as it is, that of a text which is one, and null of anything else."""
    if type(value) is int or type(value) is float:
        return value
    text = value.strip() if type(value) is str else ""
    number = numbers.of_text(text) if _NUMBER.fullmatch(text) else numbers.INFINITY
    return number if abs(number) < numbers.INFINITY else None


def _of_text(change: Callable[[str], str]) -> Callable[[Any], str | None]:
    """Return what changes a text, and makes null of anything else."""
    return lambda value: change(value) if type(value) is str else None


def _snake(text: str) -> str:
    return text.replace(" ", "_")


def _kebab(text: str) -> str:
    return text.replace(" ", "-")


def _title(text: str) -> str:
    return _FIRST_LETTER.sub(lambda letter: letter[0].upper(), text)


FUNCTIONS = {
    "contains": Function(contains, arity=2, is_condition=True),
    MATCH: Function(matches, arity=2, is_condition=True),
    "length": Function(length),
    "lowercase": Function(_of_text(str.lower)),
    "uppercase": Function(_of_text(str.upper)),
    "snakecase": Function(_of_text(_snake)),
    "kebabcase": Function(_of_text(_kebab)),
    "titlecase": Function(_of_text(_title)),
    "typeof": Function(values.type_of),
    "bool": Function(as_bool, is_condition=True),
    "string": Function(as_string),
    "number": Function(as_number),
}
