"""The ASGI lifespan: the framework's start and end, awaited by the wiring, in one task as the framework expects."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from headwater.core.errors import HeadwaterError

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
SCOPE = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}


class LifespanError(HeadwaterError):
    """The web application could not start or stop properly. Its own message is in the server's log."""

    code = "lifespan_failed"


class Lifespan:
    """Runs the application's lifespan between `startup` and `shutdown`. `state` is what it left for requests."""

    def __init__(self, app: ASGIApp) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Return when the application has started. Raises what it raised, or LifespanError."""
        self._task = asyncio.create_task(self._run(), name="lifespan")
        await self._ask("startup")

    async def shutdown(self) -> None:
        """Return when the application has stopped. Raises what it raised, or LifespanError. Idempotent."""
        if self._task is None:
            return
        try:
            await self._ask("shutdown")
            await self._task
        finally:
            self._task = None

    async def _run(self) -> None:
        await self._app({**SCOPE, "state": self.state}, self._inbox.get, self._outbox.put)

    async def _ask(self, what: str) -> None:
        await self._inbox.put({"type": f"lifespan.{what}"})
        answer = await self._answer()
        if answer.get("type") != f"lifespan.{what}.complete":
            raise LifespanError(f"The web application failed at {what}: {answer.get('message') or 'no reason given'}")

    async def _answer(self) -> dict[str, Any]:
        """Return the application's next message, or raise what ended it first."""
        task = self._task
        message = asyncio.ensure_future(self._outbox.get())
        try:
            await asyncio.wait({message, *([task] if task else [])}, return_when=asyncio.FIRST_COMPLETED)
            if message.done():
                return message.result()
            if task is not None:
                task.result()
            raise LifespanError("The web application ended its lifespan without an answer.")
        finally:
            message.cancel()
