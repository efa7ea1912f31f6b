"""A new destination: its kind chosen from the catalogue, and a form made from that kind's sheet."""

from collections.abc import Mapping
from typing import Any

from headwater.console import settings_form
from headwater.console.asking import ApiRefusalError
from headwater.console.pages import destination_form, destinations
from headwater.console.visit import Elsewhere, Page, Route, Visit


async def show_new(visit: Visit) -> Page:
    """Show the catalogue, or with `kind` its form; `source` is ticked."""
    name = visit.query.get("kind", "")
    if not name:
        return await _catalogue(visit)
    sheet = await _sheet(visit, name)
    if sheet is None:
        return await _catalogue(visit, problem=f"There is no kind {name!r} here.", status=404)
    form = {"name": "", "mode": "live", "start": "now", **settings_form.typed(sheet["fields"], {})}
    source = visit.query.get("source")
    return await _form(visit, sheet, form, [source] if source else await _only_source(visit))


async def create(visit: Visit) -> Elsewhere | Page:
    """Make it, and show it."""
    sheet = await _sheet(visit, visit.form.get("kind", ""))
    if sheet is None:
        return await _catalogue(visit, problem="Choose a kind first.", status=400)
    wish = {
        "kind": sheet["name"],
        "start": visit.form.get("start", "").strip() or "now",
        **destination_form.wish(visit),
        "name": visit.form.get("name", "").strip() or None,
        "settings": settings_form.new(sheet["fields"], visit.form),
    }
    try:
        made = await visit.api.post("/api/destinations", wish)
    except ApiRefusalError as refusal:
        return await _form(visit, sheet, visit.form, visit.lists.get("source", []), refusal=refusal)
    return Elsewhere(path=f"{destinations.PATH}/{made['id']}", notice="destination-created")


async def _form(
    visit: Visit,
    sheet: Mapping[str, Any],
    form: Mapping[str, str],
    chosen: list[str],
    *,
    refusal: ApiRefusalError | None = None,
) -> Page:
    names = await destination_form.names(visit, sheet, form, chosen, refusal=refusal)
    return destination_form.page(
        f"New destination: {sheet['title']}", {**names, "destination": None, "kept": {}}, refusal=refusal
    )


async def _catalogue(visit: Visit, *, problem: str | None = None, status: int = 200) -> Page:
    every = (await visit.api.get("/api/destination-kinds"))["destination_kinds"]
    text, category = visit.query.get("q", "").strip(), visit.query.get("category", "")
    names = {
        "kinds": [one for one in every if _fits(one, text.casefold(), category)],
        "categories": sorted({one["category"] for one in every}),
        "q": text,
        "category": category,
        "source": visit.query.get("source", ""),
    }
    return Page(template="destination_kinds.html", title="New destination", names=names, problem=problem, status=status)


def _fits(kind: Mapping[str, Any], text: str, category: str) -> bool:
    said = " ".join((kind["name"], kind["title"], kind["summary"], kind["category"])).casefold()
    return text in said and category in ("", kind["category"])


async def _sheet(visit: Visit, name: str) -> Mapping[str, Any] | None:
    return await destinations.sheet_of(visit, name)


async def _only_source(visit: Visit) -> list[str]:
    """Return the one source that there is: nobody has to choose it."""
    found = (await visit.api.get("/api/sources"))["sources"]
    return [one["slug"] for one in found] if len(found) == 1 else []


ROUTES = (
    Route(path="/destinations/new", work=show_new),
    Route(path="/destinations", work=create, method="POST"),
)
