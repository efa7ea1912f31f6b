"""The pages themselves: ask for what they are about, print it, or say in plain words why there is nothing to print."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Request, Response

from headwater.core import ids
from headwater.core.errors import HeadwaterError, NotFoundError
from headwater.identity.flows import inbound
from headwater.identity.flows.errors import FlowError
from headwater.identity.flows.inbound import Inbound
from headwater.identity.pages import addresses, assets, flow_page, forms, headers, links, notices, welcome_page
from headwater.identity.pages.flow_page import FlowPage
from headwater.identity.pages.notices import Notice
from headwater.identity.pages.page_settings import AskSettings, PageSettings
from headwater.identity.pages.rendering import Rendering
from headwater.identity.pages.theme import FILE_PREFIX, Theme
from headwater.web import problems

HTML = "text/html"
OK = 200
SEE_OTHER = 303
FLOW_EXPIRED = "self_service_flow_expired"
NO_STORE = "no-store"
INTERNAL = "internal"

Incoming = Request[Any, Any, Any]
FindFlow = Callable[[str, Inbound], Awaitable[dict[str, Any]]]
WhoIs = Callable[[Inbound], Awaitable[dict[str, Any] | None]]
FindError = Callable[[str], Awaitable[dict[str, Any]]]
LogoutUrl = Callable[[Inbound], Awaitable[str | None]]
Work = Callable[[Inbound, PageSettings], Awaitable[Response[Any]]]


class NoSuchFileError(NotFoundError):
    """There is no such file. Reload the page that asked for it."""


class BrokenFlowError(HeadwaterError):
    """This flow's form has nowhere to go: its `ui.action` is no http or https address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Whom the pages ask."""

    find_flow: FindFlow
    who_is: WhoIs
    find_error: FindError
    logout_url: LogoutUrl
    settings: AskSettings


class Site:
    """One per installation. `public_url` is what browsers reach us by, without a slash at its end."""

    def __init__(self, sources: Sources, *, public_url: str) -> None:
        self._sources = sources
        self._public_url = public_url
        self._assets = assets.load()
        self._rendering = Rendering(self._assets)

    async def answer(self, request: Incoming, work: Work, *, kind: str | None = None) -> Response[Any]:
        """Do `work`; what it raises becomes a page that offers a way on. `kind` is the flow it is about."""
        asked = inbound.of(request, public_url=self._public_url)
        settings = await self._sources.settings()
        try:
            return await work(asked, settings)
        except HeadwaterError as error:
            return self._refused(error, asked, kind=kind, theme=settings.theme)

    def broken(self, request: Incoming, error: Exception) -> Response[Any]:
        """Answer for a fault of ours: the logger learns what it was, the visitor that it wasn't them."""
        status_code = problems.from_bug(request, error).status_code
        notice = notices.of(INTERNAL, public_url=self._public_url)
        return self._notice(notice, theme=Theme(), status=status_code or HeadwaterError.status)

    async def flow(self, kind: str, asked: Inbound, settings: PageSettings) -> Response[Any]:
        """Show a flow; without one, begin one."""
        if not asked.query.get("flow"):
            return self._begin(kind, asked)
        flow = await self._sources.find_flow(kind, asked)
        action = addresses.href_or_none(flow["ui"].get("action"))
        if action is None:
            raise BrokenFlowError
        may_leave = links.is_about_signed_in(flow, kind=kind)
        page = flow_page.of(
            flow,
            kind=kind,
            action=action,
            kinds=settings.kinds,
            public_url=self._public_url,
            logout_url=await self._sources.logout_url(asked) if may_leave else None,
        )
        return self._flow(page, flow, settings)

    async def welcome(self, asked: Inbound, settings: PageSettings) -> Response[Any]:
        """Say who is signed in."""
        session = await self._sources.who_is(asked)
        logout_url = None if session is None else await self._sources.logout_url(asked)
        page = welcome_page.of(session, kinds=settings.kinds, public_url=self._public_url, logout_url=logout_url)
        html = self._rendering.html("welcome.html", theme=settings.theme, page=page)
        return Response(html, media_type=HTML, headers=headers.of_page())

    async def error(self, asked: Inbound, settings: PageSettings) -> Response[Any]:
        """Say what went wrong in a browser earlier."""
        found = await self._sources.find_error(asked.query.get("id", ""))
        error = found.get("error")
        told: Mapping[str, Any] = error if isinstance(error, Mapping) else {}
        notice = notices.of(
            str(told.get("id") or INTERNAL),
            public_url=self._public_url,
            detail=str(told.get("reason") or told.get("message") or ""),
            error_id=str(found.get("id") or ""),
        )
        return self._notice(notice, theme=settings.theme)

    async def file(self, name: str) -> Response[Any]:
        """Return a stylesheet or the script. Raises NoSuchFileError."""
        asset = self._assets.by_file_name.get(name)
        if asset is not None:
            return _file(asset.content, asset.media_type, cache=assets.FOREVER)
        theme = (await self._sources.settings()).theme
        if not name.startswith(FILE_PREFIX) or not theme.css:
            raise NoSuchFileError
        # A page made just before the theme changed still gets one; only its own name may be kept.
        cache = assets.FOREVER if name == theme.file_name else NO_STORE
        return _file(theme.css.encode(), assets.MEDIA_TYPES["css"], cache=cache)

    def _begin(self, kind: str, asked: Inbound) -> Response[Any]:
        query = [pair for pair in parse_qsl(asked.url.partition("?")[2]) if pair[0] != "flow"]
        begin = f"{self._public_url}/self-service/{kind}/browser"
        return _elsewhere(f"{begin}?{urlencode(query)}" if query else begin)

    def _flow(self, page: FlowPage, flow: Mapping[str, Any], settings: PageSettings) -> Response[Any]:
        nonce = ids.new_token("") if page.scripts else None
        html = self._rendering.html("flow.html", theme=settings.theme, page=page, nonce=nonce)
        targets = (page.action, str(flow.get("return_to") or ""), *settings.landings)
        leads_out = any(form.group in forms.PROVIDERS for form in page.forms)
        policy = headers.of_page(form_targets=targets, is_open_ended=leads_out, nonce=nonce)
        return Response(html, media_type=HTML, headers=policy)

    def _refused(self, error: HeadwaterError, asked: Inbound, *, kind: str | None, theme: Theme) -> Response[Any]:
        location = addresses.href_or_none(error.location) if isinstance(error, FlowError) else None
        is_over = error.code == FLOW_EXPIRED
        if location is not None and not is_over:
            return _elsewhere(location)
        notice = notices.of(
            error.code,
            public_url=self._public_url,
            kind=kind,
            again=location if is_over else None,
            return_to=asked.query.get("return_to"),
            detail=error.message,
        )
        return self._notice(notice, theme=theme, status=error.status)

    def _notice(self, notice: Notice, *, theme: Theme, status: int = OK) -> Response[Any]:
        html = self._rendering.html("notice.html", theme=theme, notice=notice)
        return Response(html, media_type=HTML, status_code=status, headers=headers.of_page())


def _elsewhere(location: str) -> Response[Any]:
    sent = {"Location": location, "Cache-Control": NO_STORE, "Referrer-Policy": headers.REFERRER_POLICY}
    return Response(b"", status_code=SEE_OTHER, headers=sent)


def _file(content: bytes, media_type: str, *, cache: str) -> Response[Any]:
    sent = {"Cache-Control": cache, "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=media_type, headers=sent)
