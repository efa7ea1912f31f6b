"""What Go makes of values: whether they count as something, how they compare, and how they are written."""

from typing import Any

from headwater.identity.courier.templates.errors import TemplateRunError
from headwater.identity.courier.templates.limits import DEPTH, LARGEST_NUMBER

WHOLE_FLOAT_LIMIT = 1e21  # from here on Go, too, writes an exponent

Number = int | float


def is_something(value: Any) -> bool:
    """Tell whether `value` is true for an `if`: not zero, not empty, not nil."""
    return bool(value)


def is_same(left: Any, right: Any) -> bool:
    """Compare as `eq` does: 1 is 1.0, but true is not 1. Raises TemplateRunError for lists and maps."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        raise TemplateRunError("compares lists or maps")
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def is_less(left: Any, right: Any) -> bool:
    """Compare as `lt` does. Raises TemplateRunError for what has no order."""
    if is_number(left) and is_number(right):
        return bool(left < right)
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    raise TemplateRunError("compares two things that have no order")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def written(value: Any, depth: int = 0) -> str:
    """Return `value` as Go prints it; what isn't there is nothing rather than `<no value>`."""
    if depth > DEPTH:
        return "…"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{written(value[key], depth + 1)}' for key in sorted(value))}]"
    if isinstance(value, list | tuple):
        return f"[{' '.join(written(item, depth + 1) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    return "" if value is None else str(value)


def _number(value: Number) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < WHOLE_FLOAT_LIMIT else str(value)
    if abs(value) > LARGEST_NUMBER:
        raise TemplateRunError("has a number that is too large to write")
    return str(value)


def text_of(value: Any) -> str:
    """Return a function's argument as text. Raises TemplateRunError for lists and maps, as Go would."""
    if isinstance(value, list | dict):
        raise TemplateRunError("needs a text where it has a list or a map")
    return value if isinstance(value, str) else written(value)


def whole(value: Any) -> int:
    """Return a function's argument as a whole number. Raises TemplateRunError."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise TemplateRunError("needs a whole number where it has something else") from None
