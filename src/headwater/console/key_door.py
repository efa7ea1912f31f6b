"""Coming in by a key, and going out again, whichever way one came."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response

from headwater.console import doorway, headers
from headwater.console.doorway import Doorway
from headwater.console.incoming import HOME, Incoming, elsewhere, form, next_page
from headwater.console.rendering import Rendering
from headwater.core.errors import HeadwaterError

PATH = "/console/sign-in"
UNAUTHORIZED = 401


class KeyDoor:
    """One per installation."""

    def __init__(self, *, doorway: Doorway, rendering: Rendering) -> None:
        self._doorway = doorway
        self._rendering = rendering

    async def show(self, request: Incoming) -> Response[Any]:
        """Show where a key is typed, and where those go who have an account."""
        try:
            operator = await self._doorway.operator(request)
        except HeadwaterError as error:
            html = self._rendering.html("closed.html", title="Not here", reason=error.message)
            return Response(html, media_type="text/html", status_code=error.status, headers=headers.OF_PAGES)
        if operator is not None:
            return elsewhere(next_page(request))
        return await self._page(request, problem=None, status=200)

    async def enter(self, request: Incoming) -> Response[Any]:
        """Let in whoever has a key."""
        try:
            await self._doorway.operator(request)  # from afar nobody may even try
            doorway.require_own_page(request)
            cookie = await self._doorway.sign_in((await form(request)).get("key", [""])[-1])
        except HeadwaterError as error:
            return await self._page(request, problem=error.message, status=error.status)
        answer = elsewhere(next_page(request))
        answer.set_cookie(cookie)
        return answer

    async def leave(self, request: Incoming) -> Response[Any]:
        """End a session."""
        operator = await self._doorway.operator(request)
        if operator is not None:
            doorway.require_own_page(request)
            doorway.require_csrf((await form(request)).get("csrf", [""])[-1], operator)
        answer = elsewhere(PATH)
        answer.set_cookie(await self._doorway.sign_out(request))
        return answer

    async def _page(self, request: Incoming, *, problem: str | None, status: int) -> Response[Any]:
        offers_accounts = await self._doorway.offers_accounts()
        html = self._rendering.html(
            "sign_in.html", title="Sign in", problem=problem, next=next_page(request), offers_accounts=offers_accounts
        )
        return Response(html, media_type="text/html", status_code=status, headers=headers.OF_PAGES)


def sent_here(request: Incoming) -> Response[Any]:
    """Answer somebody whom nobody knows: they are sent to the sign-in, and from there to what they wanted to see."""
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(b"", status_code=UNAUTHORIZED, headers=headers.OF_PAGES)
    wanted = request.scope["path"] if request.method == "GET" else HOME
    asked = request.scope["query_string"].decode("latin-1")
    back = f"{wanted}?{asked}" if asked and request.method == "GET" else wanted
    return elsewhere(f"{PATH}?{urlencode({'next': back})}")
