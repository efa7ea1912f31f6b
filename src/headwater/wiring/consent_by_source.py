"""What consent the destinations of each source need, in memory: clients ask for it with their settings."""

import asyncio
from collections.abc import Sequence

from headwater.collect.consent_settings import Need
from headwater.core.secrets import Sealer
from headwater.store.database import Database
from headwater.workspace import destinations


class ConsentBySource:
    """A copy of what is configured, made anew when the configuration changes. What is switched off needs nothing."""

    def __init__(self, database: Database, *, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._by_source: dict[str, list[Need]] = {}
        self._turn = asyncio.Lock()

    def __call__(self, source_id: str) -> Sequence[Need]:
        return self._by_source.get(source_id, ())

    async def reload(self) -> None:
        """Read all destinations again. One at a time: an older reading never replaces a newer one."""
        async with self._turn:
            known = await self._database.read(lambda connection: destinations.every(connection, sealer=self._sealer))
            found: dict[str, list[Need]] = {}
            for one in known:
                need = Need(name=one.name, categories=one.routing.consent_categories)
                for source_id in one.source_ids if one.enabled else ():
                    found.setdefault(source_id, []).append(need)
            self._by_source = found
