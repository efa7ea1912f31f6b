"""From nothing to the first event delivered: which steps are done, and what to do for the next one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from headwater.console import snippets
from headwater.console.visit import Feed, Page, Route, Visit

LOOKED_AT = 100  # deliveries, the newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is there of each step; None where it is to be done. `tried` is the newest attempt, while none arrived."""

    source: Mapping[str, Any] | None
    event: Mapping[str, Any] | None
    destination: Mapping[str, Any] | None
    delivery: Mapping[str, Any] | None
    tried: Mapping[str, Any] | None = None

    @property
    def current(self) -> str | None:
        """The first step that isn't done."""
        for name in ("source", "event", "destination", "delivery"):
            if getattr(self, name) is None:
                return name
        return None


async def show(visit: Visit) -> Page:
    """Show how far it is."""
    newest = await visit.api.get("/api/events", limit=1)
    steps = await _steps(visit, newest["events"])
    source = steps.source
    key = source["write_keys"][-1]["key"] if source and source["write_keys"] else None
    names = {
        "steps": steps,
        "after": newest["head"],
        "status": await visit.api.get("/api/status"),
        "tool": snippets.tool(),
        "snippets": snippets.of(url=visit.home, key=key, slug=source["slug"]) if source and key else [],
    }
    return Page(template="checklist.html", title="First steps", names=names)


async def feed(visit: Visit) -> Feed:
    """Tell when an event comes behind the offset `after`: the page then looks again."""
    return Feed(pieces=visit.api.stream("/api/events/tail", after=visit.query.get("after")))


async def _steps(visit: Visit, events: list[dict[str, Any]]) -> Steps:
    sources = (await visit.api.get("/api/sources"))["sources"]
    destinations = (await visit.api.get("/api/destinations"))["destinations"]
    deliveries = (await visit.api.get("/api/deliveries", limit=LOOKED_AT))["deliveries"] if destinations else []
    delivered = [one for one in deliveries if one["outcome"] == "delivered"]
    return Steps(
        source=_first(sources),
        event=_first(events),
        destination=_first(destinations),
        delivery=_first(delivered),
        tried=None if delivered else _first(deliveries),
    )


def _first(found: list[dict[str, Any]]) -> dict[str, Any] | None:
    return found[0] if found else None


ROUTES = (Route(path="/start", work=show), Route(path="/start/feed", work=feed))
