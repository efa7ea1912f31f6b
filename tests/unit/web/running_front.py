"""A real server around a front, on a loopback port of this very event loop, and raw sockets to be rude with."""

import asyncio
import contextlib
import dataclasses
import gc
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from headwater.web.call import Call, Reply
from headwater.web.clients import HostRule
from headwater.web.front import Front

DEADLINE_SECONDS = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def echo(call: Call) -> Reply:
    return Reply(
        status=200, body=b"%s %s %d %s" % (call.method.encode(), call.path.encode(), len(call.body), call.body)
    )


async def no_app(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def a_front(**changes) -> Front:
    options = {
        "track": echo,
        "is_tracking": lambda path, _method: path.startswith("/v1/"),
        "oversize": lambda call: Reply(status=400, body=b"oversize " + call.path.encode()),
        "too_slow": lambda call: Reply(status=408, body=b"too slow " + call.path.encode()),
        "app": no_app,
        "host_rule": HostRule(),
    }
    return Front(**{**options, **changes})


@contextlib.asynccontextmanager
async def running(front: Front) -> AsyncIterator[int]:
    port = free_port()
    before = _threads()
    server = Server(front, address="127.0.0.1", port=port, interface=Interfaces.RSGI, log_enabled=False)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await _is_listening(port):  # noqa: ASYNC110 - the server tells nobody when it is up
            await asyncio.sleep(0.005)
    try:
        yield port
    finally:
        front.close_streams()
        server.stop()
        async with asyncio.timeout(DEADLINE_SECONDS):
            await task
        await _until_gone(before)


async def _until_gone(before: set[int]) -> None:
    """Wait for granian's threads: they outlive it by a moment, and a process that exits in that moment is aborted."""
    gc.collect()  # an exception's traceback can hold a request, and a request its thread
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            while _threads() - before - _python_threads():  # noqa: ASYNC110 - threads tell nobody when they end
                await asyncio.sleep(0.001)


def _threads() -> set[int]:
    tasks = Path("/proc/self/task")
    return {int(task.name) for task in tasks.iterdir()} if tasks.exists() else set()


def _python_threads() -> set[int]:
    return {thread.native_id for thread in threading.enumerate()}


async def _is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One raw connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, text: bytes) -> None:
        self.writer.write(text)
        await self.writer.drain()

    async def until(self, end: bytes) -> bytes:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.reader.readuntil(end)

    async def rest(self) -> bytes:
        """Everything until the server closes; hangs, and so fails, when it does not."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.reader.read()

    def hang_up(self) -> None:
        self.writer.transport.abort()


@contextlib.asynccontextmanager
async def dial(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Line(reader=reader, writer=writer)
    finally:
        writer.transport.abort()


def head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", "")).encode()
