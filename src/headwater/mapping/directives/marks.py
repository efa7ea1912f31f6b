"""What makes an object a directive: one key with `@`, and no other but `_metadata`."""

from typing import Any

MARK = "@"
METADATA = "_metadata"


def is_marked(value: dict[str, Any]) -> bool:
    """Return whether `value` looks like a directive, well-formed or not."""
    return any(key.startswith(MARK) for key in value)


def is_directive(value: dict[str, Any]) -> bool:
    """Return whether `value` runs as a directive. Where Segment doesn't look, other keys make it a plain object."""
    return is_marked(value) and all(key.startswith(MARK) or key == METADATA for key in value)


def name_of(value: dict[str, Any]) -> str:
    """Return which directive it is: the first."""
    return next(key for key in value if key.startswith(MARK))
