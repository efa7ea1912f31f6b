"""Identity schemas of a project: what people have for traits, tried out, compared with who is there, changed."""

import json
from collections.abc import Mapping
from typing import Any

from headwater.console import person_form, project_choice, text_places
from headwater.console.asking import ApiRefusalError
from headwater.console.pages import project
from headwater.console.visit import Elsewhere, Page, Route, Visit

PATH = f"{project.PATH}/schemas"
LOOKED_AT = 1_000  # people, the newest
WAYS = {
    "password": "signs in with a password",
    "webauthn": "signs in with a security key",
    "passkey": "names the passkey",
    "totp": "names the authenticator",
    "code": "signs in with a code",
    "verification": "is verified",
    "recovery": "lets one back in",
}
IN_CONFIG = "/identity/schemas/"
BAD_REQUEST = 400


async def show_all(visit: Visit) -> Page:
    """List them."""
    choice = await project_choice.of(visit)
    found = await visit.api.get(f"/projects/{choice.id}/identity-schemas")
    names = {"choice": choice, "schemas": found["identity_schemas"]}
    return Page(template="identity_schemas.html", title="Identity schemas", names=names)


async def show(visit: Visit) -> Page:
    """Show one."""
    return await _one(visit)


async def check(visit: Visit) -> Page:
    """Show what would be different, whom it would leave out, and whether the traits fit. Nothing is changed."""
    choice = await project_choice.of(visit)
    wish, problems = wish_of(visit)
    traits = person_form.json_or_problem(visit.form.get("traits", ""), "traits", problems)
    if traits is not None and not isinstance(traits, dict):
        problems["traits"] = "The traits of a person are a JSON object, {…}."
    if problems:
        return await _one(visit, problems=problems)
    asked = {"id": visit.path["schema"], "traits": traits, "newest": LOOKED_AT}
    if visit.operator.may("projects.write"):
        asked["schema"] = wish["schema"]
    try:
        checked = await visit.api.post(f"/projects/{choice.id}/identity-schema-check", asked)
    except ApiRefusalError as refusal:
        return await _one(visit, refusal=refusal)
    if not checked["valid"]:
        return await _one(visit, problems={"schema": _without_place(checked["problem"]["message"], "/schema")})
    return await _one(visit, checked=checked)


async def save(visit: Visit) -> Elsewhere | Page:
    """Save it, if the project is still what the form was made from."""
    choice = await project_choice.of(visit)
    wish, problems = wish_of(visit)
    if problems:
        return await _one(visit, problems=problems)
    try:
        await visit.api.put(f"/projects/{choice.id}/identity-schemas/{visit.path['schema']}", wish)
    except ApiRefusalError as refusal:
        return await _one(visit, refusal=refusal)
    return Elsewhere(path=choice.link(f"{PATH}/{visit.path['schema']}"), notice="schema-changed")


async def remove(visit: Visit) -> Elsewhere | Page:
    """Take one away that nobody has."""
    choice = await project_choice.of(visit)
    path = f"/projects/{choice.id}/identity-schemas/{visit.path['schema']}"
    try:
        await visit.api.delete(path, revision=visit.form.get("revision", ""))
    except ApiRefusalError as refusal:
        return await _one(visit, problem=refusal.message, status=refusal.status)
    return Elsewhere(path=choice.link(PATH), notice="schema-deleted")


async def _one(
    visit: Visit,
    *,
    problems: Mapping[str, str] | None = None,
    refusal: ApiRefusalError | None = None,
    problem: str | None = None,
    status: int = 200,
    checked: Mapping[str, Any] | None = None,
) -> Page:
    """Return the page of one: after a form, with what was typed and what is wrong with it."""
    choice = await project_choice.of(visit)
    found = await visit.api.get(f"/projects/{choice.id}/identity-schemas/{visit.path['schema']}")
    is_typed = "schema" in visit.form
    said = problems or {}
    if refusal is not None:
        said = said_of(refusal)
        problem, status = None if said else refusal.message, refusal.status
    names = {
        "choice": choice,
        "found": found,
        "at": f"{PATH}/{found['encoded_id']}",
        "revision": visit.form.get("revision") or found["revision_id"],
        "schema": visit.form.get("schema", as_json(found["schema"])),
        "traits": visit.form.get("traits", as_json(found["sample"])),
        "selectable": "selectable" in visit.form if is_typed else found["selfservice_selectable"],
        "default": "default" in visit.form if is_typed else found["is_default"],
        "ways": WAYS,
        "problems": said,
        "faults": text_places.every(said),
        "checked": checked,
    }
    status = BAD_REQUEST if said and status < BAD_REQUEST else status
    return Page(template="identity_schema.html", title=found["id"], names=names, problem=problem, status=status)


def wish_of(visit: Visit) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what the form says of a schema, and what is wrong with it by field."""
    problems: dict[str, str] = {}
    document = person_form.json_or_problem(visit.form.get("schema", ""), "schema", problems)
    if visit.operator.may("projects.write") and not problems and not isinstance(document, dict):
        problems["schema"] = "A schema is a JSON object, {…}."
    wish = {
        "schema": document,
        "selfservice_selectable": "selectable" in visit.form,
        "default": "default" in visit.form,
        "revision": visit.form.get("revision") or None,
    }
    return wish, problems


def said_of(refusal: ApiRefusalError) -> dict[str, str]:
    """Return what was refused by the field it is about; {} where that is none of the form's."""
    path = str(refusal.details.get("path", ""))
    field = {"id": "id", "url": "schema"}.get(path.rpartition("/")[2])
    is_ours = path == "/id" or path.startswith(IN_CONFIG)
    return {field: _without_place(refusal.message, path)} if field and is_ours else {}


def _without_place(message: str, path: str) -> str:
    """Return a refusal that begins with where in a document something is, without that: it stands at its field."""
    return f"This {message.removeprefix(path).strip()}" if message.startswith(f"{path} ") else message


def as_json(value: Any) -> str:
    """Return it as somebody may read and change it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


AT = "/project/schemas"
ROUTES = (
    Route(path=AT, work=show_all),
    Route(path=f"{AT}/{{schema}}", work=show),
    Route(path=f"{AT}/{{schema}}", work=save, method="POST"),
    Route(path=f"{AT}/{{schema}}/check", work=check, method="POST"),
    Route(path=f"{AT}/{{schema}}/delete", work=remove, method="POST"),
)
