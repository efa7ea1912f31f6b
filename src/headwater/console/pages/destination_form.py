"""The form of a destination, as a new one and a changed one share it: what it shows, asks for, and is refused for."""

from collections.abc import Mapping
from typing import Any

from headwater.console import routing_form, settings_form, text_places
from headwater.console.asking import ApiRefusalError
from headwater.console.visit import Page, Visit

LOOK = "Not saved: the API refuses what is marked below."
FILTER_ACTIONS = ("keep", "drop", "sample", "drop_properties", "allow_properties")


def wish(visit: Visit) -> dict[str, Any]:
    """Return what the form says of name, sources and routing."""
    return {
        "name": visit.form.get("name", ""),
        "sources": visit.lists.get("source", []),
        **routing_form.wish(visit.form),
    }


async def names(
    visit: Visit,
    sheet: Mapping[str, Any],
    form: Mapping[str, str],
    chosen: list[str],
    *,
    refusal: ApiRefusalError | None = None,
) -> dict[str, Any]:
    """Return what the template needs: `form` is what is typed, `chosen` the slugs that are ticked."""
    said = {} if refusal is None else problems(refusal, form)
    return {
        "sheet": sheet,
        "form": form,
        "chosen": chosen,
        "sources": (await visit.api.get("/api/sources"))["sources"],
        "problems": said,
        "faults": text_places.every(said),
        "mapping_rows": routing_form.rows(form, routing_form.MAPPING),
        "filter_rows": routing_form.rows(form, routing_form.FILTER),
        "filter_actions": FILTER_ACTIONS,
    }


def page(title: str, names: Mapping[str, Any], *, refusal: ApiRefusalError | None = None) -> Page:
    """Return the page. What was refused is said at its field, or on top where it is about none."""
    shown = {"comparison": None, **names}
    if refusal is None:
        return Page(template="destination_form.html", title=title, names=shown)
    problem = LOOK if names["problems"] else refusal.message
    return Page(template="destination_form.html", title=title, names=shown, problem=problem, status=refusal.status)


def problems(refusal: ApiRefusalError, form: Mapping[str, str]) -> dict[str, str]:
    """Return what was refused by the field it is about; {} where the API names none."""
    field, path = refusal.details.get("field"), refusal.details.get("path")
    if isinstance(path, str):
        return {routing_form.field_of(path, form): str(refusal.details.get("reason", refusal.message))}
    if isinstance(field, str):
        return {field if field in ("sources", "start") else settings_form.key_of(field): refusal.message}
    return {}
