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
    """Show the picture, once something was delivered or much came, or where it is asked for; else the checklist."""
    status = await visit.api.get("/api/status")
    is_done = any(one["delivered"] for one in status["deliver"]["destinations"])
    is_newcomer = not is_done and status["log"]["events"] < AT_HOME_EVENTS
    if is_newcomer and visit.query.get("view") != "picture":
        return dataclasses.replace(await checklist.show(visit), title=TITLE)
    return Page(template="home.html", title=TITLE, names=await _names(visit, status, is_done=is_done))


async def show_parts(visit: Visit) -> Page:
    """Show what of it changes by itself, for the script that keeps it fresh."""
    status = await visit.api.get("/api/status")
    return Page(template="home_parts.html", title=TITLE, names=await _names(visit, status, is_done=True))


async def _names(visit: Visit, status: dict[str, Any], *, is_done: bool) -> dict[str, Any]:
    api, period = visit.api, chart_period.of(visit.query)
    charted = {"since": period.since, "step": period.step}
    events, deliveries, events_then, deliveries_then, sources, destinations, lake, chains = await asyncio.gather(
        api.get("/api/event-volume", **LAST_HOUR),
        api.get("/api/delivery-volume", **LATELY),
        api.get("/api/event-volume", **charted),
        api.get("/api/delivery-volume", **charted),
        api.get("/api/sources"),
        api.get("/api/destinations"),
        api.get("/api/lake"),
        api.get(f"/projects/{status['project']['id']}/actions"),
    )
    failed = await api.get("/api/action-deliveries", state="failed", since=events["since"], limit=attention.MOST_ASKED)
    keys = (await api.get("/api/keys"))["keys"] if visit.operator.may("keys.read") else []
    return {
        "is_done": is_done,
        "concerns": attention.concerns(
            status=status,
            lake=lake,
            events=events,
            failed_actions=failed["action_deliveries"],
            chains=chains["chains"],
            keys=keys,
        ),
        "picture": flow_picture.picture(
            sources=sources["sources"],
            destinations=destinations["destinations"],
            status=status,
            lake=lake,
            events=events,
            deliveries=deliveries,
        ),
        "period": period,
        "periods": chart_period.PERIODS,
        "drawn": [volume_charts.of_sources(events_then), volume_charts.of_destinations(deliveries_then)],
    }


ROUTES = (Route(path="", work=show), Route(path="/picture", work=show_parts))
