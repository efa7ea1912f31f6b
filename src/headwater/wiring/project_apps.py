"""One identity room per project, each on a host of its own, apart because they share nothing that could mix.

The default project is at home at the server's plain address. Every other room is built when its project is first
asked for, or has mail to deliver, and goes with its project.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context

import msgspec
from litestar import Litestar
from sqlalchemy import Connection, select

from headwater.core.errors import NotFoundError
from headwater.identity.courier import queue
from headwater.identity.room import Room
from headwater.store import tables
from headwater.store.database import Database
from headwater.web import project_hosts
from headwater.web.lifespan import ASGIApp
from headwater.wiring.live_config import LiveProject


class ProjectApp(msgspec.Struct, frozen=True, kw_only=True):
    """A project's own web application, and what stands behind it. `app` is `inner` behind the project's rules."""

    project_id: str
    live: LiveProject
    room: Room
    inner: Litestar
    app: ASGIApp


Build = Callable[[str, str], ProjectApp]  # from the project's id and its public address


class UnknownProjectError(NotFoundError):
    """No project lives at this address. `headwater list projects` shows which there are."""

    code = "unknown_project"


class ProjectApps:
    """All projects but the default one, by slug; and every project's courier.

    `home` is the server's plain address, `default` the application there.
    """

    def __init__(self, database: Database, *, default: ProjectApp, home: str, build: Build) -> None:
        self._database = database
        self._home = home
        self._build = build
        self.default = default
        self._apps = {default.project_id: default}
        self._building: dict[str, asyncio.Task[ProjectApp]] = {}
        self._ids: dict[str, str] = {}
        self._couriers: dict[str, asyncio.Task[None]] = {}
        self._tasks: asyncio.TaskGroup | None = None

    def is_default(self, slug: str) -> bool:
        """Tell whether the project at home at the plain address is meant."""
        return self._ids.get(slug) == self.default.project_id

    async def at(self, slug: str) -> ASGIApp:
        """Return a project's application. Raises UnknownProjectError."""
        project_id = self._ids.get(slug)
        if project_id is None:
            raise UnknownProjectError
        return (await self._get(project_id, slug)).app

    async def configured(self) -> None:
        """Follow a change: of projects that came or went, and of what stands in their documents."""
        for one in self._apps.values():
            one.live.forget()
        self._ids = await self._database.read(_ids_by_slug)
        for project_id in self._apps.keys() - set(self._ids.values()):
            del self._apps[project_id]
            if courier := self._couriers.pop(project_id, None):
                courier.cancel()

    def wake_courier(self, project_id: str) -> None:
        """A project's queue may have grown; whoever queued something did so in its room."""
        if project_id in self._apps:
            self._apps[project_id].room.courier.wake()

    def wake_couriers(self) -> None:
        """Every project's queue may have grown, or time may have passed."""
        for one in self._apps.values():
            one.room.courier.wake()

    async def run(self) -> None:
        """Deliver every project's mail, until cancelled."""
        slugs = {project_id: slug for slug, project_id in self._ids.items()}
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for one in self._apps.values():
                self._send_courier(one)
            for project_id in await self._database.read(queue.at_work):
                if project_id in slugs:
                    await self._get(project_id, slugs[project_id])
            await asyncio.Event().wait()

    async def _get(self, project_id: str, slug: str) -> ProjectApp:
        """Return a project's room; many who ask at the same moment wait for one building of it."""
        found = self._apps.get(project_id)
        if found is not None:
            return found
        building = self._building.get(project_id)
        if building is None:
            building = self._building[project_id] = asyncio.create_task(self._make(project_id, slug))
        return await asyncio.shield(building)

    async def _make(self, project_id: str, slug: str) -> ProjectApp:
        try:
            url = project_hosts.url_of(slug, home=self._home)
            made = await asyncio.to_thread(self._build, project_id, url)
        finally:
            del self._building[project_id]
        if self._ids.get(slug) != project_id:
            raise UnknownProjectError  # deleted meanwhile
        self._apps[project_id] = made
        self._send_courier(made)
        return made

    def _send_courier(self, app: ProjectApp) -> None:
        """Let a project's mail be delivered from now on, where mail is delivered at all."""
        if self._tasks is not None:
            # In a context of its own: it outlives the request, if any, that is being answered here.
            self._couriers[app.project_id] = self._tasks.create_task(app.room.courier.run(), context=Context())


def _ids_by_slug(connection: Connection) -> dict[str, str]:
    table = tables.projects
    return {row.slug: row.id for row in connection.execute(select(table.c.slug, table.c.id))}
