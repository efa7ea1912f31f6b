"""A real receiver on loopback, answered by a script: whatever a hostile server may do, byte by byte."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Script = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    def __init__(self, script: Script) -> None:
        self.script = script
        self.seen: list[Seen] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while not writer.is_closing():
                    await self._answer_one(reader, writer)
            writer.close()  # in peace: what was written still goes out
        except asyncio.CancelledError:
            writer.transport.abort()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        seen = Seen(method=method, target=target, headers=headers, body=body)
        self.seen.append(seen)
        await self.script(seen, writer)
        await writer.drain()


def replies(status: int, *headers: str, body: bytes = b"") -> Script:
    async def script(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body)}", "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return script


async def hangs(_seen: Seen, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def resets(_seen: Seen, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
