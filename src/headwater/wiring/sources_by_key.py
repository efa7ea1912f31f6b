"""Which source a write key belongs to, in memory: the collector asks for every call."""

import asyncio

from headwater.store.database import Database
from headwater.workspace import sources
from headwater.workspace.configuration import Source


class SourcesByKey:
    """A copy of all write keys, made anew when the configuration changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_key: dict[str, Source] = {}
        self._turn = asyncio.Lock()

    def __call__(self, key: str) -> Source | None:
        return self._by_key.get(key)

    async def reload(self) -> None:
        """Read all sources again. One at a time: an older reading never replaces a newer one."""
        async with self._turn:
            known = await self._database.read(sources.every)
            self._by_key = {one.key: source for source in known for one in source.write_keys}
