"""`/self-service/errors`: what an error page shows."""

from typing import Any

from litestar import Request, Response, Router, get

from headwater.identity.config.live import Current
from headwater.identity.flows.answers import NO_STORE
from headwater.identity.flows.error_shelf import ErrorShelf


def routes(*, current: Current, errors: ErrorShelf) -> Router:
    """Return the route."""

    @get("/errors")
    async def get_flow_error(request: Request[Any, Any, Any]) -> Response[Any]:
        config = await current.config()
        found = await errors.get(request.query_params.get("id", ""), project_id=config.project_id)
        return Response(found, headers=NO_STORE)

    return Router("/self-service", route_handlers=[get_flow_error])
