"""The delivery log of Actions: what fired for whom, what became of it; one with all that was told and answered."""

from urllib.parse import quote

from headwater.console import project_choice
from headwater.console.visit import Page, Route, Visit

SEARCHED = ("identity", "flow", "action", "state", "since")
STATES = (
    "delivered",
    "failed",
    "interrupted",
    "cancelled",
    "not_rendered",
    "pending",
    "retrying",
    "rejected",
    "not_authorised",
)
SHOWN = 50
PATH = "/console/actions/deliveries"


async def show_all(visit: Visit) -> Page:
    """Show the newest that are searched for, of all projects, a page at a time."""
    search = {name: text for name in SEARCHED if (text := visit.query.get(name, "").strip())}
    found = await visit.api.get("/api/action-deliveries", limit=SHOWN, before=visit.query.get("before"), **search)
    names = {
        "choice": await project_choice.of(visit),
        "search": {**dict.fromkeys(SEARCHED, ""), **search},
        "states": STATES,
        "found": found,
    }
    return Page(template="action_deliveries.html", title="Action deliveries", names=names)


async def show(visit: Visit) -> Page:
    """Show one, whole for those who may see what hooks are told of people."""
    found = await visit.api.get(f"/api/action-deliveries/{quote(visit.path['trigger'], safe='')}")
    names = {"choice": await project_choice.of(visit), "found": found}
    return Page(template="action_delivery.html", title="Action delivery", names=names)


ROUTES = (
    Route(path="/actions/deliveries", work=show_all),
    Route(path="/actions/deliveries/{trigger}", work=show),
)
