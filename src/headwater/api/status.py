"""GET /health/*, /version, /api/status: is it there, is it ready, what is it."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import MediaType, Router, get

import headwater
from headwater.web.access import needs

WELCOME = f"""Headwater {headwater.__version__} is running.

People     /ui/registration, /ui/login            (pages; the API behind them is Ory's)
Events     POST /v1/track                         (Segment's API)
Operators  headwater --help
"""

Status = Callable[[], Awaitable[dict[str, Any]]]


def health_routes() -> list[Router]:
    """Return what every host answers, to anybody."""

    @get(["/health/alive", "/health/ready"])
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @get("/version")
    async def version() -> dict[str, str]:
        return {"version": headwater.__version__}

    return [Router("/", route_handlers=[health, version])]


def routes(*, status: Status) -> list[Router]:
    """`status` tells everything `headwater get status` prints."""

    @get("/api/status", guards=[needs("status.read")])
    async def api_status() -> dict[str, Any]:
        return await status()

    @get("/", media_type=MediaType.TEXT)
    async def welcome() -> str:
        return WELCOME

    return [*health_routes(), Router("/", route_handlers=[welcome, api_status])]
