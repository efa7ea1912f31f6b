"""One installation with two projects, each on its host, and people who walk through their flows."""

import json
from typing import Any, Self

import httpx

from fresh_database import put_fresh_core
from headwater.identity.config.tree import default_document
from headwater.settings import load
from headwater.store.folder import DataFolder
from headwater.wiring.rooms import Rooms
from headwater.workspace import keys, projects

URL = "http://127.0.0.1:4433"
PASSWORD = "correct-horse-battery-staple"
OPERATOR = {"authorization": "Bearer token"}


class Stage:
    """Open it with `async with`. `default` is the first project, `other` the second."""

    def __init__(self, path: Any) -> None:
        self._folder = DataFolder(path / "data")

    async def __aenter__(self) -> Self:
        self._folder.lock()
        put_fresh_core(self._folder.core_database)
        await self._open()
        self.default = self.rooms.installation.project
        self.other = await self.new_project("other")
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.rooms.__aexit__(*exception)
        self._folder.unlock()

    async def restart(self) -> None:
        """Close everything and open it again, on what is kept."""
        await self.rooms.__aexit__(None, None, None)
        await self._open()

    async def _open(self) -> None:
        chosen = load({}, {"data": str(self._folder.path)})
        self.rooms = Rooms(chosen, self._folder, url=URL, local_token="token", listener=None)
        await self.rooms.__aenter__()

    async def new_project(self, name: str) -> projects.Project:
        return await self.rooms.database.write(
            lambda connection: projects.create(
                connection, name, identity_config=default_document(), clock=self.rooms.clock
            )
        )

    async def project(self, project_id: str) -> projects.Project:
        return await self.rooms.database.read(lambda connection: projects.get(connection, project_id))

    async def key_of(self, project: projects.Project, *, role: str = "admin") -> dict[str, str]:
        """Return the authorisation that a new key of `project` gives."""
        _, token = await self.rooms.database.write(
            lambda connection: keys.create(
                connection, name="", role=role, project_id=project.id, clock=self.rooms.clock
            )
        )
        return {"authorization": f"Bearer {token}"}

    def at(self, project: projects.Project | None = None, **headers: str) -> httpx.AsyncClient:
        """Return a client of the server, on a project's own host if one is given."""
        transport = httpx.ASGITransport(app=self.rooms.door, client=("127.0.0.1", 0))
        host = f"{project.slug}.projects.localhost:4433" if project else "127.0.0.1:4433"
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers=headers)

    async def patched(self, project: projects.Project, *operations: dict[str, Any]) -> Any:
        prefixed = [one | {"path": "/services/identity/config" + one["path"]} for one in operations]
        async with self.at(**OPERATOR) as client:
            answer = await client.patch(f"/projects/{project.id}", json=prefixed)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()


async def begun(client: httpx.AsyncClient, kind: str) -> Any:
    """Return a flow of an app."""
    answer = await client.get(f"/self-service/{kind}/api")
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()


async def signed_up(client: httpx.AsyncClient, email: str) -> Any:
    """Return what a registration answers: the session, its token, the person."""
    flow = await begun(client, "registration")
    body = {"method": "password", "password": PASSWORD, "traits": {"email": email}}
    answer = await client.post("/self-service/registration", params={"flow": flow["id"]}, json=body)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()


async def signed_in(client: httpx.AsyncClient, email: str) -> httpx.Response:
    """Return the answer to a try with ada's password."""
    flow = await begun(client, "login")
    body = {"method": "password", "identifier": email, "password": PASSWORD}
    return await client.post("/self-service/login", params={"flow": flow["id"]}, json=body)


async def captured_code(stage: Stage, project: projects.Project) -> str:
    """Return the code in the newest mail of a project."""
    async with stage.at(project, **OPERATOR) as client:
        (mail, *_) = (await client.get("/admin/courier/messages")).json()
    return next(word for word in json.dumps(mail["body"]).replace("\\n", " ").split() if word.isdigit())
