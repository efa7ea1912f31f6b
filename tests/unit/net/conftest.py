"""Fixtures of the net room: receivers that do as scripted, and clients that are closed at the end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from scripted_receiver import Receiver, Script

from headwater.net.addresses import AddressPolicy
from headwater.net.client import Outbound

StartReceiver = Callable[..., Awaitable[Receiver]]


@pytest.fixture
async def receiver() -> AsyncIterator[StartReceiver]:
    async with contextlib.AsyncExitStack() as stack:
        tasks: set[asyncio.Task[None]] = set()

        async def start(script: Script, *, host: str = "127.0.0.1", tls: object = None) -> Receiver:
            it = Receiver(script)

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                tasks.add(asyncio.current_task())
                await it.serve(reader, writer)

            server = await asyncio.start_server(serve, host, 0, ssl=tls)
            it.port = server.sockets[0].getsockname()[1]
            stack.callback(server.close)
            return it

        yield start
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def outbound() -> AsyncIterator[Callable[..., Outbound]]:
    """Makes clients; on loopback by default, as a server that itself listens on loopback only."""
    made: list[Outbound] = []

    def make(policy: AddressPolicy | None = None, **options: object) -> Outbound:
        made.append(Outbound(policy or AddressPolicy(allow_private=True), **options))
        return made[-1]

    yield make
    for client in made:
        await client.close()
