"""Finding things in an event that may hold anything anywhere. Nothing here raises; what is blank counts as absent."""

import math
from collections.abc import Mapping
from typing import Any

Event = Mapping[str, Any]


def at(value: Any, path: str) -> Any:
    """Return what is at `path`, such as `context.os.name`; None where there is nothing."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def first(event: Event, *paths: str) -> Any:
    """Return what the first of `paths` that isn't blank holds."""
    return next((found for path in paths if not is_blank(found := at(event, path))), None)


def text(event: Event, *paths: str) -> str | None:
    """Return the first text at `paths`, without blanks around it. Numbers count: some people have 42 as their id."""
    for path in paths:
        found = at(event, path)
        if isinstance(found, str | int | float) and not isinstance(found, bool) and str(found).strip():
            return str(found).strip()
    return None


def number(value: Any) -> float | int | None:
    """Return a number as a number, also where it came as a text; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value) if "." in value or "e" in value.lower() else int(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def mapping(event: Event, path: str) -> dict[str, Any]:
    """Return the object at `path`, without what is blank in it; an empty one where there is none."""
    found = at(event, path)
    return without_blanks(found) if isinstance(found, dict) else {}


def picked(event: Event, table: Mapping[str, str]) -> dict[str, Any]:
    """Return a dict with the keys of `table` and what its paths hold, without what is blank."""
    return without_blanks({name: at(event, path) for name, path in table.items()})


def without_blanks(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return `value` without nulls and empty texts, lists and objects, at any depth of objects."""
    tidied = {key: without_blanks(item) if isinstance(item, dict) else item for key, item in value.items()}
    return {key: item for key, item in tidied.items() if not is_blank(item)}


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)
