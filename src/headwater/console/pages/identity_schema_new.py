"""A new identity schema, which begins as one of the presets."""

from collections.abc import Mapping

from headwater.console import project_choice, text_places
from headwater.console.asking import ApiRefusalError
from headwater.console.pages import identity_schemas as schemas
from headwater.console.visit import Elsewhere, Page, Route, Visit


async def show_new(visit: Visit) -> Page:
    """Show the form of a new one, which begins as a preset."""
    return await _new(visit)


async def create(visit: Visit) -> Elsewhere | Page:
    """Add one."""
    choice = await project_choice.of(visit)
    wish, problems = schemas.wish_of(visit)
    if problems:
        return await _new(visit, problems=problems)
    try:
        wish = {"id": visit.form.get("id", "").strip(), **wish}
        await visit.api.post(f"/projects/{choice.id}/identity-schemas", wish)
    except ApiRefusalError as refusal:
        return await _new(visit, refusal=refusal)
    return Elsewhere(path=choice.link(schemas.PATH), notice="schema-created")


async def _new(
    visit: Visit, *, problems: Mapping[str, str] | None = None, refusal: ApiRefusalError | None = None
) -> Page:
    choice = await project_choice.of(visit)
    listed = await visit.api.get(f"/projects/{choice.id}/identity-schemas")
    preset = visit.query.get("preset", "")
    beginning = listed["presets"].get(preset) or next(iter(listed["presets"].values()))
    said = problems or (schemas.said_of(refusal) if refusal else {})
    names = {
        "choice": choice,
        "presets": list(listed["presets"]),
        "preset": preset,
        "id": visit.form.get("id", ""),
        "revision": visit.form.get("revision") or listed["revision_id"],
        "schema": visit.form.get("schema", schemas.as_json(beginning)),
        "selectable": "selectable" in visit.form,
        "default": "default" in visit.form,
        "problems": said,
        "faults": text_places.every(said),
    }
    problem = refusal.message if refusal and not said else None
    status = refusal.status if refusal else schemas.BAD_REQUEST if said else 200
    return Page(
        template="identity_schema_new.html", title="New identity schema", names=names, problem=problem, status=status
    )


ROUTES = (
    Route(path=schemas.AT, work=create, method="POST"),
    Route(path=f"{schemas.AT}/new", work=show_new),
)
