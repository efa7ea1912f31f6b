"""When two JSON values are the same: numbers by their value, objects whatever their order, and true is not 1. Pure."""

from typing import Any


def is_same(one: Any, other: Any) -> bool:
    """Compare as RFC 6902 does, at any depth; for Python alone `[True] == [1]`."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
