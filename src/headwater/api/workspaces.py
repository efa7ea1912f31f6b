"""/workspaces: Ory's console API of workspaces, of which there is one here."""

from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery

from headwater.api import console_pages, shapes
from headwater.api.project_desk import AnyRequest, ProjectDesk
from headwater.core.errors import ConflictError, NotFoundError
from headwater.web.access import may_see, needs
from headwater.workspace import projects
from headwater.workspace.workspaces import Workspace


def routes(*, desk: ProjectDesk) -> Router:
    @get("/", guards=[needs("projects.read")])
    async def every() -> dict[str, Any]:
        try:
            shown = [shapes.workspace(await desk.workspace())]
        except NotFoundError:
            shown = []
        return {"workspaces": shown, "has_next_page": False, "next_page_token": ""}

    @post("/", guards=[needs("workspace.write")])
    async def create() -> None:
        found = await desk.workspace()
        raise ConflictError(
            f"There is one workspace on a server, {found.name!r} ({found.id}), and all projects are in it."
            " For another one start a server with another data folder: `headwater serve --data DIR`."
        )

    @get("/{workspace_id:str}", guards=[needs("projects.read")])
    async def one(workspace_id: FromPath[str]) -> dict[str, Any]:
        return shapes.workspace(await found_or_refused(desk, workspace_id))

    @get("/{workspace_id:str}/projects", guards=[needs("projects.read")])
    async def its_projects(
        request: AnyRequest,
        workspace_id: FromPath[str],
        page_size: FromQuery[int | None] = None,
        page_token: FromQuery[str | None] = None,
    ) -> dict[str, Any]:
        workspace = await found_or_refused(desk, workspace_id)
        known = [one for one in await desk.database.read(projects.every) if may_see(request, one.id)]
        page, following = console_pages.page_of(
            known, [one.id for one in known], page_size=page_size, page_token=page_token
        )
        return {
            "projects": [desk.summary(one, workspace) for one in page],
            "has_next_page": bool(following),
            "next_page": following,
            "next_page_token": following,
        }

    return Router("/workspaces", route_handlers=[every, create, one, its_projects])


async def found_or_refused(desk: ProjectDesk, workspace_id: str) -> Workspace:
    """Return the workspace that is meant, by its id or its name. Raises NotFoundError."""
    found = await desk.workspace()
    if workspace_id not in (found.id, found.name):
        raise NotFoundError(f"There is no workspace {workspace_id!r}; there is one here, {found.id}.")
    return found
