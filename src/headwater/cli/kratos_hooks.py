"""The hooks of a kratos.yml: Ory's rule about whose list hides whose is kept. Pure.

In Kratos any hook in a method's list silences the global list for that method; in Headwater only a web_hook there
silences the global web hooks. A file that was written for Kratos goes on doing what it did: where the two rules
part, its global list moves to the methods that it was in force for.
"""

from collections.abc import Iterator
from typing import Any

from headwater.actions.known_hooks import FLOWS, METHODS, RUNS_AFTER, WEB_HOOK
from headwater.cli.kratos_findings import CHANGED, Finding, pointer


def keep_orys_rule(document: dict[str, Any]) -> Iterator[Finding]:
    """Move the global hooks of each flow for which the two rules differ, and say so."""
    for flow in FLOWS:
        shared = _list(document, _steps(flow, None))
        lists = {method: _in_force(document, flow, method) for method in METHODS[flow]}
        silenced = [method for method, own in lists.items() if own and WEB_HOOK not in own]
        if not silenced or not any(isinstance(hook, dict) and hook.get("hook") == WEB_HOOK for hook in shared):
            continue
        after = document["selfservice"]["flows"][flow]["after"]
        moved = [method for method, own in lists.items() if not own]
        for method in moved:
            idle = _list(document, _steps(flow, method))
            after.setdefault(method, {})["hooks"] = [*idle, *shared]
        after["hooks"] = []
        yield Finding(
            path=pointer(_steps(flow, None)),
            outcome=CHANGED,
            advice=f"moved to {', '.join(moved)}: in Kratos the hooks of {', '.join(silenced)} silence the global"
            " ones; in Headwater only a web_hook would. Put it back to have it run for every method",
        )


def _in_force(document: dict[str, Any], flow: str, method: str) -> list[str]:
    """Return the names of a method's hooks that do something there: what does nothing silences nothing."""
    names = [str(hook.get("hook")) for hook in _list(document, _steps(flow, method)) if isinstance(hook, dict)]
    return [name for name in names if flow in RUNS_AFTER.get(name, ())]


def _steps(flow: str, method: str | None) -> tuple[str, ...]:
    return ("selfservice", "flows", flow, "after", *((method,) if method else ()), "hooks")


def _list(document: Any, steps: tuple[str, ...]) -> list[Any]:
    for step in steps:
        document = document.get(step) if isinstance(document, dict) else None
    return document if isinstance(document, list) else []
