"""/projects/{id}/identity-schemas (ours): a project's identity schemas one by one, each change a revision like any."""

from typing import Any

import msgspec
from litestar import Router, delete, get, put
from litestar.params import FromPath, FromQuery, JSONBody

from headwater.api import identity_schema_trials, project_document
from headwater.api.identity_schema_shape import SCHEMAS, encoded_url, find, listed, one_of
from headwater.api.project_desk import AnyRequest, Change, ProjectDesk
from headwater.core.errors import BadRequestError, ConflictError, NotFoundError
from headwater.identity.people import schema_people
from headwater.identity.people.presets import PRESETS
from headwater.web.access import needs

DEFAULT = "/services/identity/config/identity/default_schema_id"


class NoSuchIdentitySchemaError(NotFoundError):
    """The project has no identity schema of that id. `headwater list identity-schemas` shows which it has."""

    code = "no_such_identity_schema"


class IdentitySchemaInUseError(ConflictError):
    """People have this schema. Give them another one (`schema_id`), or delete them, before you take it away."""

    code = "identity_schema_in_use"


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a schema is to be: `schema` itself, or the `url` of one. What isn't named stays as it is.

    `revision` is the one that whoever asks has seen; if the project is at another by now, nothing is changed.
    """

    schema: dict[str, Any] | None = None
    url: str | None = None
    selfservice_selectable: bool | None = None
    default: bool = False
    revision: str | None = None


def routes(*, desk: ProjectDesk) -> list[Router]:
    @get("/", guards=[needs("projects.read")])
    async def every(request: AnyRequest, id_or_slug: FromPath[str]) -> dict[str, Any]:
        project = await desk.show(await desk.find(request, id_or_slug))
        return {"identity_schemas": listed(project), "presets": PRESETS, "revision_id": project["revision_id"]}

    @get("/{schema_id:str}", guards=[needs("projects.read")])
    async def one(request: AnyRequest, id_or_slug: FromPath[str], schema_id: FromPath[str]) -> dict[str, Any]:
        project = await desk.show(await desk.find(request, id_or_slug))
        return {**one_of(project, _place(project, schema_id)), "revision_id": project["revision_id"]}

    @put("/{schema_id:str}", guards=[needs("projects.write")])
    async def change(
        request: AnyRequest, id_or_slug: FromPath[str], schema_id: FromPath[str], data: JSONBody[Wanted]
    ) -> dict[str, Any]:
        def edit(shown: dict[str, Any]) -> dict[str, Any]:
            return project_document.patched(shown, _operations(shown, schema_id, data))

        wanted = Change(edit=edit, name="identity schema set", at=data.revision)
        return await desk.change(request, id_or_slug, wanted)

    @delete("/{schema_id:str}", guards=[needs("projects.write")], status_code=200)
    async def remove(
        request: AnyRequest,
        id_or_slug: FromPath[str],
        schema_id: FromPath[str],
        revision: FromQuery[str | None] = None,
    ) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        stored = one_of(shown := await desk.show(project), _place(shown, schema_id))["id"]
        used = await desk.database.read(lambda c: schema_people.count(c, stored, project_id=project.id))
        if used:
            raise IdentitySchemaInUseError(
                f"{used:,} {'person has' if used == 1 else 'people have'} the schema {stored!r}. Give them another one,"
                " or delete them, before you take it away.",
                people=used,
            )

        def edit(shown: dict[str, Any]) -> dict[str, Any]:
            gone = {"op": "remove", "path": f"{SCHEMAS}/{_place(shown, schema_id)}"}
            return project_document.patched(shown, [gone])

        return await desk.change(
            request, project.id, Change(edit=edit, name="identity schema removed", at=revision or None)
        )

    path = "/projects/{id_or_slug:str}"
    trials = identity_schema_trials.handlers(desk=desk)
    return [
        Router(f"{path}/identity-schemas", route_handlers=[every, one, change, remove]),
        Router(f"{path}/identity-schema-check", route_handlers=trials),
    ]


def _place(project: dict[str, Any], schema_id: str) -> int:
    place = find(project, schema_id)
    if place is None:
        known = ", ".join(one["id"] for one in listed(project))
        raise NoSuchIdentitySchemaError(f"The project has no identity schema {schema_id!r}; it has {known}.")
    return place


def _operations(shown: dict[str, Any], schema_id: str, wanted: Wanted) -> list[dict[str, Any]]:
    """Return the patch that makes a schema what is wanted, at the end of the list where there is none yet."""
    if wanted.schema is not None and wanted.url is not None:
        raise BadRequestError("Give the schema itself or a url of one, not both.")
    url = wanted.url if wanted.schema is None else encoded_url(wanted.schema)
    members: dict[str, Any] = {"url": url, "selfservice_selectable": wanted.selfservice_selectable}
    given = {name: value for name, value in members.items() if value is not None}
    place = find(shown, schema_id)
    if place is None:
        if url is None:
            raise BadRequestError(f"There is no schema {schema_id!r} yet: give `schema`, a JSON object, or `url`.")
        name = schema_id
        operations = [{"op": "add", "path": f"{SCHEMAS}/-", "value": {"id": name, **given}}]
    else:
        name = one_of(shown, place)["id"]
        operations = [{"op": "add", "path": f"{SCHEMAS}/{place}/{key}", "value": value} for key, value in given.items()]
    return [*operations, {"op": "add", "path": DEFAULT, "value": name}] if wanted.default else operations
