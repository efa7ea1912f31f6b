"""Where one event went: received, validated, decided step by step, mapped, each attempt, and what was said."""

from collections.abc import Mapping
from typing import Any

from headwater.console.asking import ApiRefusalError
from headwater.console.visit import Page, Route, Visit

# So many destinations are asked at once how they decide; for the others there is a link.
REHEARSED = 5
OF_NOBODY = ("DESTINATION_WAS_DELETED", "SOURCE_WAS_NOT_CONNECTED")


async def show(visit: Visit) -> Page:
    """Show the trace of `message_id`; without one, ask for it. `rehearse` is a destination to ask in any case."""
    message_id = visit.query.get("message_id", "").strip()
    source = visit.query.get("source", "").strip()
    names: dict[str, Any] = {"message_id": message_id, "source": source, "trace": None, "rehearsals": {}}
    if not message_id:
        return Page(template="trace.html", title="Trace", names=names)
    try:
        found = await visit.api.get("/api/trace", message_id=message_id, source=source, exchanges="true", event="true")
    except ApiRefusalError as refusal:
        return Page(template="trace.html", title="Trace", names=names, problem=refusal.message, status=refusal.status)
    names |= {"trace": found, "rehearsals": await _rehearsals(visit, found)}
    return Page(template="trace.html", title="Trace", names=names)


async def _rehearsals(visit: Visit, trace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each destination, as it is now, makes of the event: steps and mapped requests. Nothing is sent."""
    event = trace.get("event")
    if not isinstance(event, dict):
        return {}
    living = [one["destination"] for one in trace["deliveries"] if one.get("reason") not in OF_NOBODY]
    asked = dict.fromkeys([*living[:REHEARSED], *(one for one in living if one == visit.query.get("rehearse"))])
    return {each: await _rehearsed(visit, each, event, source=trace["source"]) for each in asked}


async def _rehearsed(visit: Visit, destination: str, event: Mapping[str, Any], *, source: str) -> Mapping[str, Any]:
    wish = {"events": [event], "source": source}
    try:
        tried = await visit.api.post(f"/api/destinations/{destination}/test", wish)
    except ApiRefusalError as refusal:
        return {"problem": refusal.message}
    result: Mapping[str, Any] = tried["results"][0]
    return result


ROUTES = (Route(path="/trace", work=show),)
