"""Warehouses as operators change them: checked before they are stored, shown without their secrets."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from headwater.api import sync_shape, sync_standing
from headwater.api.sync_standing import SyncStanding
from headwater.core.clock import Clock
from headwater.core.errors import BadRequestError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.lake.warehouses import kinds, wishes
from headwater.lake.warehouses.sync_history import SyncHistory
from headwater.store.database import Database
from headwater.workspace import sources, warehouses
from headwater.workspace.warehouses import Warehouse, WarehouseChange


class NewWarehouse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a warehouse is made from. Without sources it gets all there are, and will be."""

    name: str
    kind: str
    settings: dict[str, Any] = {}
    sources: list[str] = []
    exclude: list[str] = []
    schedule: str = wishes.DEFAULT_SCHEDULE


class ChangedWarehouse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be changed; what is not there stays. `settings`: those that change, null for one that goes."""

    name: str | UnsetType = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    sources: list[str] | UnsetType = UNSET
    exclude: list[str] | UnsetType = UNSET
    schedule: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class WarehouseDesk:
    """Shows and changes warehouses, and asks for syncs."""

    def __init__(self, *, database: Database, history: SyncHistory, clock: Clock, sealer: Sealer) -> None:
        self._database = database
        self._history = history
        self._clock = clock
        self._sealer = sealer

    async def create(self, data: NewWarehouse) -> dict[str, Any]:
        """Raises BadRequestError, ConflictError, NotFoundError for a source."""
        settings, seconds = kinds.checked(data.kind, data.settings), wishes.schedule_seconds(data.schedule)

        def write(connection: Connection) -> Warehouse:
            return warehouses.create(
                connection,
                data.name,
                kind=data.kind,
                settings=settings,
                source_slugs=data.sources,
                exclude=_exclusions(connection, data.exclude),
                schedule_seconds=seconds,
                clock=self._clock,
                sealer=self._sealer,
            )

        return await self._shown(await self._database.write(write))

    async def change(self, name: str, data: ChangedWarehouse) -> dict[str, Any]:
        """Raises BadRequestError, ConflictError, NotFoundError."""
        if data == ChangedWarehouse():
            raise BadRequestError(f"Say what to change: {', '.join(ChangedWarehouse.__struct_fields__)}.")

        def write(connection: Connection) -> Warehouse:
            before = warehouses.get(connection, name, sealer=self._sealer)
            given, schedule = data.settings, data.schedule
            change = WarehouseChange(
                name=data.name,
                settings=UNSET if given is UNSET else kinds.checked(before.kind, given, before.settings),
                sources=data.sources,
                exclude=UNSET if data.exclude is UNSET else _exclusions(connection, data.exclude),
                schedule_seconds=UNSET if schedule is UNSET else wishes.schedule_seconds(schedule),
                enabled=data.enabled,
            )
            return warehouses.change(connection, name, change, sealer=self._sealer)

        return await self._shown(await self._database.write(write))

    async def every(self) -> list[dict[str, Any]]:
        found = await self._database.read(lambda connection: warehouses.every(connection, sealer=self._sealer))
        return [await self._shown(one) for one in found]

    async def standings(self) -> list[SyncStanding]:
        """Return how the syncs of each warehouse stand."""
        found = await self._database.read(lambda connection: warehouses.every(connection, sealer=self._sealer))
        return [sync_standing.of(one, self._history.every(one.id)) for one in found]

    async def one(self, name: str) -> dict[str, Any]:
        """Raises NotFoundError."""
        return await self._shown(await self._found(name))

    async def remove(self, name: str) -> None:
        """Raises NotFoundError. What is in the warehouse stays there."""
        await self._database.write(lambda connection: warehouses.remove(connection, name, sealer=self._sealer))

    async def sync(self, name: str) -> dict[str, Any]:
        """Ask for a sync, and return it as it is then. Raises NotFoundError, ConflictError for one that is off."""
        wanted = await self._database.write(
            lambda connection: warehouses.want_sync(connection, name, clock=self._clock, sealer=self._sealer)
        )
        return sync_shape.waiting(wanted)

    async def syncs(self, name: str) -> list[dict[str, Any]]:
        """Return those that are remembered, newest first; one that waits before them. Raises NotFoundError."""
        warehouse = await self._found(name)
        found = [sync_shape.shown(one, warehouse) for one in self._history.every(warehouse.id)]
        is_waiting = warehouse.wanted_sync is not None and self._history.one_or_none(warehouse.wanted_sync) is None
        return [sync_shape.waiting(warehouse), *found] if is_waiting else found

    async def one_sync(self, name: str, sync_id: str) -> dict[str, Any]:
        """Raises NotFoundError."""
        warehouse = await self._found(name)
        found = self._history.one_or_none(sync_id)
        if found is not None and found.warehouse == warehouse.id:
            return sync_shape.shown(found, warehouse)
        if sync_id == warehouse.wanted_sync:
            return sync_shape.waiting(warehouse)
        raise NotFoundError(f"{name} has no sync {sync_id!r}. `headwater list syncs --warehouse {name}` shows them.")

    async def _found(self, name: str) -> Warehouse:
        return await self._database.read(lambda connection: warehouses.get(connection, name, sealer=self._sealer))

    async def _shown(self, warehouse: Warehouse) -> dict[str, Any]:
        found = await self._database.read(sources.every)
        slugs = {one.id: one.slug for one in found}
        history = self._history.every(warehouse.id)
        newest, standing = next(iter(history), None), sync_standing.of(warehouse, history)
        return {
            "id": warehouse.id,
            "name": warehouse.name,
            "kind": warehouse.kind,
            "enabled": warehouse.enabled,
            "schedule": wishes.schedule_text(warehouse.schedule_seconds),
            "sources": [slugs.get(source_id, source_id) for source_id in warehouse.source_ids],
            "exclude": list(warehouse.exclude),
            "settings": kinds.shown(warehouse.kind, warehouse.settings),
            "created_at": sync_shape.at(warehouse.created_at_ms),
            "last_sync": None if newest is None else sync_shape.shown(newest, warehouse),
            "failed_in_a_row": standing.failed_in_a_row,
            "notice": standing.notice,
        }


def _exclusions(connection: Connection, texts: Sequence[str]) -> list[str]:
    return wishes.exclusions(texts, slugs=[one.slug for one in sources.every(connection)])
