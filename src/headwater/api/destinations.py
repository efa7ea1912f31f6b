"""/api/destinations and /api/destination-kinds."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from headwater.api import shapes
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError
from headwater.core.secrets import Sealer
from headwater.deliver import catalogue, kept_settings
from headwater.deliver.destination import Kind, check_settings
from headwater.deliver.kept_settings import Read
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import destinations, sources
from headwater.workspace.configuration import Destination
from headwater.workspace.destinations import DestinationChange

NO_SOURCE = "A destination needs at least one source: --source SLUG."

Follow = Callable[[], Awaitable[None]]


class NewDestination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a destination is made from."""

    kind: str
    sources: list[str]
    name: str | None = None
    settings: dict[str, Any] = {}


class ChangedDestination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be changed; what is not there stays. `settings`: those that change, null for one that goes."""

    name: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    sources: list[str] | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET


class Desk:
    """Shows and changes destinations, each time in the transaction that it is given."""

    def __init__(self, *, clock: Clock, sealer: Sealer, newest_offset: Callable[[], int], read: Read) -> None:
        self._clock = clock
        self._sealer = sealer
        self._newest_offset = newest_offset
        self._read = read

    def checked(self, kind: Kind, settings: dict[str, Any]) -> dict[str, Any]:
        """Return settings as they are kept. Raises BadDestinationSettingsError, also for a secret not to be read."""
        found = check_settings(kind, settings)
        kept_settings.opened(kind, found, read=self._read)
        return found

    def every(self, connection: Connection) -> list[dict[str, Any]]:
        return [_shown(connection, one) for one in destinations.every(connection, sealer=self._sealer)]

    def one(self, connection: Connection, destination_id: str) -> dict[str, Any]:
        return _shown(connection, destinations.get(connection, destination_id, sealer=self._sealer))

    def create(self, connection: Connection, data: NewDestination, settings: dict[str, Any]) -> dict[str, Any]:
        made = destinations.create(
            connection,
            data.kind,
            name=data.name or catalogue.kind(data.kind).title,
            source_slugs=data.sources,
            settings=settings,
            start_offset=self._newest_offset(),
            clock=self._clock,
            sealer=self._sealer,
        )
        return _shown(connection, made)

    def change(self, connection: Connection, destination_id: str, data: ChangedDestination) -> dict[str, Any]:
        before = destinations.get(connection, destination_id, sealer=self._sealer)
        changed = destinations.update_destination(
            connection, before.id, self._change(before, data), newest_offset=self._newest_offset(), sealer=self._sealer
        )
        return _shown(connection, changed)

    def remove(self, connection: Connection, destination_id: str) -> None:
        destinations.delete_destination(
            connection, destination_id, newest_offset=self._newest_offset(), clock=self._clock, sealer=self._sealer
        )

    def _change(self, before: Destination, data: ChangedDestination) -> DestinationChange:
        """Return what changes, checked. Raises BadRequestError where there is nothing, or too little left."""
        if data == ChangedDestination():
            raise BadRequestError("Say what to change: name, enabled, sources or settings.")
        if data.sources is not UNSET and before.project_id is not None:
            raise BadRequestError("An event stream gets its project's events, and has no sources.")
        if data.sources is not UNSET and not data.sources:
            raise BadRequestError(NO_SOURCE)
        kind, settings = catalogue.kind(before.kind), data.settings
        if settings is not UNSET:
            settings = self.checked(kind, kept_settings.merged(kind, before.settings, settings))
        return DestinationChange(name=data.name, enabled=data.enabled, sources=data.sources, settings=settings)


def routes(*, database: Database, desk: Desk, follow: Follow) -> Router:
    """`follow` returns once whoever delivers has heard of a change: what it forbids is then no longer sent."""

    @post("/destinations", guards=[needs("destinations.write")])
    async def create(data: JSONBody[NewDestination]) -> dict[str, Any]:
        if not data.sources:
            raise BadRequestError(NO_SOURCE)
        settings = desk.checked(catalogue.kind(data.kind), data.settings)
        return await database.write(lambda connection: desk.create(connection, data, settings))

    @get("/destinations", guards=[needs("destinations.read")])
    async def every() -> dict[str, Any]:
        return {"destinations": await database.read(desk.every)}

    @get("/destinations/{destination_id:str}", guards=[needs("destinations.read")])
    async def one(destination_id: FromPath[str]) -> dict[str, Any]:
        return await database.read(lambda connection: desk.one(connection, destination_id))

    @patch("/destinations/{destination_id:str}", guards=[needs("destinations.write")])
    async def change(destination_id: FromPath[str], data: JSONBody[ChangedDestination]) -> dict[str, Any]:
        changed = await database.write(lambda connection: desk.change(connection, destination_id, data))
        await follow()
        return changed

    @delete("/destinations/{destination_id:str}", guards=[needs("destinations.write")])
    async def remove(destination_id: FromPath[str]) -> None:
        await database.write(lambda connection: desk.remove(connection, destination_id))
        await follow()

    @get("/destination-kinds", guards=[needs("destinations.read")])
    async def kinds() -> dict[str, Any]:
        return {"destination_kinds": [shapes.kind(kind) for kind in catalogue.kinds().values()]}

    return Router("/api", route_handlers=[create, every, one, change, remove, kinds])


def _shown(connection: Connection, made: Destination) -> dict[str, Any]:
    return shapes.destination(made, slugs=shapes.slugs_of(sources.every(connection)))
