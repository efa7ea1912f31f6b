"""The audit log: who changed what, when, and what was there before and after."""

from typing import Any
from urllib.parse import urlencode

from headwater.console.asking import ApiRefusalError
from headwater.console.visit import Page, Route, Visit

PATH = "/console/audit"
SHOWN = 50
SEARCHED = ("who", "path", "since")


async def show_all(visit: Visit) -> Page:
    """Show the newest entries that are searched for, a page at a time."""
    search = {name: visit.query.get(name, "").strip() for name in SEARCHED}
    names: dict[str, Any] = {"search": search, "entries": [], "older": None, "problems": {}}
    try:
        found = await visit.api.get("/api/audit", limit=SHOWN, before_number=visit.query.get("before_number"), **search)
    except ApiRefusalError as refusal:
        if "since" not in refusal.message:
            raise
        names["problems"] = {"since": refusal.message}
        return Page(template="audit.html", title="Audit", names=names, status=refusal.status)
    older = None if found["next"] is None else f"{PATH}?{urlencode({**search, 'before_number': found['next']})}"
    return Page(template="audit.html", title="Audit", names={**names, "entries": found["entries"], "older": older})


async def show(visit: Visit) -> Page:
    """Show one entry with what is different."""
    found = await visit.api.get(f"/api/audit/{visit.path['number']}")
    return Page(template="audit_entry.html", title=f"Change {found['number']}", names={"entry": found})


ROUTES = (Route(path="/audit", work=show_all), Route(path="/audit/{number:int}", work=show))
