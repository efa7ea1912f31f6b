"""Actions: what runs in each flow, as it really runs, and one web_hook: where it runs, its settings, made, deleted."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from headwater.console import action_chains, action_form, hook_lists, project_choice, signing_form, text_places
from headwater.console.asking import ApiRefusalError
from headwater.console.project_choice import Choice
from headwater.console.visit import Elsewhere, Page, Route, Visit
from headwater.core.errors import NotFoundError

PATH = "/console/actions"
ONE = f"{PATH}/one"
ROOT = "/services/identity/config"
WEB_HOOK = "web_hook"
RECENT = 5
BAD_REQUEST = 400


async def show_all(visit: Visit) -> Page:
    """Show the chains; with `check`, what the linter says of the configuration as it is."""
    choice = await project_choice.of(visit)
    found = await visit.api.get(f"/projects/{choice.id}/actions")
    names = {
        "choice": choice,
        "flows": action_chains.flows(found["chains"]),
        "notes": found["notes"],
        "warnings": await _warnings(visit, choice) if "check" in visit.query else None,
    }
    return Page(template="actions.html", title="Actions", names=names)


async def show(visit: Visit) -> Page:
    """Show one Action. `on` is a firing to try it on."""
    return await page(visit, visit.query.get("path", ""))


async def save(visit: Visit) -> Elsewhere | Page:
    """Save its settings, if the configuration is still what the form was made from."""
    choice = await project_choice.of(visit)
    path = visit.form.get("path", "")
    _, item = await stored(visit, choice, path)
    config, problems = action_form.typed(visit.form, item["config"])
    if problems:
        return await page(visit, path, problems=problems)
    try:
        warnings = await patch(visit, choice, {"op": "replace", "path": f"{ROOT}{path}/config", "value": config})
    except ApiRefusalError as refusal:
        return await page(visit, path, refusal=refusal)
    about = [one for one in warnings if path in one["message"]]
    if about:
        return await page(visit, path, warnings=about)
    return Elsewhere(path=choice.link(ONE, path=path), notice="action-changed")


async def show_new(visit: Visit) -> Page:
    """Show the form of a new one."""
    return await _new(visit)


async def create(visit: Visit) -> Elsewhere | Page:
    """Put a web_hook at the end of a list."""
    choice = await project_choice.of(visit)
    config, problems = action_form.typed(visit.form, {})
    if problems:
        return await _new(visit, problems=problems)
    place = visit.form.get("place", "")
    hook = {"hook": WEB_HOOK, "config": config}
    try:
        await patch(visit, choice, {"op": "add", "path": f"{ROOT}{place}/-", "value": hook})
    except ApiRefusalError as refusal:
        return await _new(visit, refusal=refusal)
    document = await _document(visit, choice)
    made = len(hook_lists.at(document, place) or ()) - 1
    return Elsewhere(path=choice.link(ONE, path=f"{place}/{made}"), notice="action-created")


async def remove(visit: Visit) -> Elsewhere | Page:
    """Take one out of its list."""
    choice = await project_choice.of(visit)
    path = visit.form.get("path", "")
    try:
        await patch(visit, choice, {"op": "remove", "path": f"{ROOT}{path}"})
    except ApiRefusalError as refusal:
        return await page(visit, path, refusal=refusal)
    return Elsewhere(path=choice.link(PATH), notice="action-deleted")


async def stored(visit: Visit, choice: Choice, path: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the project and the web_hook at `path`. Raises NotFoundError."""
    project = await visit.api.get(f"/projects/{choice.id}")
    item = hook_lists.at(hook_lists.document_of(project), path)
    if not isinstance(item, dict) or item.get("hook") != WEB_HOOK:
        raise NotFoundError(f"There is no web_hook at {path or 'no path'}: the configuration has changed. Look again.")
    return project, item


async def page(
    visit: Visit,
    path: str,
    *,
    problems: Mapping[str, str] | None = None,
    refusal: ApiRefusalError | None = None,
    problem: str | None = None,
    **more: Any,
) -> Page:
    """Return the page of one Action: after a form, with what was typed and what is wrong with it."""
    choice = await project_choice.of(visit)
    project, item = await stored(visit, choice, path)
    chains = (await visit.api.get(f"/projects/{choice.id}/actions"))["chains"]
    recent = await visit.api.get("/api/action-deliveries", action=path, project=choice.id, limit=RECENT)
    places = action_chains.places_of(chains, path)
    wrong = said(problems, refusal)
    names = {
        "choice": choice,
        "path": path,
        "revision": visit.form.get("revision") or project["revision_id"],
        "config": item["config"],
        "fields": action_form.again(visit.form) if "url" in visit.form else action_form.shown(item["config"]),
        "signing": signing_form.shown(item["config"].get("signing") or {}, visit.form),
        "neighbours": hook_lists.neighbours(hook_lists.document_of(project), path),
        "triggers": places,
        "methods": list(dict.fromkeys(one["method"] for one in places if one["method"])),
        "recent": recent["action_deliveries"],
        "problems": wrong,
        "faults": text_places.every(wrong),
        "trial": {"on": visit.query.get("on", "sample"), **visit.form},
        "result": None,
        "warnings": (),
        **more,
    }
    problem = refusal.message if refusal and not wrong else problem
    status = refusal.status if refusal else BAD_REQUEST if wrong or problem else 200
    title = item["config"].get("id") or "Action"
    return Page(template="action.html", title=title, names=names, problem=problem, status=status)


async def _new(
    visit: Visit, *, problems: Mapping[str, str] | None = None, refusal: ApiRefusalError | None = None
) -> Page:
    choice = await project_choice.of(visit)
    project = await visit.api.get(f"/projects/{choice.id}")
    wrong = said(problems, refusal)
    names = {
        "choice": choice,
        "revision": visit.form.get("revision") or project["revision_id"],
        "fields": action_form.again(visit.form) if "url" in visit.form else action_form.shown(action_form.NEW),
        "lists": hook_lists.every(hook_lists.document_of(project)),
        "place": visit.form.get("place", "/selfservice/flows/registration/after/hooks"),
        "problems": wrong,
        "faults": text_places.every(wrong),
    }
    problem = refusal.message if refusal and not wrong else None
    status = refusal.status if refusal else BAD_REQUEST if wrong else 200
    return Page(template="action_new.html", title="New Action", names=names, problem=problem, status=status)


async def patch(visit: Visit, choice: Choice, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Change the project at the revision that the form has seen, and return the linter's warnings."""
    revision = visit.form.get("revision", "")
    answer = await visit.api.patch(f"/projects/{choice.id}/revision/{quote(revision, safe='')}", [operation])
    found: list[dict[str, Any]] = answer["warnings"]
    return found


async def _warnings(visit: Visit, choice: Choice) -> list[dict[str, Any]]:
    checked = await visit.api.post(f"/projects/{choice.id}/identity-config/check", await _document(visit, choice))
    problem = [checked["problem"]] if checked["problem"] else []
    return [*problem, *checked["warnings"]]


async def _document(visit: Visit, choice: Choice) -> dict[str, Any]:
    return hook_lists.document_of(await visit.api.get(f"/projects/{choice.id}"))


def said(problems: Mapping[str, str] | None, refusal: ApiRefusalError | None) -> Mapping[str, str]:
    """Return what is wrong by field; {} where the API names none."""
    field = action_form.field_of(str(refusal.details.get("path", ""))) if refusal else None
    return {field: refusal.message} if refusal and field else problems or {}


ROUTES = (
    Route(path="/actions", work=show_all),
    Route(path="/actions/one", work=show),
    Route(path="/actions/one", work=save, method="POST"),
    Route(path="/actions/new", work=show_new),
    Route(path="/actions/new", work=create, method="POST"),
    Route(path="/actions/delete", work=remove, method="POST"),
)
