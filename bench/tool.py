"""The tools at a destination's other end, in one process (`python -m bench.tool`): one well, others not.

As plain as a server of HTTP/1.1 can be, for what it costs is taken from the machine that both sides of a row share.
Moments are of the monotonic clock, which all processes of a machine read alike.
"""

import asyncio
import re
import time

import msgspec

from bench.taken import ADDRESS, FAILING, HANGING, SECONDS_OF_ONE, SLOW, TAKEN, Taken

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
SENT = re.compile(rb'"sent": ?([\d.]+)')
OK, NO = "200 OK", "500 Internal Server Error"


class Tools:
    """What came under each path."""

    def __init__(self) -> None:
        self._taken: dict[str, Taken] = {}
        self._slow_until = 0.0

    def take(self, path: str, body: bytes) -> None:
        taken, now = self._taken.setdefault(path, Taken()), time.perf_counter()
        taken.first = taken.first or now
        taken.last, taken.last_body = now, body.decode()
        taken.count += 1
        if sent := SENT.search(body):
            taken.lags.append(now - float(sent[1]))

    def tell(self, path: str) -> bytes:
        return msgspec.json.encode(self._taken.get(path.removeprefix(TAKEN), Taken()))

    def turn_seconds(self) -> float:
        """Return how long whoever comes now has to wait for the one that takes its time for each."""
        now = time.perf_counter()
        self._slow_until = max(now, self._slow_until) + SECONDS_OF_ONE
        return self._slow_until - now


class Connection(asyncio.Protocol):
    """One connection that is kept."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport if isinstance(transport, asyncio.Transport) else None

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(HEAD_END)
        found = LENGTH.search(head)
        length = int(found[1]) if found else 0
        if separator and len(rest) >= length:
            self._received = rest[length:]
            method, path, _ = head.split(b" ", 2)
            self._answer(method, path.decode(), rest[:length])

    def _answer(self, method: bytes, path: str, body: bytes) -> None:
        if method == b"GET":
            self._say(OK, self._tools.tell(path))
            return
        self._tools.take(path, body)
        if path.startswith(SLOW):
            asyncio.get_running_loop().call_later(self._tools.turn_seconds(), self._say, OK)
        elif not path.startswith(HANGING):
            self._say(NO if path.startswith(FAILING) else OK)

    def _say(self, status: str, content: bytes = b"{}") -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(head.encode() + content)


async def _serve() -> None:
    tools = Tools()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(tools), ADDRESS, 0)
    print("http://{}:{}".format(*server.sockets[0].getsockname()), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
