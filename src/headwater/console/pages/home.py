"""Home: what needs attention, and the flow as a picture of now; for newcomers the checklist, until it is done."""

import asyncio
import dataclasses
from typing import Any

from headwater.console import attention, chart_period, flow_picture, volume_charts
from headwater.console.pages import checklist
from headwater.console.visit import Page, Route, Visit

TITLE = "Home"
AT_HOME_EVENTS = 1_000  # who has sent so many is no newcomer, though nothing is delivered: the lake may be enough
LAST_HOUR = {"since": "59m", "step": "minute"}
LATELY = {"since": "4m", "step": "minute"}


async def show(visit: Visit) -> Page:
    """Show the picture, once something was delivered, very much came, or it is asked for; else the checklist."""
    found = await _found(visit)
    status = found["status"]
    is_done = any(one["delivered"] for one in status["deliver"]["destinations"])
    is_newcomer = not is_done and status["log"]["events"] < AT_HOME_EVENTS
    if is_newcomer and visit.query.get("view") != "picture":
        return dataclasses.replace(await checklist.show(visit), title=TITLE)
    return Page(template="home.html", title=TITLE, names=await _names(visit, found, is_done=is_done))


async def show_parts(visit: Visit) -> Page:
    """Show what of it changes by itself, for the script that keeps it fresh."""
    return Page(template="home_parts.html", title=TITLE, names=await _names(visit, await _found(visit), is_done=True))


async def _found(visit: Visit) -> dict[str, Any]:
    """Return what the API says, all asked for at once: each is looked for on a thread of its own."""
    api, period = visit.api, chart_period.of(visit.query)
    charted = {"since": period.since, "step": period.step}
    home = (await api.get("/api/workspace"))["home_project_id"]
    asked = {
        "status": api.get("/api/status"),
        "lake": api.get("/api/lake"),
        "events": api.get("/api/event-volume", **LAST_HOUR, types="false"),
        "deliveries": api.get("/api/delivery-volume", **LATELY),
        "events_then": api.get("/api/event-volume", **charted, types="false"),
        "deliveries_then": api.get("/api/delivery-volume", **charted),
        "sources": api.get("/api/sources"),
        "destinations": api.get("/api/destinations"),
        "actions": api.get(f"/projects/{home}/actions"),
    }
    if visit.operator.may("keys.read"):
        asked["keys"] = api.get("/api/keys")
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


async def _names(visit: Visit, found: dict[str, Any], *, is_done: bool) -> dict[str, Any]:
    since = found["events"]["since"]
    failed = await visit.api.get("/api/action-deliveries", state="failed", since=since, limit=attention.MOST_ASKED)
    return {
        "is_done": is_done,
        "concerns": attention.concerns(
            status=found["status"],
            lake=found["lake"],
            events=found["events"],
            failed_actions=failed["action_deliveries"],
            chains=found["actions"]["chains"],
            keys=found["keys"]["keys"] if "keys" in found else [],
        ),
        "picture": flow_picture.picture(
            sources=found["sources"]["sources"],
            destinations=found["destinations"]["destinations"],
            status=found["status"],
            lake=found["lake"],
            events=found["events"],
            deliveries=found["deliveries"],
        ),
        "period": chart_period.of(visit.query),
        "periods": chart_period.PERIODS,
        "drawn": [
            volume_charts.of_sources(found["events_then"]),
            volume_charts.of_destinations(found["deliveries_then"]),
        ],
    }


ROUTES = (Route(path="", work=show), Route(path="/picture", work=show_parts))
