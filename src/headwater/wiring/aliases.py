"""Segment's own hosts, answered by our collector when the workspace says so (DESIGN, "Where we differ").

Nobody has to change the guide's `https://api.segment.io/v1/identify` to try it here, or to test it.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from headwater.core.errors import UnavailableError
from headwater.net.client import Answer
from headwater.net.outbound import Request, Response, UnreachableError
from headwater.web.call import Call, Reply

HOSTS = frozenset({"api.segment.io", "events.eu1.segmentapis.com"})
VIA = "tracking-alias"

Accept = Callable[[Call], Awaitable[Reply]]


class Aliases:
    """Which hosts are answered in process; `accept` is the collector, here or across the link."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self.is_on = False

    def answers(self, host: str) -> bool:
        """Tell whether `host` is answered here."""
        return self.is_on and host.lower() in HOSTS

    def __call__(self, host: str) -> Answer | None:
        return self._answer if self.answers(host) else None

    async def _answer(self, request: Request) -> Response:
        try:
            reply = await self._accept(call_of(request))
        except UnavailableError as error:
            raise UnreachableError(error.message) from error
        return Response(status=reply.status, headers=reply.headers, body=reply.body)


def call_of(request: Request) -> Call:
    """Return the inbound call that an outgoing request becomes."""
    address = urlsplit(request.url)
    return Call(
        method=request.method,
        path=address.path,
        query=address.query,
        headers={name.lower(): value for name, value in request.headers},
        body=request.body,
        via=VIA,
    )
