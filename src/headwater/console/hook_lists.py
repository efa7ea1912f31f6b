"""The identity-config of a project as it is shown, and the lists of hooks in it by their JSON pointers. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from headwater.console import whole_numbers

HOOKS = "hooks"
MOMENTS = ("before", "after")
FLOWS, CHANGES = "/selfservice/flows", "/identity/after"


def document_of(project: Mapping[str, Any]) -> dict[str, Any]:
    """Return the identity-config of a project."""
    document: dict[str, Any] = project["services"]["identity"]["config"]
    return document


def at(document: Any, path: str) -> Any:
    """Return what stands at a JSON pointer, None for nothing."""
    found = document
    for step in path.split("/")[1:]:
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and whole_numbers.is_one(step) and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def neighbours(document: Mapping[str, Any], path: str) -> tuple[bool, bool]:
    """Tell of the hook at `path` whether there is one before it in its list, and one after it."""
    holder, _, place = path.rpartition("/")
    listed = at(document, holder)
    if not isinstance(listed, list) or not whole_numbers.is_one(place):
        return False, False
    return int(place) > 0, int(place) < len(listed) - 1


def every(document: Mapping[str, Any]) -> list[str]:
    """Return the paths of the lists that are there: an Action is added to one of them."""
    flows = at(document, FLOWS) or {}
    holders = [f"{FLOWS}/{flow}/{moment}" for flow in flows for moment in MOMENTS]
    return [path for holder in (*holders, CHANGES) for path in _in(document, holder)]


def _in(document: Mapping[str, Any], holder: str) -> Iterator[str]:
    members = at(document, holder)
    for name, value in members.items() if isinstance(members, dict) else ():
        if name == HOOKS and isinstance(value, list):
            yield f"{holder}/{HOOKS}"
        elif isinstance(value, dict) and isinstance(value.get(HOOKS), list):
            yield f"{holder}/{name}/{HOOKS}"
