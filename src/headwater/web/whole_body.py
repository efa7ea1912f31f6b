"""A request's body in one piece, as the front hands over a small one.

The framework's own way reads all headers anew and goes through two generators, for as long as the flow itself takes
over the body.
"""

from typing import Any

from litestar import Request
from litestar.exceptions.http_exceptions import ClientException, RequestEntityTooLarge

GONE = "The client went away before it had sent the whole body."


async def of(request: Request[Any, Any, Any]) -> bytes:
    """Return the body; call it once. Raises RequestEntityTooLarge beyond what the route takes."""
    most_bytes = request.route_handler.resolve_request_max_body_size()
    pieces: list[bytes] = []
    size, is_whole = 0, False
    while not is_whole:
        message: Any = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientException(GONE)
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if most_bytes is not None and size > most_bytes:
            raise RequestEntityTooLarge
        is_whole = not message.get("more_body", False)
    return b"".join(pieces)
