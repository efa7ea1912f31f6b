"""The flow as a picture: sources, the log, what reads from it, destinations; each with its rate, lag and health. Pure.

Of very many those are drawn that ail, then the busiest; the others are a number and a link.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headwater.console import lane_health, shown_numbers
from headwater.console.lane_health import BAD, GOOD, OFF, WAITING, Health

DRAWN = 8  # of each side
LATELY_MINUTES = 5
FEW = 10  # a minute: below, tenths are told
IDENTITY = "identity"
HEIGHT = 1_000  # of the drawing of edges, in its own units; it is stretched to the lists beside it
WEIGHTS = (0, 10, 100, 1_000)  # from so many events a minute on an edge is a class wider
UNITS = ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"))
TWICE = 2
RANKS = {BAD: 0, WAITING: 1, GOOD: 2, OFF: 3}
WELL = Health(kind=GOOD)
SWITCHED_OFF = Health(kind=OFF, word="off")
UNKNOWN = Health(kind=BAD, word="not known")

Volumes = Mapping[str, Mapping[str, Any]] | None  # what is counted over time, by whose it is; None where nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One thing that events pass. `rate` is a minute's, of late; None where there is none to tell."""

    title: str
    href: str
    health: Health
    rate: float | None = None
    facts: Sequence[str] = ()

    @property
    def shown_rate(self) -> str | None:
        """The rate as people read it."""
        if self.rate is None:
            return None
        return f"{self.rate:.1f}" if 0 < self.rate < FEW else f"{round(self.rate):,}"

    @property
    def weight(self) -> int:
        """How wide its edge is."""
        return sum((self.rate or 0) > least for least in WEIGHTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The nodes of one side; `more` are not drawn."""

    nodes: Sequence[Node]
    more: int

    @property
    def edges(self) -> list[tuple[float, Node]]:
        """How high each node's edge begins."""
        return [(round((place + 0.5) * HEIGHT / len(self.nodes), 1), node) for place, node in enumerate(self.nodes)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All of it."""

    sources: Side
    identity: Node | None
    log: Node
    readers: Sequence[Node]
    destinations: Side
    height: int = HEIGHT


def picture(
    *,
    sources: Sequence[Mapping[str, Any]],
    destinations: Sequence[Mapping[str, Any]],
    status: Mapping[str, Any],
    lake: Mapping[str, Any] | None,
    events: Mapping[str, Any] | None,
    deliveries: Mapping[str, Any] | None,
) -> Picture:
    """Return the picture. `events` and `deliveries` are volumes by the minute, up to now. None: not known."""
    came = {one["source"]: one for one in events["sources"]} if events else None
    went = {one["destination"]: one for one in deliveries["destinations"]} if deliveries else None
    metrics = {one["destination"]: one for one in status["deliver"]["destinations"]}
    return Picture(
        sources=_side([_source(one, came) for one in sources]),
        identity=_identity(status, came),
        log=_log(status, came),
        readers=[*_lake(status, lake), *(_warehouse(one) for one in status["warehouses"])],
        destinations=_side([_destination(one, metrics.get(one["id"]), went) for one in destinations]),
    )


def lately(counts: Sequence[int]) -> float:
    """Return how many a minute there were in the last minutes."""
    return sum(counts[-LATELY_MINUTES:]) / LATELY_MINUTES


def _side(nodes: Sequence[Node]) -> Side:
    chosen = sorted(nodes, key=lambda one: (RANKS[one.health.kind], -(one.rate or 0)))[:DRAWN]
    return Side(nodes=chosen, more=len(nodes) - len(chosen))


def _rate(volumes: Volumes, name: str, counted: str) -> float | None:
    if volumes is None:
        return None
    return lately(volumes[name][counted]) if name in volumes else 0


def _source(source: Mapping[str, Any], came: Volumes) -> Node:
    volume = came.get(source["slug"]) if came else None
    rejected = sum(volume["rejected"]) if volume else 0
    health = Health(kind=WAITING, word=f"{rejected:,} rejected") if rejected else WELL
    return Node(
        title=source["name"],
        href=f"/console/sources/{source['slug']}",
        health=health if source["enabled"] else SWITCHED_OFF,
        rate=_rate(came, source["slug"], "events"),
    )


def _destination(destination: Mapping[str, Any], metrics: Mapping[str, Any] | None, went: Volumes) -> Node:
    lane = metrics["lane"] if metrics else None
    facts = [] if destination["mode"] == "live" else [destination["mode"]]
    if lane and lane["lag"]:
        facts.append(f"lag {lane['lag']:,}")
    if lane and (waited := round(lane["lag_seconds"] or 0)):
        facts.append(f"{_waited(waited)} behind")
    return Node(
        title=destination["name"],
        href=f"/console/destinations/{destination['id']}",
        health=lane_health.of(metrics) if destination["enabled"] else SWITCHED_OFF,
        rate=_rate(went, destination["id"], "delivered"),
        facts=facts,
    )


def _waited(seconds: int) -> str:
    """Return how long that is, in the largest unit that it is two of."""
    size, unit = next((one for one in UNITS if seconds >= TWICE * one[0]), UNITS[-1])
    return f"{seconds // size:,} {unit}"


def _identity(status: Mapping[str, Any], came: Volumes) -> Node | None:
    if "identity" not in status["roles"]:
        return None
    queued = status["deliver"]["actions"]
    facts = [f"{queued['retrying']:,} Actions retrying"] if queued["retrying"] else []
    return Node(
        title="Identity and Actions",
        href="/console/actions",
        health=lane_health.of(queued),
        rate=_rate(came, IDENTITY, "events"),
        facts=facts,
    )


def _log(status: Mapping[str, Any], came: Volumes) -> Node:
    rate = None if came is None else sum(lately(one["events"]) for one in came.values())
    held = status["log"]["held_back_by"]
    health = Health(kind=WAITING, word="held back") if held else WELL
    return Node(
        title="Log",
        href="/console/system",
        health=health,
        rate=rate,
        facts=[shown_numbers.counted(status["log"]["events"], "event")],
    )


def _lake(status: Mapping[str, Any], lake: Mapping[str, Any] | None) -> Iterable[Node]:
    if "lake" not in status["roles"]:
        return
    if lake is None:
        yield Node(title="Lake", href="/console/lake/tables", health=UNKNOWN)
        return
    facts = [shown_numbers.counted(lake["events"], "event")]
    if lake["lag"]:
        facts.append(f"lag {lake['lag']:,}")
    health = Health(kind=BAD, word="stands still") if lake["reason"] else WELL
    yield Node(title="Lake", href="/console/lake/tables", health=health, facts=facts)


def _warehouse(warehouse: Mapping[str, Any]) -> Node:
    failed = warehouse["failed_in_a_row"]
    health = Health(kind=BAD if warehouse["notice"] else WAITING, word=f"{failed} syncs failed") if failed else WELL
    last = warehouse["last_success_at"]
    facts = [f"synced {last[:16].replace('T', ' ')}" if last else "not synced yet"]
    return Node(title=warehouse["name"], href="/console/lake/tables", health=health, facts=facts)
