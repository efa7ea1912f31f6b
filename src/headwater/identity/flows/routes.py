"""The public routes that all kinds of flow share. Thin: read, ask, answer, each client in its own way."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, Router, get, post
from litestar.handlers import HTTPRouteHandler

from headwater.core.errors import HeadwaterError
from headwater.identity.config.live import Current
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.flows import answers, inbound
from headwater.identity.flows import flow as flows
from headwater.identity.flows.answers import Answer
from headwater.identity.flows.error_shelf import ErrorShelf
from headwater.identity.flows.errors import FlowError
from headwater.identity.flows.inbound import Inbound
from headwater.identity.flows.kinds import FlowKind, Resumable
from headwater.identity.flows.submission import MAX_BODY_BYTES
from headwater.web import problems, whole_body

HTML = "text/html"
LOOPBACK_NAMES = {"localhost", "127.0.0.1"}

Incoming = Request[Any, Any, Any]
Work = Callable[[Inbound, IdentityConfig], Awaitable[Answer]]


class Doors:
    """Lets requests in to the flows and answers out, each in the way its client understands."""

    def __init__(self, *, current: Current, errors: ErrorShelf, public_url: str) -> None:
        self._current = current
        self._errors = errors
        self._public_url = public_url
        self._name = urlsplit(public_url).hostname

    async def through(self, request: Incoming, work: Work, *, is_for_apps: bool = False) -> Response[Any]:
        """Do `work` and answer. `is_for_apps`: whatever the client says it accepts, it gets JSON."""
        config = await self._current.config()
        body = b"" if request.method == "GET" else await whole_body.of(request)
        asked = inbound.of(request, public_url=self._public_url, body=body)
        if not is_for_apps and (elsewhere := self._under_our_name_or_none(asked)):
            return answers.redirect(elsewhere)
        try:
            return answers.respond(await work(asked, config), asked, is_for_apps=is_for_apps)
        except HeadwaterError as error:
            if is_for_apps or not asked.is_browser:
                raise
            return await self._redirected(error, config)

    def _under_our_name_or_none(self, asked: Inbound) -> str | None:
        """Return where a browser that calls this machine by its other name begins under the one our cookies are for.

        `localhost` and `127.0.0.1` are two sites to a browser: a flow begun under one can't be submitted to the other.
        """
        if self._name not in LOOPBACK_NAMES:
            return None
        is_visit = asked.method == "GET" and HTML in asked.header("accept") and asked.is_browser
        if not is_visit or {self._name, urlsplit(f"//{asked.header('host')}").hostname} != LOOPBACK_NAMES:
            return None
        return asked.url

    async def _redirected(self, error: HeadwaterError, config: IdentityConfig) -> Response[Any]:
        location = error.location if isinstance(error, FlowError) else None
        if location is None:
            error_id = await self._errors.keep(error, project_id=config.project_id)
            location = answers.with_query(config.flows.error_ui_url, id=error_id)
        return answers.redirect(location)


def router(doors: Doors, kinds: Sequence[FlowKind], *, resumable: Sequence[Resumable] = ()) -> Router:
    """Return the routes of these kinds of flow; links and redirects may lead back into the `resumable` ones."""
    handlers = [handler for kind in (*kinds, *resumable) for handler in _handlers(doors, kind)]
    handlers += [_way_back(doors, kind) for kind in resumable]
    return Router("/self-service", route_handlers=handlers, exception_handlers={FlowError: from_flow})


def from_flow(_request: Incoming, error: FlowError) -> Response[Any]:
    """Answer with Ory's envelope and what stands beside it."""
    details = {key: value for key, value in error.context.items() if value is not None}
    body = {**problems.envelope(error.status, id=error.code, reason=error.message, details=details), **error.beside}
    return Response(body, status_code=error.status)


def _handlers(doors: Doors, kind: FlowKind) -> list[HTTPRouteHandler]:
    path = f"/{kind.kind}"

    @get(f"{path}/browser", name=f"create_browser_{kind.kind}_flow")
    async def create_browser_flow(request: Incoming) -> Response[Any]:
        return await doors.through(
            request, lambda asked, config: kind.start(flows.BROWSER, inbound=asked, config=config)
        )

    @get(f"{path}/api", name=f"create_native_{kind.kind}_flow")
    async def create_native_flow(request: Incoming) -> Response[Any]:
        return await doors.through(
            request, lambda asked, config: kind.start(flows.API, inbound=asked, config=config), is_for_apps=True
        )

    @get(f"{path}/flows", name=f"get_{kind.kind}_flow")
    async def get_flow(request: Incoming) -> Response[Any]:
        return await doors.through(
            request,
            lambda asked, config: kind.show(asked.query.get("id", ""), inbound=asked, config=config),
            is_for_apps=True,
        )

    @post(path, status_code=200, request_max_body_size=MAX_BODY_BYTES, name=f"update_{kind.kind}_flow")
    async def update_flow(request: Incoming) -> Response[Any]:
        return await doors.through(
            request, lambda asked, config: kind.submit(asked.query.get("flow", ""), inbound=asked, config=config)
        )

    return [create_browser_flow, create_native_flow, get_flow, update_flow]


def _way_back(doors: Doors, kind: Resumable) -> HTTPRouteHandler:
    @get(f"/{kind.kind}", name=f"resume_{kind.kind}_flow")
    async def resume_flow(request: Incoming) -> Response[Any]:
        return await doors.through(
            request, lambda asked, config: kind.resume(asked.query.get("flow", ""), inbound=asked, config=config)
        )

    return resume_flow
