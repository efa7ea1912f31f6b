"""GET /oauth2/auth: where the ory CLI sends a browser when it has no key. Nobody is signed in so: it is told why.

Headwater is no OAuth 2 server. The CLI waits on a port of its own for an answer, and prints the one it gets there.
"""

import re
from typing import Any
from urllib.parse import urlencode

from litestar import MediaType, Request, Response, Router, get

FORBIDDEN, FOUND = 403, 302
# Where the CLI waits. To any other place nobody is sent from here: such a link would be mallory's.
WAITING_CLI = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost):\d{1,5}/callback")
REFUSAL = (
    "Headwater signs nobody in to the ory CLI in a browser. Set ORY_WORKSPACE_API_KEY, or ORY_PROJECT_API_KEY for"
    ' commands about identities; `eval "$(headwater env ory --create-key)"` makes a key and sets it.'
)


def routes() -> Router:
    """Return what answers anybody: there is nothing to be had."""

    @get("/oauth2/auth", media_type=MediaType.TEXT)
    async def refuse(request: Request[Any, Any, Any]) -> Response[str]:
        asked = request.query_params
        return _refusal(asked.get("redirect_uri", ""), state=asked.get("state", ""))

    @get("/error", media_type=MediaType.TEXT)
    async def tell() -> Response[str]:
        return Response(REFUSAL, status_code=FORBIDDEN)

    return Router("/", route_handlers=[refuse, tell])


def _refusal(redirect_uri: str, *, state: str) -> Response[str]:
    if WAITING_CLI.fullmatch(redirect_uri) is None:
        return Response(REFUSAL, status_code=FORBIDDEN)
    answer = urlencode({"error": "access_denied", "error_description": REFUSAL, "state": state})
    return Response(REFUSAL, status_code=FOUND, headers={"location": f"{redirect_uri}?{answer}"})
