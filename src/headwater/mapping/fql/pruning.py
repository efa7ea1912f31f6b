"""Events with fields taken out. The event that came is never changed: what differs is copied, the rest is shared."""

from collections.abc import Callable
from typing import Any

from headwater.mapping.fql import fields
from headwater.mapping.fql.filter_actions import Fields

Event = dict[str, Any]
Prune = Callable[[dict[str, Any], frozenset[str]], dict[str, Any]]


def without(event: Event, dropped: Fields) -> Event:
    """Return `event` without these fields; the same object when it has none of them."""
    return _pruned(event, dropped, _without)


def with_only(event: Event, allowed: Fields) -> Event:
    """Return `event` with nothing but these fields in the places named; the same object when that is all it has."""
    return _pruned(event, allowed, _with_only)


def _without(obj: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    if names.isdisjoint(obj):
        return obj
    return {name: value for name, value in obj.items() if name not in names}


def _with_only(obj: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    if names.issuperset(obj):
        return obj
    return {name: value for name, value in obj.items() if name in names}


def _pruned(event: Event, named: Fields, prune: Prune) -> Event:
    for place, names in named.items():
        keys = place.split(".") if place else []
        event = _with_changed(event, keys, names=frozenset(names), prune=prune)
    return event


def _with_changed(event: Event, keys: list[str], *, names: frozenset[str], prune: Prune) -> Event:
    """Return `event` with what is at `keys` pruned, and copies of all that lead there if that made a difference."""
    way: list[Any] = [event]
    for key in keys:
        way.append(_child_or_none(way[-1], key))
    changed = _each(way[-1], names, prune)
    if changed is way[-1]:
        return event
    for parent, key in zip(reversed(way[:-1]), reversed(keys), strict=True):
        copy = parent.copy()
        copy[key if type(parent) is dict else int(key)] = changed
        changed = copy
    return changed  # type: ignore[no-any-return]  # what the event turned into


def _each(found: Any, names: frozenset[str], prune: Prune) -> Any:
    """Return an object, or each of a list of them, pruned; anything else as it is."""
    if type(found) is dict:
        return prune(found, names)
    if type(found) is not list:
        return found
    elements = [prune(one, names) if type(one) is dict else one for one in found]
    return found if all(one is other for one, other in zip(elements, found, strict=True)) else elements


def _child_or_none(value: Any, key: str) -> Any:
    return value.get(key) if type(value) is dict else fields.element_or_none(value, key)
