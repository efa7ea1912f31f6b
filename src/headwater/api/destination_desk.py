"""Destinations as operators change them: checked before they are stored, shown without their secrets."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection

from headwater.api import shapes
from headwater.api.destination_wishes import ChangedDestination, NewDestination, RoutingKeys
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError
from headwater.core.secrets import Sealer
from headwater.deliver import catalogue, kept_settings, routing_check, routing_document
from headwater.deliver.destination import Kind, check_settings
from headwater.deliver.kept_settings import Read
from headwater.log.starts import Starts
from headwater.mapping.evaluation import Evaluator
from headwater.workspace import destinations, sources
from headwater.workspace.configuration import Destination, Routing
from headwater.workspace.destinations import DestinationChange

NO_SOURCE = "A destination needs at least one source: --source SLUG."


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a new destination is stored with. Without `start_offset` it starts at the log's head."""

    settings: dict[str, Any]
    routing: Routing
    start_offset: int | None


class Desk:
    """Shows and changes destinations, each time in the transaction that it is given."""

    def __init__(
        self,
        *,
        clock: Clock,
        sealer: Sealer,
        newest_offset: Callable[[], int],
        read: Read,
        starts: Starts,
        evaluator: Evaluator,
    ) -> None:
        self._clock = clock
        self._sealer = sealer
        self._newest_offset = newest_offset
        self._read = read
        self._starts = starts
        self._evaluator = evaluator

    async def checked(self, data: NewDestination) -> Checked:
        """Return what a new destination is stored with. Raises a HeadwaterError for whatever doesn't fit."""
        if not data.sources:
            raise BadRequestError(NO_SOURCE, field="sources")
        return Checked(
            settings=self._checked_settings(catalogue.kind(data.kind), data.settings),
            routing=await self.check_routing(data, before=Routing(), kind=data.kind),
            start_offset=await self._starts.offset_before(data.start),
        )

    async def check_routing(self, keys: RoutingKeys, *, before: Routing, kind: str) -> Routing:
        """Return `before` with what is given. Raises BadRoutingError, or MappingBusyError."""
        wanted = routing_document.changed(before, keys.routing)
        if keys.routing:
            await routing_check.check(wanted, kind=catalogue.kind(kind), evaluator=self._evaluator)
        return wanted

    def every(self, connection: Connection) -> list[dict[str, Any]]:
        slugs = sources.slugs(connection)
        return [shapes.destination(one, slugs=slugs) for one in destinations.every(connection, sealer=self._sealer)]

    def one(self, connection: Connection, destination_id: str) -> dict[str, Any]:
        return _shown(connection, destinations.get(connection, destination_id, sealer=self._sealer))

    def found(self, connection: Connection, destination_id: str) -> Destination:
        return destinations.get(connection, destination_id, sealer=self._sealer)

    def create(self, connection: Connection, data: NewDestination, checked: Checked) -> dict[str, Any]:
        made = destinations.create(
            connection,
            data.kind,
            name=data.name or catalogue.kind(data.kind).title,
            source_slugs=data.sources,
            settings=checked.settings,
            start_offset=self._newest_offset() if checked.start_offset is None else checked.start_offset,
            clock=self._clock,
            sealer=self._sealer,
            routing=checked.routing,
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

    def _checked_settings(self, kind: Kind, settings: dict[str, Any]) -> dict[str, Any]:
        """Return settings as they are kept. Raises BadDestinationSettingsError, also for a secret not to be read."""
        found = check_settings(kind, settings)
        kept_settings.opened(kind, found, read=self._read)
        return found

    def _change(self, before: Destination, data: ChangedDestination) -> DestinationChange:
        """Return what changes, checked. Raises BadRequestError where there is nothing, or too little left."""
        if data == ChangedDestination():
            raise BadRequestError(f"Say what to change: {', '.join(ChangedDestination.__struct_fields__)}.")
        if data.sources is not UNSET and before.project_id is not None:
            raise BadRequestError("An event stream gets its project's events, and has no sources.")
        if data.sources is not UNSET and not data.sources:
            raise BadRequestError(NO_SOURCE, field="sources")
        kind, settings = catalogue.kind(before.kind), data.settings
        if settings is not UNSET:
            settings = self._checked_settings(kind, kept_settings.merged(kind, before.settings, settings))
        return DestinationChange(
            name=data.name,
            enabled=data.enabled,
            sources=data.sources,
            settings=settings,
            routing=routing_document.changed(before.routing, data.routing) if data.routing else UNSET,
        )


def _shown(connection: Connection, made: Destination) -> dict[str, Any]:
    return shapes.destination(made, slugs=sources.slugs(connection))
