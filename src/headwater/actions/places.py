"""Every `hooks` list of an identity-config and where it stands. A list in the wrong place would never run: refused."""

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from headwater.actions.known_hooks import ALL_METHODS, CHANGES, FLOWS, IDENTITY, METHODS
from headwater.actions.problems import escape, problem, unknown
from headwater.actions.shape import check_type

ROOT = "/selfservice/flows"
CHANGES_ROOT = "/identity/after"
MOMENTS = ("before", "after")
HOOKS = "hooks"
RETURN_URL = "default_browser_return_url"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One `hooks` list; `method` is None for the global one. Of operators' changes `method` is what was done."""

    path: str
    flow: str
    moment: str
    method: str | None
    items: list[Any]

    @property
    def is_reached(self) -> bool:
        """Something reads this list: it stands under no method, or after the flow under one that the flow has."""
        if self.flow == IDENTITY:
            return True
        if self.method is None:
            return self.flow in METHODS
        return self.moment == "after" and self.method in METHODS.get(self.flow, ())


def every(document: dict[str, Any]) -> Iterator[Place]:
    """Yield the lists in the order of the document. Raises ConfigProblem for one that stands where none can."""
    selfservice = _object(document.get("selfservice", {}), "/selfservice")
    flows = _object(selfservice.get("flows", {}), ROOT)
    for flow, config in flows.items():
        path = f"{ROOT}/{escape(flow)}"
        members = _object(config, path)
        if HOOKS in members:
            raise problem(f"{path}/{HOOKS}", "stands in the wrong place; hooks belong under before or after")
        for moment in MOMENTS:
            if moment in members:
                yield from _at_moment(_object(members[moment], f"{path}/{moment}"), f"{path}/{moment}", flow, moment)
    yield from _of_changes(_object(document.get(IDENTITY, {}), f"/{IDENTITY}").get("after", {}))


def _of_changes(value: Any) -> Iterator[Place]:
    """Yield the lists of what operators do to people (ours)."""
    members = _object(value, CHANGES_ROOT)
    _check_keys(members, CHANGES, CHANGES_ROOT)
    for change, holder in members.items():
        path = f"{CHANGES_ROOT}/{change}"
        lists = _object(holder, path)
        _check_keys(lists, (HOOKS,), path)
        if HOOKS in lists:
            items = check_type(lists[HOOKS], list, path=f"{path}/{HOOKS}")
            yield Place(path=f"{path}/{HOOKS}", flow=IDENTITY, moment="after", method=change, items=items)


def _at_moment(members: dict[str, Any], path: str, flow: str, moment: str) -> Iterator[Place]:
    _check_keys(members, (HOOKS, RETURN_URL, *ALL_METHODS), path)
    for key, value in members.items():
        if key == HOOKS:
            yield _place(value, f"{path}/{HOOKS}", flow, moment, None)
        elif key in ALL_METHODS:
            method = _object(value, f"{path}/{key}")
            _check_keys(method, (HOOKS, RETURN_URL), f"{path}/{key}")
            if HOOKS in method:
                yield _place(method[HOOKS], f"{path}/{key}/{HOOKS}", flow, moment, key)


def _place(items: Any, path: str, flow: str, moment: str, method: str | None) -> Place:
    check_type(items, list, path=path)
    if items and flow not in FLOWS:
        raise problem(path, f"never runs: only {', '.join(FLOWS)} have hooks")
    return Place(path=path, flow=flow, moment=moment, method=method, items=items)


def _check_keys(members: dict[str, Any], allowed: Collection[str], path: str) -> None:
    for key in members:
        if key not in allowed:
            raise unknown(f"{path}/{escape(key)}", key, what="key", allowed=allowed)


def _object(value: Any, path: str) -> dict[str, Any]:
    found: dict[str, Any] = check_type(value, dict, path=path)
    return found
