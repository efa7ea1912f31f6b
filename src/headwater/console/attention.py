"""What needs attention: what the API says is not well, in words, each with the page where it is mended. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

MOST_ASKED = 100  # so many failed Actions are asked for
NAMED = 3  # of many that have the same, so many are named
KEYS_ABOUT_TO_EXPIRE = timedelta(days=14)
WEB_HOOK = "web_hook"
LAKE_FAILURES = ("reason", "merge_failed", "erase_failed", "rebuild_failed")
# What home asks, as people call it, and the page that asks for it alone.
ASKED = {
    "status": ("how the server is", "/console/system"),
    "lake": ("how the lake is", "/console/lake/tables"),
    "events": ("what came in of late", "/console/sources"),
    "deliveries": ("what was delivered of late", "/console/destinations"),
    "events_then": ("what came in", "/console/sources"),
    "deliveries_then": ("what was delivered", "/console/destinations"),
    "sources": ("which sources there are", "/console/sources"),
    "destinations": ("which destinations there are", "/console/destinations"),
    "failed_actions": ("which Actions failed", "/console/actions/deliveries?state=failed"),
    "actions": ("which Actions run", "/console/actions"),
    "keys": ("which keys expire", "/console/keys"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing to look at. `is_grave`: something stands still, or is lost if nobody does anything."""

    text: str
    href: str
    is_grave: bool = False


def unknown(refused: Mapping[str, str]) -> list[Concern]:
    """Return what nothing is known of, all grave: nothing else tells of it. The values say why."""
    return [
        Concern(text=f"It is not known {what}: {refused[name]}", href=href, is_grave=True)
        for name, (what, href) in ASKED.items()
        if name in refused
    ]


def concerns(
    *,
    status: Mapping[str, Any] | None,
    lake: Mapping[str, Any] | None,
    events: Mapping[str, Any] | None,
    failed_actions: Sequence[Mapping[str, Any]],
    chains: Sequence[Mapping[str, Any]],
    keys: Sequence[Mapping[str, Any]],
) -> list[Concern]:
    """Return everything, the gravest first. `events` is the volume of the last hour, up to now. None: not known."""
    found = [
        *(_of_status(status) if status else ()),
        *(_lake(lake) if lake else ()),
        *_actions(failed_actions, chains),
        *(_rejected(events["sources"]) if events else ()),
        *(_keys(keys, now=datetime.fromisoformat(events["until"])) if events else ()),
    ]
    return sorted(found, key=lambda one: not one.is_grave)


def _of_status(status: Mapping[str, Any]) -> Iterator[Concern]:
    yield from _lanes(status["deliver"])
    yield from _server(status)
    yield from _warehouses(status["warehouses"])
    if gave_up := status["deliver"]["actions"]["dead_letters"]:
        words = f"Queued Actions gave up {gave_up:,}: see why, and send again."
        yield Concern(text=words, href="/console/destinations/actions/dead-letters")


def _lanes(deliver: Mapping[str, Any]) -> Iterator[Concern]:
    if deliver["lanes_unknown_because"]:
        yield Concern(text=deliver["lanes_unknown_because"], href="/console/system", is_grave=True)
    every = deliver["destinations"]
    lanes = [(one, one["lane"]) for one in every if one["lane"]]
    still = [_of(one, f"stands still: {lane['problem']}") for one, lane in lanes if lane["problem"]]
    down = [
        _of(one, f"doesn't answer, {lane['lag']:,} events wait. It is tried again by itself.")
        for one, lane in lanes
        if not lane["problem"] and lane["breaker"] == "open"
    ]
    failing = [
        _of(one, "failed ten times in a row.", is_grave=False)
        for one, lane in lanes
        if not lane["problem"] and lane["breaker"] == "doubtful"
    ]
    dead = [
        _of(one, f"gave up {one['dead_letters']:,}: see why, and send again.", below="/dead-letters", is_grave=False)
        for one in sorted(every, key=lambda one: -one["dead_letters"])
        if one["dead_letters"]
    ]
    yield from _some(still, "destinations stand still")
    yield from _some(down, "destinations don't answer")
    yield from _some(failing, "destinations failed ten times in a row")
    yield from _some(dead, "destinations have dead letters")


def _of(metrics: Mapping[str, Any], words: str, *, below: str = "", is_grave: bool = True) -> Concern:
    href = f"/console/destinations/{metrics['destination']}{below}"
    return Concern(text=f"{metrics['name']} {words}", href=href, is_grave=is_grave)


def _some(found: Sequence[Concern], words: str) -> Iterable[Concern]:
    """Name a few of many; the others are a number."""
    if len(found) <= NAMED + 1:
        return found
    rest = Concern(text=f"{len(found) - NAMED} more {words}", href="/console/destinations", is_grave=found[0].is_grave)
    return [*found[:NAMED], rest]


def _server(status: Mapping[str, Any]) -> Iterator[Concern]:
    if status["disk"]["notice"]:
        yield Concern(text=status["disk"]["notice"], href="/console/system", is_grave=True)
    for one in status["log"]["held_back_by"]:
        words = f"{one['reader']} holds the log back: {one['events']:,} events are kept for it beyond the limits."
        yield Concern(text=words, href="/console/system")


def _lake(lake: Mapping[str, Any]) -> Iterator[Concern]:
    for name in LAKE_FAILURES:
        if lake.get(name):
            yield Concern(text=f"The lake: {lake[name]}", href="/console/lake/tables", is_grave=name == "reason")
    if lake["lost"]:
        yield Concern(
            text=f"{lake['lost']:,} of the lake's files are missing.", href="/console/lake/tables", is_grave=True
        )


def _warehouses(warehouses: Sequence[Mapping[str, Any]]) -> Iterator[Concern]:
    for one in warehouses:
        if one["notice"]:
            yield Concern(text=f"{one['name']}: {one['notice']}", href="/console/lake/tables", is_grave=True)


def _actions(failed: Sequence[Mapping[str, Any]], chains: Sequence[Mapping[str, Any]]) -> Iterator[Concern]:
    if failed:
        number = f"{len(failed)}{'' if len(failed) < MOST_ASKED else ' or more'}"
        words = f"Actions that failed in the last hour: {number}."
        yield Concern(text=words, href="/console/actions/deliveries?state=failed")
    never = {one["path"]: one["why"] for chain in chains for one in chain["dead"] if one["hook"] == WEB_HOOK}
    for path, why in never.items():
        yield Concern(text=f"The Action at {path} never runs: {why}", href="/console/actions")


def _rejected(sources: Sequence[Mapping[str, Any]]) -> Iterator[Concern]:
    for one in sources:
        if rejected := sum(one["rejected"]):
            slug = one["source"]
            whose = f"of {slug}" if slug else "under no write key that is known"
            href = f"/console/sources/{slug}#rejected" if slug else "/console/sources#rejected"
            yield Concern(text=f"Rejected in the last hour: {rejected:,} {whose}.", href=href)


def _keys(keys: Sequence[Mapping[str, Any]], *, now: datetime) -> Iterator[Concern]:
    for one in keys:
        expires = one["expires_at"]
        if expires and now <= (end := datetime.fromisoformat(expires)) < now + KEYS_ABOUT_TO_EXPIRE:
            name = one["name"] or one["id"]
            yield Concern(text=f"The key {name} expires on {end:%Y-%m-%d}.", href="/console/keys")
