"""Replays of a destination: counted before they begin, how far each is, paused and cancelled."""

from collections.abc import Mapping
from typing import Any

from headwater.console.asking import ApiRefusalError
from headwater.console.pages import destinations
from headwater.console.visit import Elsewhere, Page, Route, Visit

OVER = ("finished", "cancelled")
TYPED = ("since", "until", "filter", "users", "requests_per_second")
FIELDS = {"bad_fql": "filter"}  # which field a refusal is about, by its code


async def show(visit: Visit) -> Page:
    """Show the form, and the replays that there were."""
    return await _page(visit, {"since": "1h"})


async def begin(visit: Visit) -> Elsewhere | Page:
    """Begin one; with `do=count` only tell how many events it is about."""
    id_ = visit.path["destination"]
    is_count = visit.form.get("do") == "count"
    try:
        made = await visit.api.post("/api/replays", {**_wish(visit), "dry_run": is_count})
    except ApiRefusalError as refusal:
        return await _page(visit, visit.form, refusal=refusal)
    if is_count:
        return await _page(visit, visit.form, counted=made)
    return Elsewhere(path=f"{destinations.PATH}/{id_}/replays", notice="replay-begun")


async def cancel(visit: Visit) -> Elsewhere:
    """End one."""
    return await _changed(visit, "cancel")


async def pause(visit: Visit) -> Elsewhere:
    """Let one wait."""
    return await _changed(visit, "pause")


async def resume(visit: Visit) -> Elsewhere:
    """Let one go on."""
    return await _changed(visit, "resume")


async def _changed(visit: Visit, verb: str) -> Elsewhere:
    await visit.api.post(f"/api/replays/{visit.path['replay']}/{verb}")
    return Elsewhere(path=f"{destinations.PATH}/{visit.path['destination']}/replays", notice=f"replay-{verb}")


def _wish(visit: Visit) -> dict[str, Any]:
    form = visit.form
    return {
        "destination": visit.path["destination"],
        "since": form.get("since", "").strip(),
        "until": form.get("until", "").strip() or None,
        "sources": visit.lists.get("source", []),
        "filter": form.get("filter", "").strip(),
        "users": [name.strip() for name in form.get("users", "").split("\n") if name.strip()],
        "requests_per_second": _number(form.get("requests_per_second", "").strip()),
    }


def _number(text: str) -> float | str | None:
    """Return a number; a text that is none as it is: the API says what it has to be."""
    try:
        return float(text) if text else None
    except ValueError:
        return text


async def _page(
    visit: Visit,
    form: Mapping[str, str],
    *,
    refusal: ApiRefusalError | None = None,
    counted: Mapping[str, Any] | None = None,
) -> Page:
    id_ = visit.path["destination"]
    destination = await visit.api.get(f"/api/destinations/{id_}")
    found = (await visit.api.get("/api/replays", destination=id_))["replays"]
    field = None if refusal is None else _field(refusal)
    names = {
        "destination": destination,
        "form": {**dict.fromkeys(TYPED, ""), **form},
        "chosen": visit.lists.get("source", []),
        "problems": {field: refusal.message} if refusal and field else {},
        "counted": counted,
        "replays": found,
        "is_going": any(one["state"] == "running" for one in found),
        "over": OVER,
    }
    title = f"Replays to {destination['name']}"
    if refusal is None:
        return Page(template="replays.html", title=title, names=names)
    problem = "Nothing is replayed: look at what is marked below." if field else refusal.message
    return Page(template="replays.html", title=title, names=names, problem=problem, status=refusal.status)


def _field(refusal: ApiRefusalError) -> str | None:
    first = refusal.message.partition(" ")[0]
    return FIELDS.get(refusal.reason_code) or (first if first in TYPED else None)


AT = "/destinations/{destination}/replays"
ROUTES = (
    Route(path=AT, work=show),
    Route(path=AT, work=begin, method="POST"),
    Route(path=f"{AT}/{{replay}}/cancel", work=cancel, method="POST"),
    Route(path=f"{AT}/{{replay}}/pause", work=pause, method="POST"),
    Route(path=f"{AT}/{{replay}}/resume", work=resume, method="POST"),
)
