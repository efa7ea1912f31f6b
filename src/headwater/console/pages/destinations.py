"""Destinations: how each is doing, what it is set up to do, and what became of its newest events."""

from collections.abc import Mapping
from typing import Any

from headwater.console import chart_period, volume_charts
from headwater.console.visit import Elsewhere, Page, Route, Visit

PATH = "/console/destinations"
SHOWN = 20  # deliveries a page
COUNTED = 5_000  # dead letters are looked through for what they have in common
GROUPS = 10  # of dead letters, by what they have in common


async def show_all(visit: Visit) -> Page:
    """List them, each with how it is doing."""
    metrics = await visit.api.get("/api/destination-metrics")
    names = {
        "destinations": (await visit.api.get("/api/destinations"))["destinations"],
        "metrics": {one["destination"]: one for one in metrics["destinations"]},
        "unknown": metrics["lanes_unknown_because"],
        "waiting": await waiting(visit),
    }
    return Page(template="destinations.html", title="Destinations", names=names)


async def show(visit: Visit) -> Page:
    """Show one: `before` goes on in its deliveries."""
    id_ = visit.path["destination"]
    destination = await visit.api.get(f"/api/destinations/{id_}")
    found = await visit.api.get("/api/deliveries", destination=id_, limit=SHOWN, before=visit.query.get("before"))
    dead = await visit.api.get("/api/dead-letters/counts", destination=id_, newest=COUNTED)
    sheet = await sheet_of(visit, destination["kind"])
    period = chart_period.of(visit.query)
    volume = await visit.api.get("/api/delivery-volume", destination=id_, since=period.since, step=period.step)
    names = {
        "destination": destination,
        "sheet": sheet,
        "settings": _settings(sheet, destination["settings"]),
        "metrics": await visit.api.get(f"/api/destinations/{id_}/metrics"),
        "period": period,
        "periods": chart_period.PERIODS,
        "charts_over_time": volume_charts.of_destination(volume),
        "dead": {**dead, "counts": dead["counts"][:GROUPS]},
        "deliveries": found["deliveries"],
        "next": found["next"],
    }
    return Page(template="destination.html", title=destination["name"], names=names)


async def switch(visit: Visit) -> Elsewhere:
    """Switch it on or off."""
    id_ = visit.path["destination"]
    await visit.api.patch(f"/api/destinations/{id_}", {"enabled": visit.form.get("to") == "on"})
    return Elsewhere(path=f"{PATH}/{id_}", notice="destination-changed")


async def remove(visit: Visit) -> Elsewhere:
    """Delete it. What was delivered stays in each event's trace."""
    await visit.api.delete(f"/api/destinations/{visit.path['destination']}")
    return Elsewhere(path=PATH, notice="destination-deleted")


async def sheet_of(visit: Visit, kind: str) -> Mapping[str, Any] | None:
    """Return what a kind says of itself, None for one that isn't there (any more)."""
    sheets = (await visit.api.get("/api/destination-kinds"))["destination_kinds"]
    return next((one for one in sheets if one["name"] == kind), None)


async def waiting(visit: Visit) -> dict[str, int]:
    """Return how many dead letters wait to be sent again, by destination."""
    found = (await visit.api.get("/api/dead-letters/waiting"))["waiting"]
    return {one["destination"]: one["marked"] + one["in_line"] for one in found}


def _settings(sheet: Mapping[str, Any] | None, settings: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the settings in the order of the form, each with what people call it."""
    labels = {one["name"]: one["label"] for one in sheet["fields"]} if sheet else {}
    known = [(label, settings[name]) for name, label in labels.items() if name in settings]
    return known + [(name, value) for name, value in settings.items() if name not in labels]


ROUTES = (
    Route(path="/destinations", work=show_all),
    Route(path="/destinations/{destination}", work=show),
    Route(path="/destinations/{destination}/switch", work=switch, method="POST"),
    Route(path="/destinations/{destination}/delete", work=remove, method="POST"),
)
