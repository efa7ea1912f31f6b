"""The routes of the console."""

import re
from typing import Any

from litestar import Response, Router, get, post
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from headwater.console.doorway import Incoming
from headwater.console.pages import (
    action_deliveries,
    action_order,
    action_trials,
    actions,
    audit,
    checklist,
    dead_letters,
    debugger,
    destination_edit,
    destination_new,
    destinations,
    home,
    identities,
    identity_edit,
    identity_schema_new,
    identity_schemas,
    identity_view,
    keys,
    lake,
    lake_names,
    mail,
    operators,
    project,
    replays,
    sources,
    system,
    traces,
)
from headwater.console.site import Site
from headwater.console.visit import Route
from headwater.core.errors import HeadwaterError, NotFoundError

PATH = "/console"
UNTYPED = re.compile(r"\{(\w+)\}")


class NoSuchPageError(NotFoundError):
    """There is no such page here."""

    code = "console_no_such_page"


PAGES = (
    *home.ROUTES,
    *checklist.ROUTES,
    *debugger.ROUTES,
    *traces.ROUTES,
    *sources.ROUTES,
    *destination_new.ROUTES,
    *destinations.ROUTES,
    *destination_edit.ROUTES,
    *dead_letters.ROUTES,
    *replays.ROUTES,
    *actions.ROUTES,
    *action_trials.ROUTES,
    *action_order.ROUTES,
    *action_deliveries.ROUTES,
    *identities.ROUTES,
    *identity_edit.ROUTES,
    *identity_view.ROUTES,
    *mail.ROUTES,
    *lake.ROUTES,
    *lake_names.ROUTES,
    *identity_schema_new.ROUTES,
    *identity_schemas.ROUTES,
    *project.ROUTES,
    *keys.ROUTES,
    *operators.ROUTES,
    *audit.ROUTES,
    *system.ROUTES,
)


def routes(site: Site) -> Router:
    """Return the routes of all pages."""

    # Plain functions: the framework copies handlers deeply, and a bound method would take the whole site along.
    def broken(request: Incoming, error: Exception) -> Response[Any]:
        return site.broken(request, error)

    def nowhere(request: Incoming, error: Exception) -> Response[Any]:
        return site.nowhere(request, error)

    handlers = [*_doors(site), *(_page(site, route) for route in PAGES)]
    # Each by name: what the application says of a HeadwaterError is JSON, and the nearest class counts.
    refusals: dict[Any, Any] = {HTTPException: nowhere, HeadwaterError: broken, Exception: broken}
    return Router(PATH, route_handlers=handlers, exception_handlers=refusals)


def _page(site: Site, route: Route) -> HTTPRouteHandler:
    async def answer(request: Incoming) -> Response[Any]:
        return await site.answer(request, route)

    path, name = UNTYPED.sub(r"{\1:str}", route.path) or "/", f"console {route.method} {route.path}"
    if route.method == "GET":
        return get(path, name=name)(answer)
    return post(path, name=name, status_code=200)(answer)


def _doors(site: Site) -> list[HTTPRouteHandler]:
    @get("/sign-in", name="console sign-in page")
    async def sign_in_page(request: Incoming) -> Response[Any]:
        return await site.key.show(request)

    @post("/sign-in", name="console sign-in", status_code=200)
    async def sign_in(request: Incoming) -> Response[Any]:
        return await site.key.enter(request)

    @get("/sign-in/account", name="console sign-in by account page")
    async def account_page(request: Incoming) -> Response[Any]:
        return await site.account.show(request)

    @post("/sign-in/account", name="console sign-in by account", status_code=200)
    async def account(request: Incoming) -> Response[Any]:
        return await site.account.enter(request)

    @post("/sign-out", name="console sign-out", status_code=200)
    async def sign_out(request: Incoming) -> Response[Any]:
        return await site.key.leave(request)

    @get("/assets/{name:str}", name="console file")
    async def file(request: Incoming, name: FromPath[str]) -> Response[Any]:
        return site.file(request, name)

    @get("/{rest:path}", name="console nowhere")
    async def nowhere() -> None:
        raise NoSuchPageError

    return [sign_in_page, sign_in, account_page, account, sign_out, file, nowhere]
