"""/projects and /workspaces: Ory's console API, as far as `ory patch|get identity-config` goes in this release."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from litestar import Request, Router, get, patch
from litestar.params import Body, FromPath

from headwater.api import shapes
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError, ForbiddenError
from headwater.core.secrets import Sealer
from headwater.store.database import Database
from headwater.web.access import may_see, needs
from headwater.workspace import json_patch, projects, workspaces

# What Ory's console API lets nobody change by a patch.
FIXED = ("id", "slug", "revision_id", "state", "environment", "home_region", "hosts", "created_at", "updated_at")
KEPT = ("name", "services", "cors_admin", "cors_public", "organizations")

AnyRequest = Request[Any, Any, Any]
Check = Callable[[dict[str, Any]], Awaitable[list[dict[str, str]]]]


def routes(*, database: Database, clock: Clock, sealer: Sealer, check: Check) -> list[Router]:
    """`check` refuses a bad identity-config and returns warnings for a doubtful one."""

    async def find(request: AnyRequest, id_or_slug: str) -> projects.Project:
        found = await database.read(lambda connection: projects.get(connection, id_or_slug))
        if not may_see(request, found.id):
            raise ForbiddenError("This key belongs to another project.")
        return found

    @get("/projects", guards=[needs("projects.read")])
    async def every(request: AnyRequest) -> list[dict[str, Any]]:
        known = await database.read(projects.every)
        return [shapes.project_metadata(one) for one in known if may_see(request, one.id)]

    @get("/projects/{id_or_slug:str}", guards=[needs("projects.read")])
    async def one(request: AnyRequest, id_or_slug: FromPath[str]) -> dict[str, Any]:
        return shapes.project(await find(request, id_or_slug))

    @patch("/projects/{id_or_slug:str}", guards=[needs("projects.write")])
    async def change(request: AnyRequest, id_or_slug: FromPath[str], data: Annotated[Any, Body()]) -> dict[str, Any]:
        before = await find(request, id_or_slug)
        shown = shapes.project(before)
        document = _kept(shown, json_patch.apply(shown, data))
        warnings = await check(document["services"]["identity"]["config"])
        after = await database.write(
            lambda connection: projects.save(connection, before, document, clock=clock, sealer=sealer)
        )
        return {"project": shapes.project(after), "warnings": warnings}

    @get("/workspaces", guards=[needs("projects.read")])
    async def every_workspace() -> dict[str, Any]:
        found = await database.read(workspaces.current_or_none)
        shown = [] if found is None else [shapes.workspace(found)]
        return {"workspaces": shown, "has_next_page": False, "next_page_token": ""}

    return [Router("/", route_handlers=[every, one, change, every_workspace])]


def _kept(before: dict[str, Any], after: Any) -> dict[str, Any]:
    """Return the part of a patched project that is stored. Raises BadRequestError when it lost its shape."""
    if not isinstance(after, dict):
        raise BadRequestError("The patch leaves no project document.")
    for key in FIXED:
        if after.get(key) != before.get(key):
            raise BadRequestError(f"/{key} can't be changed by a patch.")
    unknown = sorted(after.keys() - {*FIXED, *KEPT})
    if unknown:
        hint = "An identity-config path begins with /services/identity/config."
        raise BadRequestError(f"A project document has no key {unknown[0]!r}. {hint}")
    identity = after.get("services", {}).get("identity") if isinstance(after.get("services"), dict) else None
    if not isinstance(identity, dict) or not isinstance(identity.get("config"), dict):
        raise BadRequestError("The patch leaves no object at /services/identity/config.")
    if not isinstance(after.get("name"), str) or not after["name"]:
        raise BadRequestError("/name must be a text that is not empty.")
    return {key: after[key] for key in KEPT if key in after}
