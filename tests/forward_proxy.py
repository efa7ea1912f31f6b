"""A real forward proxy on loopback: it passes plain requests on, and opens tunnels for CONNECT."""

import asyncio
import base64
import contextlib
import dataclasses
import ssl
from collections.abc import AsyncIterator

HEAD_END = b"\r\n\r\n"


@dataclasses.dataclass(slots=True, kw_only=True)
class ForwardProxy:
    """`names` is all that it looks up. `login` is what it asks for; `refusal`: the status that everybody gets."""

    names: dict[str, str] = dataclasses.field(default_factory=dict)
    login: str | None = None
    refusal: int | None = None
    port: int = 0
    seen: list[tuple[str, dict[str, str]]] = dataclasses.field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return [line for line, _ in self.seen]

    def url(self, login: str = "", scheme: str = "http") -> str:
        return f"{scheme}://{login and login + '@'}localhost:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._pass_one_on(reader, writer):
                    pass
        finally:
            writer.close()

    async def _pass_one_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        line, lines, body = await _message(reader)
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
        self.seen.append((line, headers))
        method, target, _ = line.split(" ")
        status = self._refused(headers)
        if status is not None:
            writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return method != "CONNECT"
        authority, _, path = target.removeprefix("http://").partition("/")
        host, _, port = authority.rpartition(":")
        there, back = await asyncio.open_connection(self.names.get(host, "127.0.0.1"), int(port))
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established" + HEAD_END)
                await asyncio.gather(_pump(reader, back), _pump(there, writer))
                return False
            kept = [one for one in lines if not one.lower().startswith("proxy-")]
            back.write(_written(f"{method} /{path} HTTP/1.1", kept, body))
            writer.write(_written(*await _message(there)))
            return True
        finally:
            back.transport.abort()

    def _refused(self, headers: dict[str, str]) -> int | None:
        if self.login is not None:
            wanted = "Basic " + base64.b64encode(self.login.encode()).decode()
            if headers.get("proxy-authorization") != wanted:
                return 407
        return self.refusal


async def _message(reader: asyncio.StreamReader) -> tuple[str, list[str], bytes]:
    first, *lines = (await reader.readuntil(HEAD_END)).decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    sizes = [int(line.partition(":")[2]) for line in lines if line.lower().startswith("content-length:")]
    return first, lines, await reader.readexactly(sum(sizes))


def _written(first: str, lines: list[str], body: bytes) -> bytes:
    return "\r\n".join([first, *lines]).encode("latin-1") + HEAD_END + body


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


@contextlib.asynccontextmanager
async def proxying(*, tls: ssl.SSLContext | None = None, **wishes: object) -> AsyncIterator[ForwardProxy]:
    """A proxy that listens for as long as it is needed."""
    proxy, tasks = ForwardProxy(**wishes), set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        await proxy.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
