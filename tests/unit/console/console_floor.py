"""The whole server in this process, and an operator with a browser that knows forms but no scripts."""

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from headwater.core.event import Record
from headwater.web.call import Call
from headwater.wiring.rooms import Rooms
from headwater.workspace import keys
from lent_rooms import LENDER

CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
SPACES = re.compile(r"\s+")


class Words(HTMLParser):
    """What a page says to whoever reads it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._found: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self._found.append(data)

    def __str__(self) -> str:
        return SPACES.sub(" ", " ".join(self._found))


class Operator:
    """Somebody signed in with a key. What a page is asked for is HTML; `words` are what it says."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.html = ""
        self.status = 0
        self.at = ""
        self.came_to = ""

    @property
    def words(self) -> str:
        return str(Words(self.html))

    async def see(self, path: str) -> str:
        """Open a page, follow where it leads, and return what it says."""
        return self._seen(await self.client.get(path, follow_redirects=True))

    async def send(self, path: str, /, csrf: str | None = None, **form: Any) -> str:
        """Send a form of the page that is seen, and return what the next page says."""
        found = CSRF.search(self.html)
        token = csrf if csrf is not None else found[1] if found else ""
        answer = await self.client.post(path, data={"csrf": token, **form}, follow_redirects=True)
        return self._seen(answer)

    async def send_to(self, address: str, form: dict[str, Any]) -> str:
        """Send a form that is no page's of the console, and return what the next page says."""
        return self._seen(await self.client.post(address, data=form, follow_redirects=True))

    def _seen(self, answer: httpx.Response) -> str:
        self.html, self.status = answer.text, answer.status_code
        self.came_to = str(answer.url)
        self.at = urlsplit(self.came_to).path
        return self.words


class Floor:
    """A server with the console on it."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self._clients: list[httpx.AsyncClient] = []

    async def key(self, role: str = "admin", **options: Any) -> tuple[keys.Key, str]:
        """Make a key; return it and its token."""
        return await self.rooms.database.write(
            lambda connection: keys.create(
                connection, name=f"{role}'s", role=role, clock=self.rooms.clock, **{"project_id": None, **options}
            )
        )

    def visitor(self, *, peer: str = "127.0.0.1", **headers: str) -> Operator:
        """Return somebody who is not signed in."""
        transport = httpx.ASGITransport(app=self.rooms.door, client=(peer, 1))
        client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4433", headers=headers)
        self._clients.append(client)
        return Operator(client)

    async def operator(self, role: str = "admin") -> Operator:
        """Return somebody who is signed in."""
        _, token = await self.key(role)
        visitor = self.visitor()
        await visitor.send("/console/sign-in", key=token)
        assert visitor.at == "/console", visitor.words
        return visitor

    async def api(self, method: str, path: str, **options: Any) -> Any:
        """Ask the API as the CLI does; return its JSON."""
        headers = {"authorization": f"Bearer {self.rooms.local_token}"}
        answer = await self.visitor(**headers).client.request(method, path, **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def event(self, source_id: str, message_id: str, body: bytes) -> None:
        """Store a track of Ada's as it is."""
        record = Record(
            source=source_id, message_id=message_id, type="track", body=body, received_at_ms=0, user_id="ada"
        )
        await self.rooms.log.append([record])

    async def call(self, path: str, write_key: str, body: bytes) -> int:
        """Call the tracking API, which is no part of the application; return its status."""
        basic = base64.b64encode(f"{write_key}:".encode()).decode()
        headers = {"authorization": f"Basic {basic}", "content-type": "application/json"}
        reply = await self.rooms.collector.accept(Call(method="POST", path=path, headers=headers, body=body))
        return reply.status

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@asynccontextmanager
async def console_on(folder: Path) -> AsyncIterator[Floor]:
    async with LENDER.lent() as rooms:
        floor = Floor(rooms)
        try:
            yield floor
        finally:
            await floor.close()


def query_of(location: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(location).query)
