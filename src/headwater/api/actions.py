"""/projects/{id}/actions: which Actions run when (`explain`)."""

from typing import Any

import msgspec
from litestar import Request, Router, get
from litestar.params import FromPath, FromQuery

from headwater.actions import explain
from headwater.core.errors import ForbiddenError
from headwater.store.database import Database
from headwater.web.access import may_see, needs
from headwater.workspace import projects

Incoming = Request[Any, Any, Any]


def routes(*, database: Database) -> Router:
    """`/projects/{id}/actions`, for who may look at the project."""

    async def find(request: Incoming, id_or_slug: str) -> projects.Project:
        found = await database.read(lambda connection: projects.get(connection, id_or_slug))
        if not may_see(request, found.id):
            raise ForbiddenError("This key belongs to another project.")
        return found

    @get("/projects/{id_or_slug:str}/actions", guards=[needs("projects.read")])
    async def effective(
        request: Incoming,
        id_or_slug: FromPath[str],
        *,
        flow: FromQuery[str | None] = None,
        method: FromQuery[str | None] = None,
    ) -> dict[str, Any]:
        """Return the effective chains, each in the order in which it runs."""
        project = await find(request, id_or_slug)
        found = explain.explain(project.identity_config, flow=flow, method=method)
        return {"project": project.id, **msgspec.to_builtins(found)}

    return Router("/", route_handlers=[effective])
