"""/projects/{id}/actions: which Actions run when (`explain`), and one of them tried out (`test action`)."""

from typing import Any

import msgspec
from litestar import Request, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from headwater.actions import explain
from headwater.api import finding_projects
from headwater.api.action_trials import Trials, Wish
from headwater.core.errors import ForbiddenError
from headwater.store.database import Database
from headwater.web import access
from headwater.web.access import may, needs
from headwater.web.audit.audited import Audited

SENT = Audited(counted="results")  # what was sent of whom, and answered, is none of the audit log's business
Incoming = Request[Any, Any, Any]


def routes(*, database: Database, trials: Trials) -> Router:
    """`/projects/{id}/actions`, for who may look at the project. To send, one has to be able to change it."""

    @get("/projects/{id_or_slug:str}/actions", guards=[needs("projects.read")])
    async def effective(
        request: Incoming,
        id_or_slug: FromPath[str],
        *,
        flow: FromQuery[str | None] = None,
        method: FromQuery[str | None] = None,
    ) -> dict[str, Any]:
        """Return the effective chains, each in the order in which it runs."""
        project = await finding_projects.find(database, request, id_or_slug)
        found = explain.explain(project.identity_config, flow=flow, method=method)
        return {"project": project.id, **msgspec.to_builtins(found)}

    @post("/projects/{id_or_slug:str}/actions/test", guards=[needs("projects.read")], status_code=200)
    async def tried(request: Incoming, id_or_slug: FromPath[str], data: JSONBody[Wish]) -> dict[str, Any]:
        """Try an Action out. Only with `send` does anything leave."""
        project = await finding_projects.find(database, request, id_or_slug)
        if data.reaches_out and not may(request, "projects.write"):
            raise ForbiddenError(
                "To send a test, or to try Jsonnet that isn't embedded as base64://, needs an admin's key."
            )
        if data.last is not None and not may(request, "action-bodies.read"):
            raise ForbiddenError("What hooks were told of people is for operators; a viewer's key can try samples.")
        if data.send:
            await access.write_down(request, "projects.write", audited=SENT)
        return await trials.run(project, data)

    return Router("/", route_handlers=[effective, tried])
