"""/projects/{id}/organizations: a list that is always empty, so that Ory's clients go on, and a reason for the rest."""

from typing import Any

from litestar import Router, delete, get, post, put
from litestar.params import FromPath

from headwater.api.project_desk import AnyRequest, ProjectDesk
from headwater.api.project_document import NoOrganizationsError
from headwater.core.errors import NotFoundError
from headwater.web.access import needs


def routes(*, desk: ProjectDesk) -> Router:
    @get("/", guards=[needs("projects.read")])
    async def every(request: AnyRequest, id_or_slug: FromPath[str]) -> dict[str, Any]:
        await desk.find(request, id_or_slug)
        return {"organizations": [], "has_next_page": False, "next_page_token": ""}

    @get("/{organization_id:str}", guards=[needs("projects.read")])
    async def one(request: AnyRequest, id_or_slug: FromPath[str], organization_id: FromPath[str]) -> None:
        await desk.find(request, id_or_slug)
        raise NotFoundError(f"There is no organization {organization_id!r}: Headwater has none at all.")

    @post("/", guards=[needs("projects.write")])
    async def create(request: AnyRequest, id_or_slug: FromPath[str]) -> None:
        await desk.find(request, id_or_slug)
        raise NoOrganizationsError

    @put("/{organization_id:str}", guards=[needs("projects.write")])
    async def replace(request: AnyRequest, id_or_slug: FromPath[str], organization_id: FromPath[str]) -> None:  # noqa: ARG001  there is none
        await desk.find(request, id_or_slug)
        raise NoOrganizationsError

    @delete("/{organization_id:str}", guards=[needs("projects.write")])
    async def remove(request: AnyRequest, id_or_slug: FromPath[str], organization_id: FromPath[str]) -> None:
        await one.fn(request, id_or_slug, organization_id)

    return Router("/projects/{id_or_slug:str}/organizations", route_handlers=[every, one, create, replace, remove])
