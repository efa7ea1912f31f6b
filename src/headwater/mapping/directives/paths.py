"""Paths into an event, `a.b[0]['c']`, read as Segment reads them."""

import re
from typing import Any

from headwater.mapping.directives.values import UNDEFINED, member

ROOT = "$."
_SEPARATORS = re.compile(r"""\[(?=["'0-9])|\.|(?<=["'0-9])\]+""")

Steps = tuple[str, ...]


def steps(path: str) -> Steps:
    """Return the keys that `path` goes through; none means the whole event.

    Quotes only allow brackets: a dot inside them separates, too, as it does in Segment.
    """
    pieces = [piece for piece in _SEPARATORS.split(path) if piece]
    return tuple(piece.replace("'", "").replace('"', "") for piece in pieces)


def from_root(path: str) -> str:
    """Return `path` without its `$.`: the first one, wherever it stands."""
    return path.replace(ROOT, "", 1)


def read(value: Any, along: Steps) -> Any:
    """Return what stands at the end of the path, or UNDEFINED. What is false on the way is the answer."""
    for key in along:
        value = value.get(key, UNDEFINED) if type(value) is dict else member(value, key)
    return value
