"""What people have asked for and not yet been answered: a reset lets it end first, so that none of it comes after."""

import asyncio
from collections.abc import Callable
from typing import Any

from headwater.web.lifespan import ASGIApp

# Operators' and the test's own: some of them last as long as somebody looks.
NOT_COUNTED = ("/emulator", "/api", "/console")
LOOK_SECONDS = 0.002


class UnderWay:
    """Counts the requests to the application that it stands around."""

    def __init__(self) -> None:
        self._count = 0

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return `app`, counted."""

        async def counted(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http" or scope["path"].startswith(NOT_COUNTED):
                await app(scope, receive, send)
                return
            self._count += 1
            try:
                await app(scope, receive, send)
            finally:
                self._count -= 1

        return counted

    async def ended(self, *, within_seconds: float, hurry: Callable[[], None]) -> None:
        """Return when all is answered, or the time is up; `hurry` is called until then."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + within_seconds
        while self._count and loop.time() < ends_at:
            hurry()
            await asyncio.sleep(LOOK_SECONDS)
