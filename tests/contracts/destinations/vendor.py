"""A vendor on loopback: real HTTP, and a judge of each request by what the real vendor documents.

Its hosts are answered here: a request for `https://api2.example.com/batch` arrives as `POST /batch` with the host it
was for. What breaks the contract is kept as a complaint, and answered as the vendor would answer it.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec
from aiohttp import web

from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound
from headwater.net.outbound import Request, Response

FOR_HOST = "x-for-host"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request as the vendor sees it. Header names are lower-case."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the vendor answers: `body` is sent as JSON unless it is bytes."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = {}


Judge = Callable[[Call], Answer]


class Vendor:
    """`judge` answers each call, and raises AssertionError where it breaks the contract: that is kept, and a 400."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.calls: list[Call] = []
        self.complaints: list[str] = []
        self.url = ""

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one request."""
        call = Call(
            method=request.method,
            host=request.headers.get(FOR_HOST, request.host),
            path=request.path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        self.calls.append(call)
        try:
            answer = self.judge(call)
        except (AssertionError, KeyError, ValueError) as broken:
            self.complaints.append(f"{call.method} {call.host}{call.path}: {broken!r}")
            answer = Answer(status=400, body={"error": repr(broken)})
        if isinstance(answer.body, bytes):
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        text = "" if answer.body is None else json.dumps(answer.body)
        return web.Response(status=answer.status, text=text, headers=answer.headers, content_type="application/json")


class Detour:
    """A `Sender` for which every host is the vendor's: requests go out for real, to loopback."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._outbound = Outbound(AddressPolicy(allow_private=True))

    async def send(self, request: Request) -> Response:
        """Send a request to the vendor instead of the host it is for."""
        parts, here = urlsplit(request.url), urlsplit(self._vendor.url)
        there = urlunsplit((here.scheme, here.netloc, parts.path, parts.query, ""))
        headers = (*request.headers, (FOR_HOST, parts.netloc))
        return await self._outbound.send(msgspec.structs.replace(request, url=there, headers=headers))

    async def close(self) -> None:
        await self._outbound.close()


@asynccontextmanager
async def vending(judge: Judge):
    """Run a vendor; give it and the sender that leads to it."""
    vendor = Vendor(judge)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{tail:.*}", vendor.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    vendor.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    detour = Detour(vendor)
    try:
        yield vendor, detour
    finally:
        await detour.close()
        await runner.cleanup()
        await asyncio.sleep(0)
