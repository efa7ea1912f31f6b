"""Conversations of several requests each, such as a login: some clients at once, each on a connection of its own.

wrk can't hold one, as its answers don't lead to its questions. What this client costs is its own process's and so
on no server's account, but it shares the machine: it is as plain as it can be.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bench.line import NotMeasuredError
from bench.servers import Target

OK = 200
MOST_BYTES = 2**20  # that wait to be read
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
LENGTH = re.compile(rb"content-length: (\d+)")


class Client:
    """One connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host

    async def get(self, path: str) -> Any:
        return await self._ask(
            f"GET {path} HTTP/1.1\r\nhost: {self._host}\r\naccept: application/json\r\n\r\n".encode()
        )

    async def send(self, method: str, path: str, content: bytes, *, key: str | None = None) -> Any:
        authorization = f"authorization: Bearer {key}\r\n" if key else ""
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {self._host}\r\naccept: application/json\r\n{authorization}"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        return await self._ask(head.encode() + content)

    async def _ask(self, request: bytes) -> Any:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status, length = STATUS.match(head), LENGTH.search(head.lower())
        content = await self._reader.readexactly(int(length[1]) if length else 0)
        if status is None or int(status[1]) != OK:
            raise NotMeasuredError(f"not every answer was a 200: {head[:80]!r} {content[:200]!r}")
        return msgspec.json.decode(content)

    def close(self) -> None:
        self._writer.close()


async def connect(target: Target) -> Client:
    """Return a new connection."""
    where = urlsplit(target.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=MOST_BYTES)
    return Client(reader, writer, where.netloc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How many conversations came to their end, and in which time."""

    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


# One conversation of the person with a number of its own.
Talk = Callable[[Client, int], Awaitable[None]]


def hold(target: Target, talk: Talk, *, numbers: Iterator[int], clients: int, seconds: float) -> Done:
    """Let `clients` talk for about `seconds`, at least once, each time with the next number."""
    return asyncio.run(_hold(target, talk, numbers, clients, seconds))


async def _hold(target: Target, talk: Talk, numbers: Iterator[int], clients: int, seconds: float) -> Done:
    started = time.perf_counter()
    counts = await asyncio.gather(*(_one(target, talk, numbers, started + seconds) for _ in range(clients)))
    return Done(count=sum(counts), seconds=time.perf_counter() - started)


async def _one(target: Target, talk: Talk, numbers: Iterator[int], end: float) -> int:
    client, count = await connect(target), 0
    while not count or time.perf_counter() < end:
        await talk(client, next(numbers))
        count += 1
    client.close()
    return count
