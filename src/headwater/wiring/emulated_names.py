"""What the emulator's sources and destinations are called just now, for lists of what came and what wanted to leave."""

from typing import Any

from sqlalchemy import Connection

from headwater.core.secrets import Sealer
from headwater.store.database import Database
from headwater.workspace import destinations, sources


class EmulatedNames:
    """Learns them anew when told to; `own` is the slug of the source that a new emulator has."""

    def __init__(self, *, own: str) -> None:
        self._own = own
        self._destinations: dict[str, str] = {}
        self._slugs: dict[str, str] = {}
        self.source_slug = ""
        self.write_key = ""

    async def learn(self, database: Database, *, sealer: Sealer) -> None:
        """Learn what destinations and sources are called now."""

        def read(connection: Connection) -> tuple[dict[str, str], list[Any]]:
            named = {one.id: one.name for one in destinations.every(connection, sealer=sealer)}
            return named, sources.every(connection)

        self._destinations, known = await database.read(read)
        self._slugs = {one.id: one.slug for one in known}
        first = next((one for one in known if one.slug == self._own), None)
        own = first or next((one for one in known if one.write_keys), None)
        self.source_slug = own.slug if own else ""
        self.write_key = own.write_keys[0].key if own and own.write_keys else ""

    def of_destination(self, destination_id: str) -> str | None:
        """Return what a destination is called, None for one that isn't known."""
        return self._destinations.get(destination_id)

    def of_source(self, source_id: str) -> str | None:
        """Return the slug of a source, None for one that isn't known."""
        return self._slugs.get(source_id)
