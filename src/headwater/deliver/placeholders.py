"""Ids that are nobody's: what a client sends when it has lost the real one. Tools refuse them, or make one of all."""

from collections.abc import Collection

NOBODY = frozenset(
    {
        "",
        "-1",
        "0",
        "00000000-0000-0000-0000-000000000000",
        "anonymous",
        "n/a",
        "na",
        "nil",
        "none",
        "null",
        "undefined",
        "unknown",
        "{}",
    }
)


def is_nobody(value: str, *, also: Collection[str] = ()) -> bool:
    """Tell whether an id stands for nobody in particular. `also` are what else a tool takes so, in lower case."""
    found = value.strip().lower()
    return found in NOBODY or found in also
