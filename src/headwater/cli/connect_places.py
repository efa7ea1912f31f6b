"""Where the identify Action stands in an identity-config, and the patch that puts it there once. Pure.

Ours is known by its `id`, which names the source: the write key comes back as `secret://…` and tells nothing.
"""

from collections.abc import Collection, Iterator
from typing import Any

from headwater.actions.known_hooks import METHODS
from headwater.cli.patches import IDENTITY_CONFIG
from headwater.workspace.identify_action import IDENTIFY

REGISTRATION_METHODS = METHODS["registration"]
AFTER = ("selfservice", "flows", "registration", "after")
HOOKS = "hooks"


def patch(config: dict[str, Any], action: dict[str, Any], *, methods: Collection[str]) -> list[dict[str, Any]]:
    """Return the operations after which `action` stands in the list of each method (none: the global one) and no other.

    An older one of its own is replaced where it stands; everything else stays as it is. Each list is tested first,
    so that what somebody else changed meanwhile is not overwritten.
    """
    wanted: set[str | None] = {*methods} or {None}
    operations: list[dict[str, Any]] = []
    for method, pointer, before in _lists(config):
        after = _with(before or [], action) if method in wanted else _without(before or [], action)
        if after == (before or []):
            continue
        path = IDENTITY_CONFIG + pointer
        if before is not None:
            operations.append({"op": "test", "path": path, "value": before})
        operations.append({"op": "add", "path": path, "value": after})
    return operations


def standing(config: dict[str, Any], action: dict[str, Any]) -> list[str]:
    """Return the JSON pointers at which the Action stands."""
    return [
        f"{pointer}/{number}"
        for _, pointer, items in _lists(config)
        for number, item in enumerate(items or [])
        if _is_same(item, action)
    ]


def lookalikes(config: dict[str, Any], action: dict[str, Any]) -> list[str]:
    """Return where hooks stand that also make identify calls but carry no id: they may be for the same source."""
    return [
        f"{pointer}/{number}"
        for _, pointer, items in _lists(config)
        for number, item in enumerate(items or [])
        if not _is_same(item, action) and _identifies_unmarked(item)
    ]


def _lists(config: dict[str, Any]) -> Iterator[tuple[str | None, str, list[Any] | None]]:
    """Yield (method, pointer, hooks) of the lists after registration; None for hooks that are not there."""
    for method in (None, *REGISTRATION_METHODS):
        steps = (*AFTER, *([method] if method else []), HOOKS)
        found: Any = config
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        yield method, "/" + "/".join(steps), found if isinstance(found, list) else None


def _with(items: list[Any], action: dict[str, Any]) -> list[Any]:
    own = [number for number, item in enumerate(items) if _is_same(item, action)]
    place = own[0] if own else 0
    rest = _without(items, action)
    return [*rest[:place], action, *rest[place:]]


def _without(items: list[Any], action: dict[str, Any]) -> list[Any]:
    return [item for item in items if not _is_same(item, action)]


def _is_same(item: Any, action: dict[str, Any]) -> bool:
    return bool(_config(item).get("id") == action["config"]["id"])


def _identifies_unmarked(item: Any) -> bool:
    config = _config(item)
    return not config.get("id") and str(config.get("url", "")).endswith(IDENTIFY)


def _config(item: Any) -> dict[str, Any]:
    config = item.get("config") if isinstance(item, dict) else None
    return config if isinstance(config, dict) else {}
