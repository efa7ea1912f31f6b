"""What Liquid reads of a value: its own keys, and `size`, `first` and `last`."""

from typing import Any

from headwater.mapping.directives.liquid.frame import Frame
from headwater.mapping.directives.values import UNDEFINED, is_index, is_nothing, is_number, length, units


def member(value: Any, key: Any, frame: Frame) -> Any:
    """Return `value`'s `key`; of nothing, the same nothing."""
    if is_nothing(value):
        return value
    if isinstance(value, list) and is_number(key):
        return _item(value, key)
    name = frame.js_text(key)
    own = _own(value, name, frame)
    if own is not UNDEFINED:
        return own
    if name == "size":
        return _size(value)
    if name in {"first", "last"} and isinstance(value, list):
        return _item(value, 0 if name == "first" else -1)
    return UNDEFINED


def _own(value: Any, name: str, frame: Frame) -> Any:
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    if not isinstance(value, list | str):
        return UNDEFINED
    if name == "length":
        return len(value) if isinstance(value, list) else length(value)
    if not is_index(name):
        return UNDEFINED
    if isinstance(value, list):
        return _item(value, int(name))
    frame.run.spend_text(len(value))
    return _item(units(value), int(name))


def _size(value: Any) -> Any:
    if isinstance(value, str):
        return length(value)
    return len(value) if isinstance(value, list | dict) else UNDEFINED


def _item(items: list[Any], index: float) -> Any:
    at = index + len(items) if index < 0 else index
    return items[int(at)] if 0 <= at < len(items) and at == int(at) else UNDEFINED
