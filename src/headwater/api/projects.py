"""/projects: Ory's console API of projects. A change is JSON Patch on the whole document, or a PUT of services."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, delete, get, patch, post, put
from litestar.params import Body, FromPath, JSONBody
from sqlalchemy import Connection

from headwater.api import console_shapes, project_document
from headwater.api.project_desk import AnyRequest, Change, ProjectDesk
from headwater.core.errors import BadRequestError
from headwater.web.access import may_see, needs
from headwater.workspace import projects
from headwater.workspace.projects import Project

PATCHED, SET = "patched", "set"

Anything = Annotated[Any, Body()]


class NewProject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a project is made from. `home_region` is a label: everything is where this server is."""

    name: str
    environment: str = projects.DEFAULT_ENVIRONMENT
    home_region: str = projects.DEFAULT_HOME_REGION
    workspace_id: str | None = None


def routes(
    *, desk: ProjectDesk, new_config: Callable[[], dict[str, Any]], forget_mail: Callable[[Project], Awaitable[None]]
) -> list[Router]:
    """`new_config` is the identity-config that a project starts with; `forget_mail` removes what it captured."""

    @get("/projects", guards=[needs("projects.read")])
    async def every(request: AnyRequest) -> list[dict[str, Any]]:
        workspace = await desk.workspace()
        known = await desk.database.read(projects.every)
        return [
            console_shapes.project_metadata(one, workspace_id=workspace.id)
            for one in known
            if may_see(request, one.id)
        ]

    @post("/projects", guards=[needs("projects.create")])
    async def create(request: AnyRequest, data: JSONBody[NewProject]) -> dict[str, Any]:
        workspace = await desk.workspace()
        if data.workspace_id not in (None, workspace.id):
            raise BadRequestError(f"There is one workspace here, {workspace.id}; leave workspace_id out, or name that.")
        made = await desk.database.write(lambda connection: _create(connection, request, data, new_config()))
        return await desk.show(made)

    @get("/projects/{id_or_slug:str}", guards=[needs("projects.read")])
    async def one(request: AnyRequest, id_or_slug: FromPath[str]) -> dict[str, Any]:
        return await desk.show(await desk.find(request, id_or_slug))

    @patch("/projects/{id_or_slug:str}", guards=[needs("projects.write")])
    async def change(request: AnyRequest, id_or_slug: FromPath[str], data: Anything) -> dict[str, Any]:
        return await desk.change(request, id_or_slug, _patch(data))

    @patch("/projects/{id_or_slug:str}/revision/{revision_id:str}", guards=[needs("projects.write")])
    async def change_at(
        request: AnyRequest, id_or_slug: FromPath[str], revision_id: FromPath[str], data: Anything
    ) -> dict[str, Any]:
        return await desk.change(request, id_or_slug, _patch(data, at=revision_id.lower()))

    @put("/projects/{id_or_slug:str}", guards=[needs("projects.write")])
    async def replace(request: AnyRequest, id_or_slug: FromPath[str], data: Anything) -> dict[str, Any]:
        wanted = Change(edit=lambda shown: project_document.replaced(shown, data), name=SET)
        return await desk.change(request, id_or_slug, wanted)

    @delete("/projects/{id_or_slug:str}", guards=[needs("projects.delete")])
    async def remove(request: AnyRequest, id_or_slug: FromPath[str]) -> None:
        found = await desk.find(request, id_or_slug)
        await desk.database.write(lambda connection: projects.remove(connection, found))
        await forget_mail(found)

    return [Router("/", route_handlers=[every, create, one, change, change_at, replace, remove])]


def _create(
    connection: Connection, request: Request[Any, Any, Any], data: NewProject, config: dict[str, Any]
) -> Project:
    return projects.create(
        connection,
        data.name,
        identity_config=config,
        clock=desk.clock,
    )


def _patch(operations: Any, *, at: str | None = None) -> Change:
    return Change(edit=lambda shown: project_document.patched(shown, operations), name=PATCHED, at=at)
