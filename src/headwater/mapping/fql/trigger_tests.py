"""One test of a trigger: the field it looks at, and what its operator makes of what is there, as JavaScript would."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from headwater.mapping.fql import fields, numbers, values

Expected = str | float | bool
Predicate = Callable[[Any], bool]

NESTED = ("properties", "traits", "context")
LENGTH = "length"

_KEY = re.compile(r"[^\[.\]]+")


@dataclass(frozen=True, slots=True)
class Test:
    """`root` is a field of the event; `path` is where to look within one of the NESTED, as it was written."""

    __test__ = False  # not one of pytest's

    root: str
    operator: str
    path: str | None = None
    expected: Expected = ""


def compiled(test: Test) -> Callable[[dict[str, Any]], bool | None]:
    """Return what tells whether an event passes: None where Segment's own code breaks off."""
    root, predicate = test.root, OPERATORS.get(test.operator, _never)(test.expected)
    if test.path is None:
        return lambda event: predicate(event.get(root))
    keys = _KEY.findall(test.path)
    if not keys and test.path:
        return lambda _event: None
    if not keys:
        return lambda _event: predicate(None)
    return lambda event: predicate(_reached(event.get(root), keys))


def _reached(value: Any, keys: list[str]) -> Any:
    """Return what is at `keys`. What JavaScript takes for false ends the way, and is what was found."""
    for key in keys:
        if _is_falsy(value):
            return value
        value = value.get(key) if type(value) is dict else _member(value, key)
    return value


def _is_falsy(value: Any) -> bool:
    return not value and type(value) not in (list, dict)


def _member(value: Any, key: str) -> Any:
    if type(value) is str:
        units = value.encode("utf-16-le", "surrogatepass")
        letters = [units[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(units), 2)]
        return len(letters) if key == LENGTH else fields.element_or_none(letters, key)
    return len(value) if type(value) is list and key == LENGTH else fields.element_or_none(value, key)


def text_of(expected: Expected) -> str:
    """Return what `String(expected)` is in JavaScript."""
    if isinstance(expected, bool):
        return "true" if expected else "false"
    return expected if isinstance(expected, str) else numbers.text_of(expected)


def _number_of(expected: Expected) -> float:
    return numbers.of_text(expected) if isinstance(expected, str) else float(expected)


def _never(_expected: Expected) -> Predicate:
    return lambda _actual: False


def _of_numbers(holds: Callable[[float, float], bool]) -> Callable[[Expected], Predicate]:
    def predicate_of(expected: Expected) -> Predicate:
        number = _number_of(expected)
        return lambda actual: values.is_number(actual) and holds(numbers.as_double(actual), number)

    return predicate_of


def _of_texts(holds: Callable[[str, str], bool], *, is_negated: bool = False) -> Callable[[Expected], Predicate]:
    def predicate_of(expected: Expected) -> Predicate:
        text = text_of(expected)
        return lambda actual: type(actual) is str and holds(actual, text) is not is_negated

    return predicate_of


def _equal(expected: Expected) -> Predicate:
    text = text_of(expected)
    return lambda actual: bool(actual == text)


def _unequal(expected: Expected) -> Predicate:
    text = text_of(expected)
    return lambda actual: bool(actual != text)


def _has(text: str, part: str) -> bool:
    return part in text


OPERATORS: dict[str, Callable[[Expected], Predicate]] = {
    "=": _equal,
    "!=": _unequal,
    "<": _of_numbers(lambda actual, number: actual < number),
    "<=": _of_numbers(lambda actual, number: actual <= number),
    ">": _of_numbers(lambda actual, number: actual > number),
    ">=": _of_numbers(lambda actual, number: actual >= number),
    "number_equals": _of_numbers(lambda actual, number: actual == number),
    "number_not_equals": _of_numbers(lambda actual, number: actual != number),
    "contains": _of_texts(_has),
    "not_contains": _of_texts(_has, is_negated=True),
    "starts_with": _of_texts(str.startswith),
    "not_starts_with": _of_texts(str.startswith, is_negated=True),
    "ends_with": _of_texts(str.endswith),
    "not_ends_with": _of_texts(str.endswith, is_negated=True),
    "exists": lambda _expected: lambda actual: actual is not None,
    "not_exists": lambda _expected: lambda actual: actual is None,
    "is_true": lambda _expected: lambda actual: actual is True,
    "is_false": lambda _expected: lambda actual: actual is False,
}
