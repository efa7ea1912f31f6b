"""The routes of the ready-made pages, below `/ui`."""

from typing import Any

from litestar import Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from headwater.identity.config.flows_config import KINDS
from headwater.identity.pages.page_settings import AskSettings, PageSettings
from headwater.identity.pages.site import FindError, FindFlow, Incoming, LogoutUrl, Site, Sources, WhoIs

PATH = "/ui"


async def every_flow() -> PageSettings:
    """Return settings under which every flow is linked to and nothing is themed."""
    return PageSettings()


def routes(
    *,
    find_flow: FindFlow,
    who_is: WhoIs,
    find_error: FindError,
    logout_url: LogoutUrl,
    public_url: str,
    settings: AskSettings = every_flow,
) -> Router:
    """Return the routes.

    `find_flow` is given a kind and the request, whose query names the flow (`flow`); it returns Ory's JSON or raises.
    `who_is` returns Ory's session or None, `find_error` Ory's `flowError`, `logout_url` a whole address or None.
    """
    sources = Sources(
        find_flow=find_flow, who_is=who_is, find_error=find_error, logout_url=logout_url, settings=settings
    )
    site = Site(sources, public_url=public_url.rstrip("/"))
    handlers = [*(_flow(site, kind) for kind in KINDS), *_others(site)]

    # A plain function: the framework copies handlers deeply, and a bound method would take the whole site along.
    def broken(request: Incoming, error: Exception) -> Response[Any]:
        return site.broken(request, error)

    return Router(PATH, route_handlers=handlers, exception_handlers={Exception: broken})


def _flow(site: Site, kind: str) -> HTTPRouteHandler:
    @get(f"/{kind}", name=f"page_of_{kind}")
    async def show_flow(request: Incoming) -> Response[Any]:
        return await site.answer(request, lambda asked, settings: site.flow(kind, asked, settings), kind=kind)

    return show_flow


def _others(site: Site) -> list[HTTPRouteHandler]:
    @get("/welcome", name="page_of_welcome")
    async def show_welcome(request: Incoming) -> Response[Any]:
        return await site.answer(request, site.welcome)

    @get("/error", name="page_of_error")
    async def show_error(request: Incoming) -> Response[Any]:
        return await site.answer(request, site.error)

    @get("/assets/{name:str}", name="file_of_pages")
    async def get_file(name: FromPath[str]) -> Response[Any]:
        return await site.file(name)

    return [show_welcome, show_error, get_file]
