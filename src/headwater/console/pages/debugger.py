"""Events as they come: the newest ones, searched, and the live stream of the same search."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from headwater.console.visit import Feed, Page, Route, Visit

SEARCHED = ("source", "type", "name", "user", "text")
TYPES = ("identify", "track", "page", "screen", "group", "alias")
SHOWN = 50
FAR = 1_000_000  # events that are looked through where somebody asks for it


async def show(visit: Visit) -> Page:
    """Show the newest events that are searched for; with a script they go on by themselves."""
    search = searched(visit.query)
    scan = FAR if "far" in visit.query else None
    found = await visit.api.get("/api/events", limit=SHOWN, before=visit.query.get("before"), scan=scan, **search)
    names = {
        "search": {**dict.fromkeys(SEARCHED, ""), **search},
        "is_search": bool(search),
        "found": found,
        "sources": (await visit.api.get("/api/sources"))["sources"],
        "types": TYPES,
        "feed": f"/console/debugger/feed?{urlencode(search)}",
        "older": _older(found, search),
        "is_live": "before" not in visit.query,
    }
    return Page(template="debugger.html", title="Debugger", names=names)


async def feed(visit: Visit) -> Feed:
    """Stream what is searched for; `after` goes on behind that offset."""
    wishes = searched(visit.query)
    return Feed(pieces=visit.api.stream("/api/events/tail", after=visit.query.get("after"), **wishes))


def searched(query: Mapping[str, str]) -> dict[str, str]:
    """Return what of a query is searched for."""
    return {name: text for name in SEARCHED if (text := query.get(name, "").strip())}


def _older(found: Mapping[str, Any], search: Mapping[str, str]) -> str | None:
    """Return where it goes on: far back where the newest events had less than a page."""
    if found["next"] is None:
        return None
    far = {"far": "1"} if found["is_cut"] else {}
    return f"/console/debugger?{urlencode({**search, 'before': found['next'], **far})}"


ROUTES = (Route(path="/debugger", work=show), Route(path="/debugger/feed", work=feed))
