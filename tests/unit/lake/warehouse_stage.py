"""A lake beside a warehouse, for the tests of syncs."""

from writing_stage import Shore

from headwater.lake.warehouses.sync_limits import SyncLimits
from headwater.lake.warehouses.sync_words import SyncOrders
from headwater.lake.warehouses.syncing import sync

SCHEMAS = {"src_web": "web"}


class Quay(Shore):
    """A lake, and a warehouse that it is synced into."""

    def __init__(self, folder, settings):
        super().__init__(folder)
        self.settings = settings

    def orders_of_sync(self, **changes):
        wanted = {
            "lake": str(self.lake),
            "kind": "postgres",
            "settings": self.settings,
            "schemas": SCHEMAS,
            "every_schema": SCHEMAS,
            "private_addresses": True,
            "limits": SyncLimits(threads=1),
            **changes,
        }
        return SyncOrders(**wanted)

    async def sync(self, **changes):
        """Sync, and return the last word, and what became of each table that was touched."""
        words = []
        await sync(self.orders_of_sync(**changes), say=words.append)
        assert words[-1].is_end
        return words[-1], {one.table.table: one.table for one in words if one.table is not None}

    async def add(self, *records):
        await self.append(*records)
        await self.write()
