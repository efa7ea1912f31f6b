"""How large and how deep what is kept of a person may be: enough for any profile, too little to hurt with."""

from collections.abc import Iterable
from typing import Any

import msgspec

from headwater.core.errors import BadRequestError

MAX_DEPTH = 16
MAX_BYTES = 128 * 1024
KIB = 1024


class TooLargeError(BadRequestError):
    """This is more than can be kept of a person."""


def require_bounded(value: Any, *, path: str) -> None:
    """Raise TooLargeError, naming `path`, if `value` is too deep or too large to store.

    Level by level, so that depth can't hurt here either.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            break
    else:
        raise TooLargeError(f"{path} is nested deeper than {MAX_DEPTH} levels.", path=path)
    if len(msgspec.json.encode(value)) > MAX_BYTES:
        raise TooLargeError(f"{path} is larger than {MAX_BYTES // KIB} KiB.", path=path)


def has_more_than(most: int, value: Any) -> bool:
    """Tell whether `value` has more values in it, at whatever depth."""
    level, count = [value], 0
    while level and count <= most:
        level = [child for parent in level for child in _children(parent)]
        count += len(level)
    return count > most


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
