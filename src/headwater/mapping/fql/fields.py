"""Reaching into an event: by the names in a path, through lists by position, never by what Python has besides."""

from collections.abc import Callable, Mapping
from typing import Any

Event = Mapping[str, Any]


def reader(keys: tuple[str, ...]) -> Callable[[dict[str, Any]], Any]:
    """Return what finds the value at `keys` of an event: None where there is none."""
    if len(keys) == 1:
        (key,) = keys
        return lambda event: event.get(key)

    def read(event: dict[str, Any]) -> Any:
        value: Any = event
        for key in keys:
            value = value.get(key) if type(value) is dict else element_or_none(value, key)
        return value

    return read


def element_or_none(value: Any, key: str) -> Any:
    """Return the element of a list whose position `key` is."""
    if type(value) is not list or not key.isdecimal() or not key.isascii():
        return None
    # No int() of a text of any length: a position has no more digits than the length.
    if len(key) > len(str(len(value))) or (key[0] == "0" and key != "0"):
        return None
    position = int(key)
    return value[position] if position < len(value) else None
