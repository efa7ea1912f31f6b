"""What syncs are run and asked for with: the keeper and the desk, built."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from headwater.core.clock import Clock
from headwater.core.event import IDENTITY_SOURCE
from headwater.core.secrets import Sealer
from headwater.lake import erasure_desk, naming
from headwater.lake.depot.place import Place
from headwater.lake.warehouses import kinds, selection
from headwater.lake.warehouses.selection import EVERY
from headwater.lake.warehouses.sync_keeper import SyncKeeper
from headwater.lake.warehouses.sync_words import SyncOrders
from headwater.store.database import Database
from headwater.store.folder import DataFolder
from headwater.workspace import sources, warehouses
from headwater.workspace.configuration import Source
from headwater.workspace.warehouses import Warehouse

PREFIX = "prefix"


def keeper(
    folder: DataFolder,
    *,
    database: Database,
    sealer: Sealer,
    clock: Clock,
    read_secret: Callable[[str], str],
    catch_up: Callable[[], Awaitable[None]],
    private_addresses: bool,
    own_listeners: Sequence[tuple[str, int]],
    place: Place | None = None,
) -> SyncKeeper:
    """Return who runs the syncs. `catch_up` brings what is in the log now into the lake, or gives up in time."""

    async def configuration() -> Sequence[Warehouse]:
        return await database.read(lambda connection: warehouses.every(connection, sealer=sealer))

    async def prepare(warehouse: Warehouse) -> SyncOrders:
        settings = kinds.opened(warehouse.kind, warehouse.settings, read_secret=read_secret)
        known = await database.read(sources.every)
        await catch_up()
        made = orders(
            warehouse,
            known,
            lake=folder.lake,
            settings=settings,
            private_addresses=private_addresses,
            own_listeners=own_listeners,
        )
        return msgspec.structs.replace(
            made,
            place=place,
            erasures=tuple(await erasure_desk.every(database)),
            unsettled=tuple(await erasure_desk.unsettled(database, folder.lake)),
        )

    return SyncKeeper(folder.syncs_database, configuration=configuration, prepare=prepare, clock=clock)


def orders(
    warehouse: Warehouse,
    known: Sequence[Source],
    *,
    lake: Path,
    settings: dict[str, object],
    private_addresses: bool,
    own_listeners: Sequence[tuple[str, int]],
) -> SyncOrders:
    """Return what a sync's process is told. `known` are all sources, the deleted ones, too: their events stay."""
    prefix = str(settings.get(PREFIX, ""))
    every = {one.id: naming.schema_of(one.slug) for one in known} | {IDENTITY_SOURCE: IDENTITY_SOURCE}
    names = every
    if warehouse.source_ids:
        names = {source_id: name for source_id, name in every.items() if source_id in warehouse.source_ids}
    return SyncOrders(
        lake=str(lake),
        kind=warehouse.kind,
        settings=settings,
        schemas={source_id: prefix + name for source_id, name in names.items()},
        every_schema={source_id: prefix + name for source_id, name in every.items()},
        exclude=tuple(_prefixed(text, prefix) for text in warehouse.exclude),
        private_addresses=private_addresses,
        own_listeners=list(own_listeners),
    )


def _prefixed(text: str, prefix: str) -> str:
    found = selection.exclusion(text)
    return text if found.source == EVERY else msgspec.structs.replace(found, source=prefix + found.source).text
