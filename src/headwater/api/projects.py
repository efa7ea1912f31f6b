"""/projects: Ory's console API of projects, seen, made and deleted. `project_changes` has what changes one."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from headwater.api import config_trial, project_changes
from headwater.api.project_desk import AnyRequest, ProjectDesk
from headwater.core.errors import BadRequestError
from headwater.identity.config.defaults import default_document
from headwater.identity.courier import clearing
from headwater.web.access import may_see, needs
from headwater.workspace import projects
from headwater.workspace.projects import Project


class NewProject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a project is made from. `home_region` is a label: everything is where this server is."""

    name: str
    environment: str = projects.DEFAULT_ENVIRONMENT
    home_region: str = projects.DEFAULT_HOME_REGION
    workspace_id: str | None = None


def routes(*, desk: ProjectDesk, mail_folder: Path, follow: Callable[[], Awaitable[None]]) -> Router:
    """`mail_folder` is where captured mail is. `follow` returns once whoever delivers has heard of a change."""

    @get("/", guards=[needs("projects.read")])
    async def every(request: AnyRequest) -> list[dict[str, Any]]:
        workspace = await desk.workspace()
        known = await desk.database.read(projects.every)
        return [desk.summary(one, workspace) for one in known if may_see(request, one.id)]

    @post("/", guards=[needs("projects.create")])
    async def create(request: AnyRequest, data: JSONBody[NewProject]) -> dict[str, Any]:
        workspace = await desk.workspace()
        if data.workspace_id not in (None, workspace.id):
            raise BadRequestError(f"There is one workspace here, {workspace.id}; leave workspace_id out, or name that.")

        def store(connection: Connection) -> Project:
            return projects.create(
                connection,
                data.name,
                identity_config=default_document(),
                clock=desk.clock,
                environment=data.environment,
                home_region=data.home_region,
                author=desk.author(connection, request),
            )

        return await desk.show(await desk.database.write(store))

    @get("/{id_or_slug:str}", guards=[needs("projects.read")])
    async def one(request: AnyRequest, id_or_slug: FromPath[str]) -> dict[str, Any]:
        return await desk.show(await desk.find(request, id_or_slug))

    @delete("/{id_or_slug:str}", guards=[needs("projects.delete")])
    async def remove(request: AnyRequest, id_or_slug: FromPath[str]) -> None:
        found = await desk.find(request, id_or_slug)

        def erase(connection: Connection) -> list[Path]:
            captured = clearing.files_of(connection, found.id, folder=mail_folder)
            projects.remove(connection, found)
            return captured

        await asyncio.to_thread(clearing.remove, await desk.database.write(erase))
        await follow()

    others = [*project_changes.handlers(desk=desk), *config_trial.handlers(desk=desk)]
    return Router("/projects", route_handlers=[every, create, one, remove, *others])
