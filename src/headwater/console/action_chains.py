"""The effective chains of Actions as a page shows them: ways through a flow that run the same are told once. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WEB_HOOK = "web_hook"
TITLES = {
    "registration": "Registration",
    "login": "Login",
    "settings": "Settings",
    "recovery": "Recovery",
    "verification": "Verification",
    "identity": "Operators' changes",
}
SEVERAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What runs `before` or `after`; `methods` are those that run just this, "every method" where all do."""

    moment: str
    methods: str
    steps: Sequence[Mapping[str, Any]]
    dead: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow with its ways."""

    name: str
    title: str
    ways: Sequence[Way]


def flows(chains: Iterable[Mapping[str, Any]]) -> list[Flow]:
    """Return the flows in the order of the chains. A way on which nothing would run is left out."""
    found: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for chain in chains:
        found.setdefault(chain["flow"], {}).setdefault(chain["moment"], []).append(chain)
    return [
        Flow(
            name=flow,
            title=TITLES.get(flow, flow),
            ways=[way for moment, some in moments.items() for way in _ways(moment, some)],
        )
        for flow, moments in found.items()
    ]


def places_of(chains: Iterable[Mapping[str, Any]], path: str) -> list[dict[str, Any]]:
    """Return where the hook at `path` runs, or stands without ever running: a row for each trigger."""
    rows: list[dict[str, Any]] = []
    for chain in chains:
        at = {"flow": chain["flow"], "moment": chain["moment"], "method": chain["method"]}
        rows += [{**at, "when": one["when"], "note": one["note"]} for one in chain["steps"] if one["path"] == path]
        rows += [{**at, "when": "never", "note": one["why"]} for one in chain["dead"] if one["path"] == path]
    return rows


def _ways(moment: str, chains: Sequence[Mapping[str, Any]]) -> Iterable[Way]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for chain in chains:
        groups.setdefault(repr(_told(chain)), []).append(chain)
    for alike in groups.values():
        steps, dead = alike[0]["steps"], alike[0]["dead"]
        if steps or dead:
            yield Way(moment=moment, methods=_methods(alike, is_all=len(groups) == 1), steps=steps, dead=dead)


def _methods(alike: Sequence[Mapping[str, Any]], *, is_all: bool) -> str:
    named = [chain["method"] for chain in alike if chain["method"]]
    return "every method" if is_all and len(named) >= SEVERAL else ", ".join(named)


def _told(chain: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what makes a way another one. What the flow does itself is the same in each method's list."""
    method = chain["method"]
    return [
        {**one, "path": None, "list": "own" if one.get("list") == method else one.get("list")}
        if one["hook"] != WEB_HOOK
        else dict(one)
        for one in (*chain["steps"], *chain["dead"])
    ]
