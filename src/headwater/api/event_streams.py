"""/projects/{id}/eventstreams: Ory's live event streams, of type https. A stream is a webhook for one project's events.

What is sent is the lifecycle event as it is stored, at least once, each with its `messageId`.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from headwater.api import stream_settings
from headwater.api.project_desk import AnyRequest, ProjectDesk
from headwater.api.stream_settings import PAUSED, StreamBody
from headwater.core.secrets import Sealer
from headwater.web.access import needs
from headwater.web.audit.audited import Audited
from headwater.workspace import event_streams
from headwater.workspace.destinations import DestinationChange
from headwater.workspace.event_streams import EventStream
from headwater.workspace.projects import Project


class Streams:
    """Shows and changes event streams, each time in the transaction that it is given.

    `newest_offset` is the log's head. `follow` returns once whoever delivers has heard of a change.
    """

    def __init__(
        self,
        *,
        desk: ProjectDesk,
        sealer: Sealer,
        newest_offset: Callable[[], int],
        follow: Callable[[], Awaitable[None]],
    ) -> None:
        self.follow = follow
        self._clock = desk.clock
        self._sealer = sealer
        self._newest_offset = newest_offset

    def every(self, connection: Connection, project: Project) -> list[dict[str, Any]]:
        found = event_streams.of_project(connection, project.id, sealer=self._sealer)
        return [stream_settings.shown(one) for one in found]

    def create(self, connection: Connection, project: Project, body: StreamBody) -> dict[str, Any]:
        made = event_streams.create(
            connection,
            project,
            stream_settings.settings_of(body),
            start_offset=self._newest_offset(),
            clock=self._clock,
            sealer=self._sealer,
        )
        if body.status == PAUSED:
            made = self._changed(connection, project, made.destination.id, DestinationChange(enabled=False))
        return stream_settings.shown(made)

    def change(self, connection: Connection, project: Project, stream_id: str, body: StreamBody) -> dict[str, Any]:
        before = event_streams.get(connection, project.id, stream_id, sealer=self._sealer).destination
        settings = stream_settings.settings_of(body, before=before.settings)
        is_on = before.enabled if body.status is None else body.status != PAUSED
        wanted = DestinationChange(settings=settings, enabled=is_on)
        return stream_settings.shown(self._changed(connection, project, before.id, wanted))

    def remove(self, connection: Connection, project: Project, stream_id: str) -> None:
        event_streams.remove(
            connection,
            project.id,
            stream_id,
            newest_offset=self._newest_offset(),
            clock=self._clock,
            sealer=self._sealer,
        )

    def _changed(
        self, connection: Connection, project: Project, stream_id: str, wanted: DestinationChange
    ) -> EventStream:
        return event_streams.change(
            connection,
            project.id,
            stream_id,
            wanted,
            newest_offset=self._newest_offset(),
            clock=self._clock,
            sealer=self._sealer,
        )


def routes(*, desk: ProjectDesk, streams: Streams) -> Router:
    database = desk.database

    @get("/", guards=[needs("projects.read")])
    async def every(request: AnyRequest, id_or_slug: FromPath[str]) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        return {"event_streams": await database.read(lambda connection: streams.every(connection, project))}

    @post("/", guards=[needs("projects.write")])
    async def create(request: AnyRequest, id_or_slug: FromPath[str], data: JSONBody[StreamBody]) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        return await database.write(lambda connection: streams.create(connection, project, data))

    @put("/{stream_id:str}", guards=[needs("projects.write", audited=Audited(above=1))])
    async def replace(
        request: AnyRequest, id_or_slug: FromPath[str], stream_id: FromPath[str], data: JSONBody[StreamBody]
    ) -> dict[str, Any]:
        project = await desk.find(request, id_or_slug)
        changed = await database.write(lambda connection: streams.change(connection, project, stream_id, data))
        await streams.follow()
        return changed

    @delete("/{stream_id:str}", guards=[needs("projects.write", audited=Audited(above=1))])
    async def remove(request: AnyRequest, id_or_slug: FromPath[str], stream_id: FromPath[str]) -> None:
        project = await desk.find(request, id_or_slug)
        await database.write(lambda connection: streams.remove(connection, project, stream_id))
        await streams.follow()

    return Router("/projects/{id_or_slug:str}/eventstreams", route_handlers=[every, create, replace, remove])
