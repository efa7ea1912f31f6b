"""Conversations of several requests each, such as a login: some clients at once, each on a connection of its own.

wrk can't hold one, as its answers don't lead to its questions. What this client costs is its own process's and so
on no server's account, but it shares the machine: it is as plain as it can be.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bench.line import NotMeasuredError
from bench.servers import Target

OK = 200
JSON = "application/json"
MOST_BYTES = 2**20  # that wait to be read
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
LENGTH = re.compile(rb"content-length: (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, as it came."""

    status: int
    head: bytes
    content: bytes

    def headers(self, name: str) -> list[str]:
        """Return what stands under this name, once for each time that it is there."""
        start = name.encode().lower() + b":"
        lines = self.head.split(b"\r\n")
        return [line[len(start) :].strip().decode() for line in lines if line.lower().startswith(start)]

    def require(self, status: int) -> None:
        """Raises NotMeasuredError for any other status."""
        if self.status != status:
            raise NotMeasuredError(f"not every answer was a {status}: {self.head[:80]!r} {self.content[:200]!r}")


class Client:
    """One connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host

    async def get(self, path: str) -> Any:
        return _read(await self.ask("GET", path, {"accept": JSON}))

    async def send(self, method: str, path: str, content: bytes, *, key: str | None = None) -> Any:
        authorization = {"authorization": f"Bearer {key}"} if key else {}
        headers = {"accept": JSON, **authorization, "content-type": JSON}
        return _read(await self.ask(method, path, headers, content))

    async def ask(self, method: str, path: str, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        """Return the answer, any status."""
        length_of_ours = {"content-length": str(len(content))} if content else {}
        lines = [f"{name}: {value}\r\n" for name, value in {"host": self._host, **headers, **length_of_ours}.items()]
        self._writer.write(f"{method} {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode() + content)
        head = await self._reader.readuntil(b"\r\n\r\n")
        status, length = STATUS.match(head), LENGTH.search(head.lower())
        body = await self._reader.readexactly(int(length[1]) if length else 0)
        return Answer(status=int(status[1]) if status else 0, head=head, content=body)

    def close(self) -> None:
        self._writer.close()


def _read(answer: Answer) -> Any:
    answer.require(OK)
    return msgspec.json.decode(answer.content)


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
