"""A project: its identity-config as a document, compared before it is saved, and its revisions with the way back."""

import json
from typing import Any
from urllib.parse import quote

from headwater.console import hook_lists, json_places, project_choice, text_places
from headwater.console.asking import ApiRefusalError
from headwater.console.project_choice import Choice
from headwater.console.text_places import Remark
from headwater.console.visit import Elsewhere, Page, Route, Visit
from headwater.core.errors import BadRequestError

PATH = "/console/project"
REVISIONS = f"{PATH}/revisions"
CONFIG = "/services/identity/config"
FIELD = "config"
SHOWN = 20


async def show(visit: Visit) -> Page:
    """Show the document as it is."""
    return await _page(visit, await project_choice.of(visit))


async def compare(visit: Visit) -> Page:
    """Show what would be different, and whether it would be taken. Nothing is changed."""
    choice = await project_choice.of(visit)
    remark, checked = await _compared(visit, choice)
    return await _page(visit, choice, remark=remark, checked=checked)


async def compare_while_typing(visit: Visit) -> Page:
    """Return the same as a piece of a page, for the script that asks while somebody types."""
    remark, checked = await _compared(visit, await project_choice.of(visit))
    names = {"remark": remark, "checked": checked}
    return Page(template="project_check.html", title="What would be different", names=names)


async def save(visit: Visit) -> Elsewhere | Page:
    """Save it whole, if the project is still what the form was made from."""
    choice = await project_choice.of(visit)
    at = quote(visit.form.get("revision", ""), safe="")
    try:
        operation = {"op": "replace", "path": CONFIG, "value": _typed(visit)}
        answer = await visit.api.patch(f"/projects/{choice.id}/revision/{at}", [operation])
    except (BadRequestError, ApiRefusalError) as error:
        return await _page(visit, choice, remark=_remark(visit, error))
    if answer["warnings"]:
        return await _page(visit, choice, checked={"warnings": answer["warnings"], "changes": [], "valid": True})
    return Elsewhere(path=choice.link(PATH), notice="project-changed")


async def show_revisions(visit: Visit) -> Page:
    """List them, the newest first."""
    choice = await project_choice.of(visit)
    found = await visit.api.get(
        f"/projects/{choice.id}/revisions", page_size=SHOWN, page_token=visit.query.get("page_token")
    )
    following = found["next_page_token"]
    names = {
        "choice": choice,
        "revisions": found["revisions"],
        "older": choice.link(REVISIONS, page_token=following) if following else None,
    }
    return Page(template="revisions.html", title="Revisions", names=names)


async def show_revision(visit: Visit) -> Page:
    """Show what is different since one."""
    choice = await project_choice.of(visit)
    revision = quote(visit.path["revision"], safe="")
    found = await visit.api.get(f"/projects/{choice.id}/revisions/{revision}/diff")
    title = f"Since revision {found['from']['number']}"
    return Page(template="revision.html", title=title, names={"choice": choice, "found": found})


async def roll_back(visit: Visit) -> Elsewhere:
    """Make the project what it was."""
    choice = await project_choice.of(visit)
    await visit.api.post(f"/projects/{choice.id}/revisions/{quote(visit.path['revision'], safe='')}/rollback")
    return Elsewhere(path=choice.link(REVISIONS), notice="project-rolled-back")


async def _compared(visit: Visit, choice: Choice) -> tuple[Remark | None, dict[str, Any] | None]:
    """Return what is wrong with the document that was typed, and what the API says of it as far as it is one."""
    try:
        checked = await visit.api.post(f"/projects/{choice.id}/identity-config/check", _typed(visit))
    except (BadRequestError, ApiRefusalError) as error:
        return _remark(visit, error), None
    problem = checked["problem"]
    return (_at(visit, problem["message"], problem["path"]) if problem else None), checked


def _remark(visit: Visit, error: BadRequestError | ApiRefusalError) -> Remark:
    if isinstance(error, ApiRefusalError):
        return _at(visit, error.message, error.details.get("path"))
    return Remark(field=FIELD, text=error.message, place=text_places.of(error.message))


def _at(visit: Visit, message: str, pointer: Any) -> Remark:
    place = json_places.of(visit.form.get(FIELD, ""), pointer) if isinstance(pointer, str) else None
    return Remark(field=FIELD, text=message, place=place)


async def _page(
    visit: Visit, choice: Choice, *, remark: Remark | None = None, checked: dict[str, Any] | None = None
) -> Page:
    """Return the editor: after a form, with what was typed and what is to be said of it."""
    project = await visit.api.get(f"/projects/{choice.id}")
    stored = json.dumps(hook_lists.document_of(project), indent=2, ensure_ascii=False)
    names = {
        "choice": choice,
        "revision": visit.form.get("revision") or project["revision_id"],
        "text": visit.form.get(FIELD, stored),
        "wrong": remark,
        "checked": checked,
    }
    return Page(template="project.html", title="Project", names=names, status=400 if remark else 200)


def _typed(visit: Visit) -> dict[str, Any]:
    """Return the document that was typed. Raises BadRequestError."""
    try:
        document = json.loads(visit.form.get(FIELD, ""))
    except (ValueError, RecursionError) as error:
        where = f": {error}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadRequestError(f"This is no JSON{where}.") from error
    if not isinstance(document, dict):
        raise BadRequestError("The identity-config is a JSON object, {…}.")
    return document


ROUTES = (
    Route(path="/project", work=show),
    Route(path="/project", work=save, method="POST"),
    Route(path="/project/compare", work=compare, method="POST"),
    Route(path="/project/compared", work=compare_while_typing, method="POST"),
    Route(path="/project/revisions", work=show_revisions),
    Route(path="/project/revisions/{revision}", work=show_revision),
    Route(path="/project/revisions/{revision}/rollback", work=roll_back, method="POST"),
)
