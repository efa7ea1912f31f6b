"""/projects/{id}/identity-schemas (ours): a project's identity schemas one by one, each change a revision like any."""

from typing import Any

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from headwater.api import identity_schema_edits as edits
from headwater.api import identity_schema_trials
from headwater.api.identity_schema_edits import New, Wanted
from headwater.api.identity_schema_shape import listed, one_of
from headwater.api.project_desk import AnyRequest, Change, ProjectDesk
from headwater.core.errors import ConflictError
from headwater.identity.people import schema_people
from headwater.identity.people.presets import PRESETS
from headwater.web.access import needs
from headwater.workspace.projects import Project

PATH = "/projects/{id_or_slug:str}"


class IdentitySchemaInUseError(ConflictError):
    """People have this schema. Give them another one (`schema_id`), or delete them, before you take it away."""

    code = "identity_schema_in_use"


def routes(*, desk: ProjectDesk) -> list[Router]:
    @get("/", guards=[needs("projects.read")])
    async def every(request: AnyRequest, id_or_slug: FromPath[str]) -> dict[str, Any]:
        project = await desk.show(await desk.find(request, id_or_slug))
        return {"identity_schemas": listed(project), "presets": PRESETS, "revision_id": project["revision_id"]}

    @post("/", guards=[needs("projects.write")])
    async def create(request: AnyRequest, id_or_slug: FromPath[str], data: JSONBody[New]) -> dict[str, Any]:
        change = Change(edit=edits.adding(data), name="identity schema added", at=data.revision)
        return await desk.change(request, id_or_slug, change)

    @get("/{schema_id:str}", guards=[needs("projects.read")])
    async def one(request: AnyRequest, id_or_slug: FromPath[str], schema_id: FromPath[str]) -> dict[str, Any]:
        project = await desk.show(await desk.find(request, id_or_slug))
        return {**one_of(project, edits.place_of(project, schema_id)), "revision_id": project["revision_id"]}

    @put("/{schema_id:str}", guards=[needs("projects.write")])
    async def replace(
        request: AnyRequest, id_or_slug: FromPath[str], schema_id: FromPath[str], data: JSONBody[Wanted]
    ) -> dict[str, Any]:
        change = Change(edit=edits.setting(schema_id, data), name="identity schema set", at=data.revision)
        return await desk.change(request, id_or_slug, change)

    @delete("/{schema_id:str}", guards=[needs("projects.write")], status_code=200)
    async def remove(
        request: AnyRequest,
        id_or_slug: FromPath[str],
        schema_id: FromPath[str],
        revision: FromQuery[str | None] = None,
    ) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        await _require_unused(desk, project, schema_id)
        change = Change(edit=edits.removing(schema_id), name="identity schema removed", at=revision or None)
        return await desk.change(request, project.id, change)

    return [
        Router(f"{PATH}/identity-schemas", route_handlers=[every, create, one, replace, remove]),
        Router(f"{PATH}/identity-schema-check", route_handlers=identity_schema_trials.handlers(desk=desk)),
    ]


async def _require_unused(desk: ProjectDesk, project: Project, schema_id: str) -> None:
    """Raise IdentitySchemaInUseError, with how many people have it.

    Who signs up between this look and the change is not lost: they are read by the default schema.
    """
    shown = await desk.show(project)
    stored = one_of(shown, edits.place_of(shown, schema_id))["id"]
    used = await desk.database.read(lambda c: schema_people.count(c, stored, project_id=project.id))
    if used:
        who = "1 person has" if used == 1 else f"{used:,} people have"
        raise IdentitySchemaInUseError(
            f"{who} the schema {stored!r}. Give them another one, or delete them, before you take it away.", people=used
        )
