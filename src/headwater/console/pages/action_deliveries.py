"""The delivery log of Actions: what fired for whom, what became of it; one with all that was told and answered."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from headwater.api.ages import BadMomentError
from headwater.console import project_choice
from headwater.console.asking import ApiRefusalError
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
NOTHING: Mapping[str, Any] = {"action_deliveries": [], "next": None, "is_cut": False, "not_kept": 0}


async def show_all(visit: Visit) -> Page:
    """Show the newest that are searched for, of all projects, a page at a time."""
    search = {name: text for name in SEARCHED if (text := visit.query.get(name, "").strip())}
    found, problem = NOTHING, None
    try:
        found = await visit.api.get("/api/action-deliveries", limit=SHOWN, before=visit.query.get("before"), **search)
    except ApiRefusalError as refusal:
        if refusal.reason_code != BadMomentError.code:
            raise
        problem = refusal
    names = {
        "choice": await project_choice.of(visit),
        "search": {**dict.fromkeys(SEARCHED, ""), **search},
        "states": STATES,
        "found": found,
        "since_problem": problem.message if problem else None,
    }
    status = problem.status if problem else 200
    return Page(template="action_deliveries.html", title="Action deliveries", names=names, status=status)


async def show(visit: Visit) -> Page:
    """Show one, whole for those who may see what hooks are told of people."""
    found = await visit.api.get(f"/api/action-deliveries/{quote(visit.path['trigger'], safe='')}")
    names = {"choice": await project_choice.of(visit), "found": found}
    return Page(template="action_delivery.html", title="Action delivery", names=names)


ROUTES = (
    Route(path="/actions/deliveries", work=show_all),
    Route(path="/actions/deliveries/{trigger}", work=show),
)
