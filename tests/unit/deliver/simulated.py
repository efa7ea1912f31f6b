"""A simulated destination: a server on plain sockets whose life is scripted, request by request.

`life` is asked for each request, with the message ids in it, and says what becomes of it. A behaviour returns whether
the connection goes on; what it took for delivered it says through `took`.
"""

import asyncio
import json
import socket
from collections import Counter
from contextlib import asynccontextmanager, suppress

TICK_SECONDS = 0.05
HEADER_END = b"\r\n\r\n"


def status(code, **headers):
    """Answer at once. Headers are written with underscores."""

    async def answer(writer, _seen):
        lines = [
            f"HTTP/1.1 {code} So",
            "Content-Length: 2",
            *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
        ]
        writer.write("\r\n".join(lines).encode() + HEADER_END + b"{}")
        await writer.drain()
        return True

    answer.takes = 200 <= code < 300
    return answer


async def hang(_writer, seen):
    """Never answer: until the other side has had enough."""
    await seen.wait()


async def half_close(writer, seen):
    """Read everything, then close this half of the connection and keep the other one open."""
    writer.write_eof()
    await seen.wait()


async def half_close_within(writer, seen):
    """Begin an answer, and close in the middle of it."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n{")
    await writer.drain()
    writer.write_eof()
    await seen.wait()


async def drip(writer, seen):
    """Answer well, a byte at a time, and never come to an end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not seen.is_set():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(TICK_SECONDS)


async def reset(writer, _seen):
    """Drop the connection with a reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()


async def babble(writer, _seen):
    """Answer something that isn't HTTP."""
    writer.write(b"220 mail.example.com ESMTP ready\r\n")
    await writer.drain()


OK = status(200)


class Simulated:
    """`seen` are all message ids that arrived, `taken` those that were answered well; `sizes` of all requests."""

    def __init__(self):
        self.life = lambda _ids: OK
        self.seen = Counter()
        self.taken = Counter()
        self.sizes = []
        self.port = 0
        self._connections = set()

    def url(self, host="127.0.0.1", scheme="http"):
        return f"{scheme}://{host}:{self.port}/in"

    async def serve(self, reader, writer):
        gone = asyncio.Event()
        task = asyncio.current_task()
        self._connections.add(task)
        try:
            while await self._one(reader, writer, gone):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _one(self, reader, writer, gone):
        head = await reader.readuntil(HEADER_END)
        length = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
        )
        body = json.loads(await reader.readexactly(length))
        ids = [each["messageId"] for each in (body if isinstance(body, list) else [body])]
        self.seen.update(ids)
        self.sizes.append(len(ids))
        behaviour = self.life(ids)
        if getattr(behaviour, "takes", None) is not None:
            self.taken.update(ids if behaviour.takes else ())
            return await behaviour(writer, gone)
        leaving = asyncio.create_task(_gone(reader, gone))
        try:
            await behaviour(writer, gone)
        finally:
            leaving.cancel()
        return False

    async def close(self):
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


async def _gone(reader, gone):
    with suppress(ConnectionError):
        await reader.read()
    gone.set()


@asynccontextmanager
async def simulating(*, tls=None):
    """Run one; `tls` is a server context."""
    simulated = Simulated()
    server = await asyncio.start_server(simulated.serve, "127.0.0.1", 0, ssl=tls)
    simulated.port = server.sockets[0].getsockname()[1]
    try:
        yield simulated
    finally:
        server.close()
        await simulated.close()
