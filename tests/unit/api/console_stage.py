"""Ory's console API on a real database, with the keys that it makes; time stands still until it is moved."""

from datetime import UTC, datetime
from typing import Any, Self

import httpx

from fresh_database import fresh_database
from headwater.api import app, console
from headwater.api.event_streams import Streams
from headwater.api.project_desk import ProjectDesk
from headwater.core.clock import ManualClock
from headwater.core.secrets import Sealer
from headwater.identity.config import tree
from headwater.web.access import Principal
from headwater.workspace import keys, projects, workspaces

START = datetime(2026, 11, 23, tzinfo=UTC)
CONFIG = "/services/identity/config"
LIFESPAN = f"{CONFIG}/session/lifespan"


async def check(document):
    tree.check(document)
    return [{"id": "doubtful", "code": 299, "message": "So they say."}] if document.get("doubtful") else []


class Stage:
    """Open it with `async with`. `project` is the first one; `admin` is a key of the workspace."""

    def __init__(self, folder: Any) -> None:
        self.clock = ManualClock(START)
        self.sealer = Sealer(b"k" * 32)
        self.mail_folder = folder / "mail"
        self.database = fresh_database(folder / "core.db")
        self.check = check
        self.newest_offset = 7
        self.followed = 0

    async def __aenter__(self) -> Self:
        self.workspace = await self.database.write(lambda c: workspaces.ensure(c, clock=self.clock))
        self.project = await self.new_project("first")
        self.clock.advance(1)
        self.admin = await self.new_key()

        async def checked(document):
            return await self.check(document)  # whichever it is by then

        self.desk = ProjectDesk(
            database=self.database,
            clock=self.clock,
            sealer=self.sealer,
            check=checked,
            hosts_of=lambda project: [f"{project.slug}.projects.localhost"],
        )
        streams = Streams(
            desk=self.desk, sealer=self.sealer, newest_offset=lambda: self.newest_offset, follow=self._followed
        )
        routers = console.routes(desk=self.desk, streams=streams, mail_folder=self.mail_folder)
        self.app = app.build(routers, authenticate=self._authenticate, expose_admin=False)
        transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 1))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        self.database.close()

    async def _followed(self) -> None:
        self.followed += 1

    async def _authenticate(self, token: str) -> Principal | None:
        key = await self.database.read(lambda c: keys.by_token(c, token, clock=self.clock))
        return None if key is None else Principal(key_id=key.id, role=key.role, project_id=key.project_id)

    async def new_project(self, name: str) -> projects.Project:
        return await self.database.write(
            lambda c: projects.create(c, name, identity_config=tree.default_document(), clock=self.clock)
        )

    async def new_key(self, project: projects.Project | None = None, *, role: str = "admin", name: str = "ada") -> str:
        _, token = await self.database.write(
            lambda c: keys.create(c, name=name, role=role, project_id=project and project.id, clock=self.clock)
        )
        return token

    async def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """Ask as the administrator of the workspace, or with `key`; "" is nobody."""
        token = self.admin if key is None else key
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(method, path, json=body, headers=headers)

    async def patched(self, *operations: Any, project: projects.Project | None = None) -> httpx.Response:
        return await self.ask("PATCH", f"/projects/{(project or self.project).id}", list(operations))

    async def shown(self, project: projects.Project | None = None) -> Any:
        return (await self.ask("GET", f"/projects/{(project or self.project).id}")).json()

    async def lifespan(self, value: str) -> str:
        """Make a change, and return the revision's id."""
        answer = await self.patched(put(LIFESPAN, value))
        assert 200 == answer.status_code, answer.text
        return str(answer.json()["project"]["revision_id"])


def put(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def session(project: dict[str, Any]) -> str:
    return str(project["services"]["identity"]["config"]["session"]["lifespan"])


def reason(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["message"])
