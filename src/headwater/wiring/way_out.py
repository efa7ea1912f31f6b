"""The one way out, put together: HTTP, and PostgreSQL from the first request to one."""

import importlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Protocol

from headwater.core.clock import Clock
from headwater.net.addresses import AddressPolicy
from headwater.net.outbound import Request, Response, Sender, UnreachableError
from headwater.net.schemes import Schemes

POSTGRES = "headwater.net.postgres.sender"
HOW_TO_INSTALL = "The driver for PostgreSQL is not installed: pip install 'headwater[postgres]', then restart."

IsOwn = Callable[[str], bool]


class WayOut(Protocol):
    """What stands before the real senders. `is_own` tells the hosts that this server answers itself."""

    def __call__(self, sender: Sender, *, is_own: IsOwn) -> Sender:
        """Return the sender that everybody gets instead of `sender`."""


def straight_out(sender: Sender, *, is_own: IsOwn) -> Sender:  # noqa: ARG001  the protocol's
    """Return `sender`: what is sent is sent."""
    return sender


class LazyPostgres:
    """A `Sender` that loads the driver when something is sent to a server: most installations never do."""

    def __init__(self, policy: AddressPolicy, *, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._stack = AsyncExitStack()
        self._sender: Sender | None = None

    async def send(self, request: Request) -> Response:
        """Send as the loaded one does. Raises UnreachableError where there is no driver: its events wait for one."""
        if self._sender is None:
            try:
                made = importlib.import_module(POSTGRES).PostgresSender(self._policy, clock=self._clock)
            except ImportError:
                raise UnreachableError(HOW_TO_INSTALL) from None
            self._stack.push_async_callback(made.close)
            self._sender = made
        return await self._sender.send(request)

    async def close(self) -> None:
        await self._stack.aclose()


def with_postgres(http: Sender, postgres: Sender) -> Sender:
    """Return the sender for everything that destinations speak."""
    return Schemes(http, {"postgresql": postgres})
