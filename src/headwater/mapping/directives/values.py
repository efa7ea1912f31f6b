"""JSON as JavaScript sees it: `undefined`, what counts as false, the order of keys, indexes into texts.

Segment's directives are defined by what JavaScript does, so their quirks are JavaScript's. Only what JSON can
hold is here: no prototypes (`constructor` is a key like any other), no functions, no symbols.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

LARGEST_INDEX = 2**32 - 2
LONGEST_INDEX = 10  # digits
UTF_16_UNIT = 2  # bytes
# What String.prototype.trim takes away, and `\s` matches; Python's strip takes more, and leaves U+FEFF.
WHITESPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_SURROGATES = re.compile("[\ud800-\udfff]")


class Undefined:
    """JavaScript's `undefined`: what a path that leads nowhere gives. There is one, UNDEFINED."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()


def is_truthy(value: Any) -> bool:
    """Return what `if (value)` decides: empty lists and objects count as true."""
    return bool(value) or isinstance(value, list | dict)


def is_nothing(value: Any) -> bool:
    """Return whether `value` is null or undefined."""
    return value is None or value is UNDEFINED


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def member(value: Any, key: str) -> Any:
    """Return `value && value[key]`: what is false stays what it is, so that a path through null gives null."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if not is_truthy(value):
        return value
    if isinstance(value, list):
        return _item(value, key)
    return _unit(value, key) if isinstance(value, str) else UNDEFINED


def entries(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str, Any]]:
    """Return `Object.entries(value)`: keys that are indexes come first, in their order."""
    if isinstance(value, list):
        return [(str(index), item) for index, item in enumerate(value)]
    indexes = [key for key in value if is_index(key)]
    if not indexes:
        return value.items()
    rest = [key for key in value if not is_index(key)]
    return [(key, value[key]) for key in (*sorted(indexes, key=int), *rest)]


def is_index(key: str) -> bool:
    """Return whether JavaScript takes `key` for the index of a list: digits without leading zeros."""
    if not (key.isascii() and key.isdigit()) or len(key) > LONGEST_INDEX:
        return False
    return (key[0] != "0" or key == "0") and int(key) <= LARGEST_INDEX


def length(text: str) -> int:
    """Return `text.length`, which counts UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // UTF_16_UNIT


def units(text: str) -> list[str]:
    """Return `text` unit by unit: of a character outside the first plane, the halves. See `well_formed`."""
    if text.isascii():
        return list(text)
    raw = text.encode("utf-16-le", "surrogatepass")
    pairs = (raw[at : at + UTF_16_UNIT] for at in range(0, len(raw), UTF_16_UNIT))
    return [pair.decode("utf-16-le", "surrogatepass") for pair in pairs]


def well_formed(text: str) -> str:
    """Return `text` with halves of characters joined, and U+FFFD for those alone, which UTF-8 can't write."""
    if text.isascii() or _SURROGATES.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _item(value: list[Any], key: str) -> Any:
    if key == "length":
        return len(value)
    return value[int(key)] if is_index(key) and int(key) < len(value) else UNDEFINED


def _unit(value: str, key: str) -> Any:
    if key == "length":
        return length(value)
    return units(value)[int(key)] if is_index(key) and int(key) < length(value) else UNDEFINED
