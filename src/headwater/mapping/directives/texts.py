"""Values as JavaScript turns them into text: `String(value)`, and what `==` makes of lists and objects."""

from typing import Any

from headwater.mapping.directives import js_numbers
from headwater.mapping.directives.places import Place
from headwater.mapping.directives.run import Run, failed
from headwater.mapping.directives.values import is_nothing

OBJECT = "[object Object]"


def write(value: Any, run: Run, place: Place) -> str:
    """Return `String(value)`. Raises MappingRuntimeError for an object with a key `toString`, as JavaScript throws."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return js_numbers.write(value)
    if isinstance(value, list):
        return _joined(value, run, place)
    if isinstance(value, dict):
        if "toString" in value:
            raise failed(place, "an object with a key toString can't be turned into text")
        return OBJECT
    return "null" if value is None else "undefined"


def _joined(items: list[Any], run: Run, place: Place) -> str:
    run.spend(len(items))
    written = ["" if is_nothing(item) else write(item, run, place) for item in items]
    run.spend_text(sum(map(len, written)) + len(written))
    return ",".join(written)


def is_loosely_empty(value: Any, run: Run, place: Place) -> bool:
    """Return `value == ''`: true of 0, false, and of lists with nothing in them."""
    if isinstance(value, list | dict):
        return not write(value, run, place)
    return not value and value is not None
