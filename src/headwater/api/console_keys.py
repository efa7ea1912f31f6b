"""/projects/{id}/tokens and /workspaces/{id}/tokens: Ory's API keys. A key's value is shown when it is made, once."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from headwater.api import console_shapes, workspaces
from headwater.api.project_desk import AnyRequest, ProjectDesk
from headwater.core.errors import NotFoundError
from headwater.web import access
from headwater.web.access import needs
from headwater.web.audit.audited import Audited
from headwater.workspace import keys
from headwater.workspace.keys import Key

# What Ory's keys may do: everything of their project or workspace. `role` (ours) makes a lesser one.
DEFAULT_ROLE = "admin"


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key is made from. Without `expires_at` it is good until it is deleted."""

    name: str
    expires_at: datetime | None = None
    role: str = DEFAULT_ROLE


def routes(*, desk: ProjectDesk) -> list[Router]:
    return [_of_projects(desk), _of_workspaces(desk)]


def _of_projects(desk: ProjectDesk) -> Router:
    @post("/", guards=[needs("project-keys.write")])
    async def create(request: AnyRequest, id_or_slug: FromPath[str], data: JSONBody[NewKey]) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        return await _create(desk, request, data, project_id=project.id)

    @get("/", guards=[needs("project-keys.read")])
    async def every(request: AnyRequest, id_or_slug: FromPath[str]) -> list[dict[str, Any]]:
        project = await desk.find(request, id_or_slug)
        return await _shown(desk, await desk.database.read(lambda connection: keys.of_project(connection, project.id)))

    @delete("/{token_id:str}", guards=[needs("project-keys.write", audited=Audited(above=1))])
    async def remove(request: AnyRequest, id_or_slug: FromPath[str], token_id: FromPath[str]) -> None:
        project = await desk.find(request, id_or_slug)
        await _revoke(desk, token_id, project_id=project.id)

    return Router("/projects/{id_or_slug:str}/tokens", route_handlers=[create, every, remove])


def _of_workspaces(desk: ProjectDesk) -> Router:
    @post("/", guards=[needs("keys.write")])
    async def create(request: AnyRequest, workspace_id: FromPath[str], data: JSONBody[NewKey]) -> dict[str, Any]:
        await workspaces.found_or_refused(desk, workspace_id)
        return await _create(desk, request, data, project_id=None)

    @get("/", guards=[needs("keys.read")])
    async def every(workspace_id: FromPath[str]) -> list[dict[str, Any]]:
        await workspaces.found_or_refused(desk, workspace_id)
        return await _shown(desk, await desk.database.read(keys.of_workspace))

    @delete("/{token_id:str}", guards=[needs("keys.write", audited=Audited(above=1))])
    async def remove(workspace_id: FromPath[str], token_id: FromPath[str]) -> None:
        await workspaces.found_or_refused(desk, workspace_id)
        await _revoke(desk, token_id, project_id=None)

    return Router("/workspaces/{workspace_id:str}/tokens", route_handlers=[create, every, remove])


async def _create(desk: ProjectDesk, request: AnyRequest, data: NewKey, *, project_id: str | None) -> dict[str, Any]:
    workspace = await desk.workspace()

    def store(connection: Connection) -> tuple[Key, str]:
        return keys.create(
            connection,
            name=data.name,
            role=data.role,
            project_id=project_id,
            clock=desk.clock,
            expires_at=data.expires_at,
            maker_id=access.key_of(request),
        )

    key, token = await desk.database.write(store)
    return console_shapes.api_key(key, workspace_id=workspace.id, token=token)


async def _shown(desk: ProjectDesk, found: list[Key]) -> list[dict[str, Any]]:
    workspace = await desk.workspace()
    return [console_shapes.api_key(key, workspace_id=workspace.id) for key in found]


async def _revoke(desk: ProjectDesk, token_id: str, *, project_id: str | None) -> None:
    """Revoke a key of one project, or of the workspace, and of nobody else. Raises NotFoundError."""

    def revoke(connection: Connection) -> None:
        there = keys.of_workspace(connection) if project_id is None else keys.of_project(connection, project_id)
        if token_id.lower() not in [key.id for key in there]:
            raise NotFoundError(f"There is no key {token_id!r} here. `headwater list keys` shows which there are.")
        keys.revoke(connection, token_id.lower(), clock=desk.clock)

    await desk.database.write(revoke)
