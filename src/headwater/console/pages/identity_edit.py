"""A person made or changed, by a form that their schema makes; what is refused is said at the field it is about."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from headwater.console import person_form, project_choice, text_places
from headwater.console.asking import ApiRefusalError
from headwater.console.pages.identities import PATH
from headwater.console.project_choice import Choice
from headwater.console.visit import Elsewhere, Page, Route, Visit

METADATA = ("metadata_public", "metadata_admin")
STATES = ("active", "inactive")
# Before the words Ory says where it is: I[#/traits/email] Enter a valid email address.
WHERE = re.compile(r"^I\[#[^\]]*\] ")
BAD_REQUEST = 400


async def show_new(visit: Visit) -> Page:
    """Show the form of a new person; `schema` says by which schema."""
    return await _form(visit, None)


async def create(visit: Visit) -> Elsewhere | Page:
    """Make somebody."""
    choice = await project_choice.of(visit)
    schema_id, schema = await _schema(choice, visit.form.get("schema_id", ""))
    wish, problems = _wish(visit.form, schema, before={})
    if problems:
        return await _form(visit, None, problems=problems)
    password = visit.form.get("password", "")
    owned = {"credentials": {"password": {"config": {"password": password}}}} if password else {}
    try:
        made = await choice.people.post("/admin/identities", {**wish, **owned, "schema_id": schema_id})
    except ApiRefusalError as refusal:
        return await _form(visit, None, refusal=refusal)
    return Elsewhere(path=choice.link(f"{PATH}/{made['id']}"), notice="identity-created")


async def show(visit: Visit) -> Page:
    """Show the form of somebody who is there."""
    choice = await project_choice.of(visit)
    return await _form(visit, await choice.people.get(_path(visit)))


async def save(visit: Visit) -> Elsewhere | Page:
    """Change somebody: what the form has, and nothing else of them."""
    choice = await project_choice.of(visit)
    path = _path(visit)
    person = await choice.people.get(path)
    _, schema = await _schema(choice, person["schema_id"])
    wish, problems = _wish(visit.form, schema, before=person["traits"])
    if problems:
        return await _form(visit, person, problems=problems)
    try:
        await choice.people.patch(path, _operations(person, wish))
    except ApiRefusalError as refusal:
        return await _form(visit, person, refusal=refusal)
    return Elsewhere(path=choice.link(f"{PATH}/{person['id']}"), notice="identity-changed")


async def _form(
    visit: Visit,
    person: Mapping[str, Any] | None,
    *,
    problems: Mapping[str, str] | None = None,
    refusal: ApiRefusalError | None = None,
) -> Page:
    choice = await project_choice.of(visit)
    wanted = person["schema_id"] if person else visit.form.get("schema_id") or visit.query.get("schema", "")
    every = await choice.people.get("/schemas")
    schema_id, schema = _one_of(every, wanted)
    fields = person_form.fields(schema, person["traits"] if person else {}, visit.form)
    said = _said(refusal, {one.name for one in fields}) if refusal else problems or {}
    shown = person or {}
    values = {
        "state": shown.get("state", STATES[0]),
        "external_id": shown.get("external_id", ""),
        **{name: _json(shown.get(name)) for name in METADATA},
    }
    names = {
        "choice": choice,
        "person": person,
        "schema_id": schema_id,
        "schemas": [one["id"] for one in every],
        "fields": fields,
        "values": {name: visit.form.get(name, value) for name, value in values.items()},
        "problems": said,
        "faults": text_places.every(said),
    }
    problem = WHERE.sub("", refusal.message) if refusal and not said else None
    status = refusal.status if refusal else BAD_REQUEST if said else 200
    title = "Change a person" if person else "New person"
    return Page(template="identity_form.html", title=title, names=names, problem=problem, status=status)


async def _schema(choice: Choice, schema_id: str) -> tuple[str, Mapping[str, Any]]:
    return _one_of(await choice.people.get("/schemas"), schema_id)


def _one_of(every: Sequence[Mapping[str, Any]], schema_id: str) -> tuple[str, Mapping[str, Any]]:
    """Return the schema of that name, the first one where there is none."""
    found = next((one for one in every if one["id"] == schema_id), every[0])
    return found["id"], found["schema"]


def _wish(
    form: Mapping[str, str], schema: Mapping[str, Any], *, before: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    traits, problems = person_form.typed(schema, form, before)
    wish = {"traits": traits, "state": form.get("state", STATES[0]), "external_id": form.get("external_id", "").strip()}
    for name in METADATA:
        wish[name] = person_form.json_or_problem(form.get(name, ""), name, problems)
    return {name: value for name, value in wish.items() if name != "external_id" or value}, problems


def _operations(person: Mapping[str, Any], wish: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what makes the person what the form says. A key that isn't there is added, one that is gone removed."""
    changed = {name: value for name, value in wish.items() if person.get(name) != value}
    operations = [
        {"op": "replace" if name in person else "add", "path": f"/{name}", "value": value}
        for name, value in changed.items()
    ]
    if "external_id" in person and "external_id" not in wish:
        operations.append({"op": "remove", "path": "/external_id"})
    return operations


def _said(refusal: ApiRefusalError, known: set[str]) -> dict[str, str]:
    path = str(refusal.details.get("path", "")).strip("/").replace("/", ".")
    names = known | {"state", "external_id", *METADATA}
    return {path: WHERE.sub("", refusal.message)} if path in names else {}


def _path(visit: Visit) -> str:
    return f"/admin/identities/{quote(visit.path['identity'], safe='')}"


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)


ROUTES = (
    Route(path="/identities/new", work=show_new),
    Route(path="/identities", work=create, method="POST"),
    Route(path="/identities/{identity}/edit", work=show),
    Route(path="/identities/{identity}/edit", work=save, method="POST"),
)
