"""A destination changed: what would change is shown on its last events, before anything is saved."""

from collections.abc import Mapping
from typing import Any

from headwater.console import routing_form, settings_form, text_places, whole_numbers
from headwater.console.asking import ApiRefusalError
from headwater.console.pages import destination_form, destinations
from headwater.console.text_places import Remark
from headwater.console.visit import Elsewhere, Page, Route, Visit

TRIED = 5  # events, where nobody says how many
MOST_TRIED = 20


async def show(visit: Visit) -> Page:
    """Show the form with what is stored."""
    destination, sheet = await _found(visit)
    form = {
        "name": destination["name"],
        "last": str(TRIED),
        **routing_form.typed(destination),
        **settings_form.typed(sheet["fields"], destination["settings"]),
    }
    return await _form(visit, destination, sheet, form, destination["sources"])


async def save(visit: Visit) -> Elsewhere | Page:
    """Store what the form says."""
    destination, sheet = await _found(visit)
    wish = destination_form.wish(visit) | {"settings": settings_form.changed(sheet["fields"], visit.form)}
    if not destination["sources"]:
        del wish["sources"]  # a project's events come by themselves
    try:
        await visit.api.patch(f"/api/destinations/{destination['id']}", wish)
    except ApiRefusalError as refusal:
        return await _form(visit, destination, sheet, visit.form, visit.lists.get("source", []), refusal=refusal)
    return Elsewhere(path=f"{destinations.PATH}/{destination['id']}", notice="destination-changed")


async def preview(visit: Visit) -> Page:
    """Show the form again, and what its routing would make of the last events."""
    destination, sheet = await _found(visit)
    chosen = visit.lists.get("source", [])
    try:
        comparison = await _comparison(visit, destination["id"])
    except ApiRefusalError as refusal:
        return await _form(visit, destination, sheet, visit.form, chosen, refusal=refusal)
    return await _form(visit, destination, sheet, visit.form, chosen, comparison=comparison)


async def mapped(visit: Visit) -> Page:
    """Return the same as a piece of a page, for the script that asks while somebody types."""
    id_ = visit.path["destination"]
    comparison: Mapping[str, Any] | None = None
    try:
        comparison = await _comparison(visit, id_)
        remark = _failing(comparison, visit.form)
    except ApiRefusalError as refusal:
        found = destination_form.problems(refusal, visit.form)
        remark = text_places.first_remark(found or {"": refusal.message})
    names = {"comparison": comparison, "remark": remark}
    return Page(template="destination_comparison.html", title="What would change", names=names)


def _failing(comparison: Mapping[str, Any], form: Mapping[str, str]) -> Remark | None:
    """Return where a mapping fails for one of the events: of several, nothing says which one it is."""
    *filled, _ = routing_form.rows(form, routing_form.MAPPING)
    if len(filled) != 1:
        return None
    for pair in comparison["pairs"]:
        reason = pair["new"].get("reason") or ""
        if pair["new"]["state"] == "rejected" and (place := text_places.of(reason)):
            return Remark(field=f"mapping-{filled[0]}-template", text=reason, place=place, is_warning=True)
    return None


async def _comparison(visit: Visit, id_: str) -> dict[str, Any]:
    """Return what becomes of the last events as it is stored, and as it is typed."""
    typed = visit.form.get("last", "")
    last = min(max(int(typed), 1), MOST_TRIED) if whole_numbers.is_one(typed) else TRIED
    tested = f"/api/destinations/{id_}/test"
    new = await visit.api.post(tested, {"last": last, "show_events": True, **routing_form.wish(visit.form)})
    old = await visit.api.post(tested, {"last": last})
    before = {one["origin"]: one for one in old["results"]}
    pairs = [_pair(before[one["origin"]], one) for one in new["results"] if one["origin"] in before]
    return {"pairs": pairs, "changed": sum(one["is_changed"] for one in pairs), "mode": new["mode"]}


def _pair(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    is_same = all(old[key] == new[key] for key in ("state", "reason", "requests"))
    return {"old": old, "new": new, "is_changed": not is_same}


async def _found(visit: Visit) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    destination = await visit.api.get(f"/api/destinations/{visit.path['destination']}")
    sheet = await destinations.sheet_of(visit, destination["kind"])
    gone = {"name": destination["kind"], "title": destination["kind"], "fields": [], "actions": [], "docs": None}
    return destination, sheet or gone


async def _form(
    visit: Visit,
    destination: Mapping[str, Any],
    sheet: Mapping[str, Any],
    form: Mapping[str, str],
    chosen: list[str],
    *,
    refusal: ApiRefusalError | None = None,
    comparison: Mapping[str, Any] | None = None,
) -> Page:
    names = await destination_form.names(visit, sheet, form, chosen, refusal=refusal)
    names |= {"destination": destination, "comparison": comparison}
    names["kept"] = settings_form.kept(sheet["fields"], destination["settings"])
    return destination_form.page(f"Edit {destination['name']}", names, refusal=refusal)


AT = "/destinations/{destination}"
ROUTES = (
    Route(path=f"{AT}/edit", work=show),
    Route(path=AT, work=save, method="POST"),
    Route(path=f"{AT}/preview", work=preview, method="POST"),
    Route(path=f"{AT}/mapped", work=mapped, method="POST"),
)
