"""Has a page's work done for whoever is signed in, and prints what it answers, or in plain words why it can't."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Response
from litestar.response import Stream

from headwater.console import assets, doorway, headers, key_door
from headwater.console.account_door import AccountDoor
from headwater.console.asking import Api
from headwater.console.doorway import Doorway, Incoming
from headwater.console.incoming import HOME, elsewhere, form, query
from headwater.console.key_door import KeyDoor
from headwater.console.notices import NOTICES
from headwater.console.rendering import Rendering
from headwater.console.visit import Download, Elsewhere, Feed, Letter, Operator, Page, Route, Visit
from headwater.core.errors import HeadwaterError
from headwater.core.ids import new_token
from headwater.web import problems
from headwater.web.lifespan import ASGIApp

HTML = "text/html"
NOT_FOUND = 404
FEED_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class Site:
    """One per installation. `app` returns the application that has the API; `home` is where browsers reach us."""

    def __init__(self, *, doorway: Doorway, app: Callable[[], ASGIApp], home: str) -> None:
        self._doorway = doorway
        self._app = app
        self._home = home
        self._assets = assets.load()
        self._rendering = Rendering(self._assets)
        self.key = KeyDoor(doorway=doorway, rendering=self._rendering)
        self.account = AccountDoor(doorway=doorway, rendering=self._rendering, home=home)

    async def answer(self, request: Incoming, route: Route) -> Response[Any]:
        """Do a page's work for whoever is signed in."""
        try:
            operator = await self._doorway.operator(request)
        except HeadwaterError as error:
            return self._closed(error)
        if operator is None:
            return key_door.sent_here(request)
        try:
            answer = await route.work(await self._visit(request, route, operator))
            if isinstance(answer, Feed):
                return await self._feed(answer, request)
            return self._said(answer, operator, request)
        except HeadwaterError as error:
            return self._said(_page_of(error), operator, request)

    def file(self, request: Incoming, name: str) -> Response[Any]:
        """Return one of the console's files. Raises NoSuchAssetError."""
        found = self._assets.get(name)
        sent = {**headers.OF_FILES, "Cache-Control": assets.FOREVER, "Vary": "Accept-Encoding"}
        gzipped = self._assets.gzipped_or_none(name) if _takes_gzip(request) else None
        if gzipped is None:
            return Response(found.content, media_type=found.media_type, headers=sent)
        return Response(gzipped, media_type=found.media_type, headers={**sent, "Content-Encoding": "gzip"})

    def broken(self, request: Incoming, error: Exception) -> Response[Any]:
        """Answer for what is no page: a refusal in its own words; of a fault of ours the logger learns what it was."""
        if isinstance(error, HeadwaterError):
            return self._closed(error)
        status = problems.from_bug(request, error).status_code or HeadwaterError.status
        html = self._rendering.html("closed.html", title="Something went wrong", reason="The server's log has details.")
        return Response(html, media_type=HTML, status_code=status, headers=headers.OF_PAGES)

    def nowhere(self, _request: Incoming, error: Exception) -> Response[Any]:
        """Answer for an address that is none, or a method that a page doesn't take."""
        status = getattr(error, "status_code", NOT_FOUND)
        html = self._rendering.html("closed.html", title="No such page", reason="There is no such page here.")
        return Response(html, media_type=HTML, status_code=status, headers=headers.OF_PAGES)

    async def _visit(self, request: Incoming, route: Route, operator: Operator) -> Visit:
        lists: Mapping[str, list[str]] = {}
        if route.method == "POST":
            doorway.require_own_page(request)
            lists = await form(request)
            doorway.require_csrf(lists.get("csrf", [""])[-1], operator)
        return Visit(
            operator=operator,
            api=Api(self._app, host=request.headers.get("host", ""), principal=operator.principal),
            home=self._home,
            query=query(request),
            form={name: values[-1] for name, values in lists.items()},
            lists=lists,
            path={name: str(value) for name, value in request.path_params.items()},
        )

    async def _feed(self, feed: Feed, request: Incoming) -> Response[Any]:
        """Answer with a stream once it has begun: what is refused is refused before. It ends with the sign-in."""
        first = await anext(feed.pieces, b"")
        pieces = _while_welcome(first, feed.pieces, self._doorway.still_welcome(request))
        return Stream(pieces, media_type="text/event-stream", headers={**headers.OF_FILES, **FEED_HEADERS})

    def _said(
        self, answer: Page | Elsewhere | Download | Letter, operator: Operator, request: Incoming
    ) -> Response[Any]:
        match answer:
            case Page():
                return self._page(answer, operator, request)
            case Elsewhere(path=path, notice=notice):
                return elsewhere(path if notice is None else _with_notice(path, notice))
            case Download(name=name, media_type=media_type, content=content):
                disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
                sent = {**headers.OF_PAGES, "Content-Disposition": disposition}
                return Response(content, media_type=media_type, headers=sent)
            case Letter(html=html):
                return Response(html, media_type=HTML, headers=headers.OF_LETTERS)

    def _page(self, page: Page, operator: Operator, request: Incoming) -> Response[Any]:
        nonce = new_token("")
        html = self._rendering.html(
            page.template,
            title=page.title,
            problem=page.problem,
            notice=NOTICES.get(query(request).get("notice", "")),
            operator=operator,
            here=request.scope["path"].rstrip("/") or HOME,
            home=self._home,
            nonce=nonce,
            **page.names,
        )
        return Response(
            html, media_type=HTML, status_code=page.status, headers=headers.of_page(nonce, has_frame=page.has_frame)
        )

    def _closed(self, error: HeadwaterError) -> Response[Any]:
        html = self._rendering.html("closed.html", title="Not here", reason=error.message)
        return Response(html, media_type=HTML, status_code=error.status, headers=headers.OF_PAGES)


async def _while_welcome(
    first: bytes, pieces: AsyncGenerator[bytes, None], is_welcome: Callable[[], Awaitable[bool]]
) -> AsyncIterator[bytes]:
    async with aclosing(pieces):
        yield first
        async for piece in pieces:
            if not await is_welcome():
                return
            yield piece


def _page_of(error: HeadwaterError) -> Page:
    """Return the page that says why there is no other."""
    titles = {403: "You may not do that", 404: "Not found", 503: "Not just now"}
    title = titles.get(error.status, "That did not work")
    return Page(template="problem.html", title=title, names={"reason": error.message}, status=error.status)


def _with_notice(path: str, notice: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{urlencode({'notice': notice})}"


def _takes_gzip(request: Incoming) -> bool:
    return "gzip" in (one.strip() for one in request.headers.get("accept-encoding", "").split(","))
