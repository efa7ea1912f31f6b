"""What becomes of `undefined`: keys that have it are left out, at every depth; null stays.

`without_undefined` is what Segment does at the end of each mapping; `finished` does it and makes the rest JSON.
"""

import math
from typing import Any

from headwater.mapping.directives import js_numbers
from headwater.mapping.directives.run import Run
from headwater.mapping.directives.values import UNDEFINED, well_formed


def without_undefined(value: Any, run: Run) -> Any:
    """Return a copy of `value` without undefined keys. In lists undefined stays."""
    if isinstance(value, dict):
        run.spend(1 + len(value))
        return {key: without_undefined(inner, run) for key, inner in value.items() if inner is not UNDEFINED}
    if isinstance(value, list):
        run.spend(1 + len(value))
        return [without_undefined(item, run) for item in value]
    return value


def finished(value: Any, run: Run) -> Any:
    """Return a copy that is JSON, as JSON.stringify writes it: undefined and infinite in lists are null.

    Whole numbers that JSON readers may not hold (beyond 64 bits) are doubles. Keys are taken to be well-formed.
    """
    kind = type(value)
    if kind is str:
        run.room -= len(value)  # counted here, checked at the object or list it is in: this is where most time goes
        return value if value.isascii() else well_formed(value)
    if kind is dict:
        run.check_room(1 + sum(map(len, value)))
        return {key: finished(inner, run) for key, inner in value.items() if inner is not UNDEFINED}
    if kind is list:
        run.check_room(1 + len(value))
        return [None if item is UNDEFINED else finished(item, run) for item in value]
    return _number(value) if kind is int or kind is float else value


def _number(value: float) -> float | None:
    if isinstance(value, int) and js_numbers.fits_64_bits(value):
        return value
    number = js_numbers.double(value)
    return (number or 0) if math.isfinite(number) else None  # JSON.stringify(-0) is 0


def without_null(value: Any, run: Run) -> Any:
    """Return `value` with null made undefined in objects and the objects in them; lists are left as they are."""
    if not isinstance(value, dict):
        return value
    run.spend(1 + len(value))
    return {key: UNDEFINED if inner is None else without_null(inner, run) for key, inner in value.items()}
