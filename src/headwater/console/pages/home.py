"""Home: what needs attention, and the flow as a picture of now; for newcomers the checklist, until it is done."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from headwater.console import attention, chart_period, flow_picture, questions, volume_charts
from headwater.console.pages import checklist
from headwater.console.time_chart import TimeChart
from headwater.console.visit import Page, Route, Visit

TITLE = "Home"
AT_HOME_EVENTS = 1_000  # who has sent so many is no newcomer, though nothing is delivered: the lake may be enough
LAST_HOUR = {"since": "59m", "step": "minute"}
LATELY = {"since": "4m", "step": "minute"}
FAILED_LATELY = {"state": "failed", "since": "1h", "limit": attention.MOST_ASKED}
NOT_ASKED: Mapping[str, Any] = {"action_deliveries": [], "chains": [], "keys": []}


async def show(visit: Visit) -> Page:
    """Show the picture, once something was delivered, very much came, or it is asked for; else the checklist."""
    first = await _first(visit)
    status: Mapping[str, Any] | None = first.said.get("status")
    is_done = status is None or any(one["delivered"] for one in status["deliver"]["destinations"])
    is_newcomer = status is not None and not is_done and status["log"]["events"] < AT_HOME_EVENTS
    if is_newcomer and visit.query.get("view") != "picture":
        return dataclasses.replace(await checklist.show(visit), title=TITLE)
    return Page(template="home.html", title=TITLE, names=await _names(visit, first, is_done=is_done))


async def show_parts(visit: Visit) -> Page:
    """Show what of it changes by itself, for the script that keeps it fresh."""
    names = await _names(visit, await _first(visit), is_done=True)
    return Page(template="home_parts.html", title=TITLE, names=names)


async def _first(visit: Visit) -> questions.Answers:
    """Ask for what decides which page is shown, and what else is asked."""
    return await questions.ask({"status": visit.api.get("/api/status")})


async def _others(visit: Visit, first: questions.Answers) -> questions.Answers:
    """Ask for all the rest at once: each is looked for on a thread of its own."""
    api, period = visit.api, chart_period.of(visit.query)
    charted = {"since": period.since, "step": period.step}
    asked = {
        "lake": api.get("/api/lake"),
        "events": api.get("/api/event-volume", **LAST_HOUR, types="false"),
        "deliveries": api.get("/api/delivery-volume", **LATELY),
        "events_then": api.get("/api/event-volume", **charted, types="false"),
        "deliveries_then": api.get("/api/delivery-volume", **charted),
        "sources": api.get("/api/sources"),
        "destinations": api.get("/api/destinations"),
        "failed_actions": api.get("/api/action-deliveries", **FAILED_LATELY),
    }
    if "status" in first.said:
        asked["actions"] = api.get(f"/projects/{first.said['status']['project']['id']}/actions")
    if visit.operator.may("keys.read"):
        asked["keys"] = api.get("/api/keys")
    return await questions.ask(asked)


async def _names(visit: Visit, first: questions.Answers, *, is_done: bool) -> dict[str, Any]:
    others = await _others(visit, first)
    said = {**first.said, **others.said}
    return {
        "is_done": is_done,
        "concerns": [*attention.unknown({**first.refused, **others.refused}), *_concerns(said)],
        "picture": _picture_or_none(said),
        "period": chart_period.of(visit.query),
        "periods": chart_period.PERIODS,
        "drawn": list(_drawn(said)),
    }


def _concerns(said: Mapping[str, Any]) -> list[attention.Concern]:
    return attention.concerns(
        status=said.get("status"),
        lake=said.get("lake"),
        events=said.get("events"),
        failed_actions=said.get("failed_actions", NOT_ASKED)["action_deliveries"],
        chains=said.get("actions", NOT_ASKED)["chains"],
        keys=said.get("keys", NOT_ASKED)["keys"],
    )


def _picture_or_none(said: Mapping[str, Any]) -> flow_picture.Picture | None:
    """Return the picture; None where it is not known what there is to draw."""
    if not {"status", "sources", "destinations"} <= said.keys():
        return None
    return flow_picture.picture(
        sources=said["sources"]["sources"],
        destinations=said["destinations"]["destinations"],
        status=said["status"],
        lake=said.get("lake"),
        events=said.get("events"),
        deliveries=said.get("deliveries"),
    )


def _drawn(said: Mapping[str, Any]) -> Iterator[TimeChart]:
    if "events_then" in said:
        yield volume_charts.of_sources(said["events_then"])
    if "deliveries_then" in said:
        yield volume_charts.of_destinations(said["deliveries_then"])


ROUTES = (Route(path="", work=show), Route(path="/picture", work=show_parts))
