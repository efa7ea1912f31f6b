"""Filters of lists, less those that Segment switched off. What is no list counts as a list of one."""

import math
from collections.abc import Callable
from typing import Any

from headwater.mapping.directives.liquid import number_filters, operators
from headwater.mapping.directives.liquid.frame import Frame, plain
from headwater.mapping.directives.liquid.reading import member
from headwater.mapping.directives.values import UNDEFINED, is_nothing, is_truthy, length, units

Filter = Callable[[Frame, Any, list[Any]], Any]


def listed(frame: Frame, value: Any) -> list[Any]:
    """Return `value` as a list: nothing is an empty one."""
    value = plain(value)
    if is_nothing(value):
        return []
    items = value if isinstance(value, list) else [value]
    frame.run.spend(1 + len(items))
    return items


def _join(frame: Frame, value: Any, given: list[Any]) -> Any:
    items = listed(frame, value)
    separator = " " if not given or is_nothing(plain(given[0])) else frame.text(given[0])
    texts = ["" if is_nothing(item) else frame.js_text(item) for item in items]
    frame.run.spend_text(sum(map(len, texts)) + len(separator) * max(len(items) - 1, 0))
    return separator.join(texts)


def _first(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return _at(frame, value, 0)


def _last(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return _at(frame, value, -1)


def _at(frame: Frame, value: Any, index: int) -> Any:
    value = plain(value)
    if isinstance(value, str) and value:
        frame.run.spend_text(len(value))
        return units(value)[index]
    if not isinstance(value, list):
        return ""
    return value[index] if value else UNDEFINED


def _size(_frame: Frame, value: Any, _given: list[Any]) -> Any:
    if isinstance(value, dict):
        return value.get("length") or 0
    if isinstance(value, str):
        return length(value)
    return len(value) if isinstance(value, list) else 0


def _sum(frame: Frame, value: Any, given: list[Any]) -> Any:
    total: float = 0
    for item in listed(frame, value):
        one = operators.number(_part(frame, item, given), frame)
        total += 0 if math.isnan(one) else one
    return number_filters.tidy(total)


def _part(frame: Frame, item: Any, given: list[Any]) -> Any:
    if not given or not is_truthy(plain(given[0])):
        return item
    for key in frame.text(given[0]).split("."):
        item = member(item, key, frame)
    return item


def _compact(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return [item for item in listed(frame, value) if not is_nothing(plain(item))]


def _push(frame: Frame, value: Any, given: list[Any]) -> Any:
    return [*listed(frame, value), given[0] if given else UNDEFINED]


def _unshift(frame: Frame, value: Any, given: list[Any]) -> Any:
    return [given[0] if given else UNDEFINED, *listed(frame, value)]


def _pop(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return listed(frame, value)[:-1]


def _shift(frame: Frame, value: Any, _given: list[Any]) -> Any:
    return listed(frame, value)[1:]


def _slice(frame: Frame, value: Any, given: list[Any]) -> Any:
    value = plain(value)
    if is_nothing(value):
        return []
    items = value if isinstance(value, list) else frame.made(frame.text(value))
    is_started = bool(given) and given[0] is not UNDEFINED
    if not is_started and isinstance(value, list):
        return []
    start = number_filters.index(given[0], frame) if is_started else 0
    count = number_filters.index(given[1], frame) if len(given) > 1 and given[1] is not UNDEFINED else 1
    start += len(items) if start < 0 else 0
    return items[start : start + count] if start >= 0 and count >= 0 else items[:0]


def _where(frame: Frame, value: Any, given: list[Any]) -> Any:
    items = listed(frame, value)
    if not given or not frame.text(given[0]):
        return []
    if len(given) > 1 and given[1] is not UNDEFINED:
        return [item for item in items if operators.is_equal(_part(frame, item, given), given[1], frame)]
    return [item for item in items if operators.is_true(_part(frame, item, given))]


FILTERS: dict[str, Filter] = {
    "join": _join,
    "first": _first,
    "last": _last,
    "size": _size,
    "sum": _sum,
    "compact": _compact,
    "push": _push,
    "unshift": _unshift,
    "pop": _pop,
    "shift": _shift,
    "slice": _slice,
    "where": _where,
}
