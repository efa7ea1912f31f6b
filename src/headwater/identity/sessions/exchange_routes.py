"""`GET /sessions/token-exchange`: two codes in, one session out, for native apps. JSON, and never kept by a cache."""

from typing import Any

from litestar import Request, Response, Router, get

from headwater.core.secrets import Secret
from headwater.identity.config.live import Current
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import NO_STORE, UNPROCESSABLE
from headwater.identity.flows.errors import FlowError
from headwater.identity.flows.routes import from_flow
from headwater.identity.people import views
from headwater.identity.sessions.assurance import Assurance
from headwater.identity.sessions.exchange import TokenExchange, UnfinishedExchangeError

Incoming = Request[Any, Any, Any]


class MissingCodesError(FlowError):
    """Both query parameters, "init_code" and "return_to_code", must be set."""


def routes(*, exchange: TokenExchange, current: Current, assurance: Assurance, public_url: str) -> Router:
    """Return the routes."""

    @get("/token-exchange", name="exchange_session_token")
    async def exchange_session_token(request: Incoming) -> Response[Any]:
        query = request.query_params
        init_code, return_to_code = query.get("init_code"), query.get("return_to_code")
        if not init_code or not return_to_code:
            raise MissingCodesError
        config = await current.config()
        token, session, account = await exchange.redeem(
            Secret(init_code), Secret(return_to_code), project_id=config.project_id
        )
        shown = views.session(session, account, public_url=public_url)
        if not assurance.is_enough(session, account, required=config.session.required_aal):
            # As a native login answers: who it is stays unsaid until they are sure.
            del shown["identity"]
        return Response({"session_token": token.reveal(), "session": shown}, headers=NO_STORE)

    errors: dict[Any, Any] = {UnfinishedExchangeError: _show_flow, FlowError: _refuse}
    return Router("/sessions", route_handlers=[exchange_session_token], exception_handlers=errors)


def _show_flow(_request: Incoming, error: UnfinishedExchangeError) -> Response[Any]:
    """Answer with the flow, as Kratos does: it says what went wrong in the browser."""
    return Response(flows.view(error.flow), status_code=UNPROCESSABLE, headers=NO_STORE)


def _refuse(request: Incoming, error: FlowError) -> Response[Any]:
    """Answer with Ory's envelope. A cache may keep a 404 unless told: the app would ask for its session in vain."""
    answer = from_flow(request, error)
    answer.headers.update(NO_STORE)
    return answer
