"""Filters of numbers, which are JavaScript's: 5 divided by 2 is 2.5, by 0 Infinity. What is no number is 0."""

import math
from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from headwater.mapping.directives import js_numbers
from headwater.mapping.directives.liquid import operators
from headwater.mapping.directives.liquid.frame import Frame

LARGEST_EXACT = 2**53 - 1
MOST_PLACES = 400


def number(value: Any, frame: Frame) -> float:
    """Return `value` as a number, 0 for what is none."""
    found = operators.number(value, frame)
    return 0 if math.isnan(found) else js_numbers.double(found)


def index(value: Any, frame: Frame) -> int:
    """Return `value` as a place in a text or list, no further away than those can reach."""
    return int(max(min(number(value, frame), frame.run.text_limit), -frame.run.text_limit))


def tidy(value: float) -> float:
    """Return a result as the double that it is, whole ones as such."""
    value = js_numbers.double(value)
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT
    return int(value) if is_whole else value


def _of_one(calculate: Callable[[float], float]) -> Callable[[Frame, Any, list[Any]], Any]:
    return lambda frame, value, _given: tidy(calculate(number(value, frame)))


def _of_two(calculate: Callable[[float, float], float]) -> Callable[[Frame, Any, list[Any]], Any]:
    def apply(frame: Frame, value: Any, given: list[Any]) -> Any:
        if not given:
            return math.nan
        return tidy(calculate(number(value, frame), number(given[0], frame)))

    return apply


def _extreme(pick: Callable[[list[float]], float]) -> Callable[[Frame, Any, list[Any]], Any]:
    return lambda frame, value, given: tidy(pick([number(one, frame) for one in (value, *given)]))


def _whole(value: float, rounded: Callable[[float], int]) -> float:
    return rounded(value) if math.isfinite(value) else value


def _divided_by(frame: Frame, value: Any, given: list[Any]) -> Any:
    if not given:
        return math.nan
    quotient = _quotient(float(number(value, frame)), float(number(given[0], frame)))
    is_whole = len(given) > 1 and bool(number(given[1], frame))
    return tidy(_whole(quotient, math.floor) if is_whole else quotient)


def _quotient(value: float, divisor: float) -> float:
    if divisor:
        return value / divisor
    return math.nan if not value else math.copysign(math.inf, value) * math.copysign(1, divisor)


def _modulo(value: float, divisor: float) -> float:
    if not divisor or math.isinf(value) or math.isinf(divisor):
        return math.nan
    return math.fmod(math.fmod(value, divisor) + divisor, divisor)


def _sum(value: float, other: float) -> float:
    return value + other


def _product(value: float, other: float) -> float:
    return float(value) * float(other)


def _round(frame: Frame, value: Any, given: list[Any]) -> Any:
    rounded = number(value, frame)
    places = number(given[0], frame) if given else 0
    if not (math.isfinite(rounded) and abs(places) <= MOST_PLACES and places == int(places)):
        return tidy(rounded)
    scaled = abs(Decimal(js_numbers.write(rounded))).scaleb(int(places))
    if not scaled <= LARGEST_EXACT:
        return tidy(rounded)
    whole = (scaled + Decimal("0.5")).to_integral_value(rounding=ROUND_FLOOR).scaleb(-int(places))
    return tidy(math.copysign(float(whole), rounded))


def _to_integer(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return tidy(operators.number(value, frame))


FILTERS: dict[str, Callable[[Frame, Any, list[Any]], Any]] = {
    "abs": _of_one(abs),
    "ceil": _of_one(lambda value: _whole(value, math.ceil)),
    "floor": _of_one(lambda value: _whole(value, math.floor)),
    "round": _round,
    "at_least": _extreme(max),
    "at_most": _extreme(min),
    "plus": _of_two(_sum),
    "minus": _of_two(lambda value, other: value - other),
    "times": _of_two(_product),
    "divided_by": _divided_by,
    "modulo": _of_two(_modulo),
    "to_integer": _to_integer,
}
