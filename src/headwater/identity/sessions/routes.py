"""`/sessions`: who am I, where else am I signed in, and out of there. JSON for every client.

Asks for no anti-CSRF token, as Kratos doesn't: nothing here can be sent by another site's form.
"""

from typing import Any

from litestar import HttpMethod, Request, Response, Router, delete, get, route
from litestar.params import FromPath

from headwater.identity.flows.errors import FlowError
from headwater.identity.flows.routes import from_flow
from headwater.identity.sessions.desk import SessionDesk

Incoming = Request[Any, Any, Any]

# Reverse proxies ask with the method of the request they ask about; Kratos answers all alike.
ANY_METHOD = [HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE]


def routes(desk: SessionDesk) -> Router:
    """Return the routes."""

    @route("/whoami", http_method=ANY_METHOD, status_code=200, name="to_session")
    async def to_session(request: Incoming) -> Response[Any]:
        return await desk.show(request)

    @route("/whoami", http_method=HttpMethod.HEAD, status_code=200, name="to_session_head")
    async def to_session_head(request: Incoming) -> Response[None]:
        shown = await desk.show(request)
        return Response(None, headers=shown.headers)

    @get("/", name="list_my_sessions")
    async def list_my_sessions(request: Incoming) -> Response[Any]:
        return await desk.list_others(request)

    @delete("/", status_code=200, name="disable_my_other_sessions")
    async def disable_my_other_sessions(request: Incoming) -> Response[Any]:
        return await desk.revoke_others(request)

    @delete("/{session_id:str}", status_code=204, name="disable_my_session")
    async def disable_my_session(request: Incoming, session_id: FromPath[str]) -> Response[None]:
        return await desk.revoke(request, session_id)

    handlers = [to_session, to_session_head, list_my_sessions, disable_my_other_sessions, disable_my_session]
    return Router("/sessions", route_handlers=handlers, exception_handlers={FlowError: from_flow})
