"""Which source a slug or an id stands for, and back."""

from headwater.core.errors import NotFoundError
from headwater.core.event import IDENTITY_SOURCE
from headwater.store.database import Database
from headwater.workspace import sources


class Slugs:
    """Sources by id, looked up again when an id is new: a tail outlives the list it began with."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, str] = {}

    async def of(self, source_id: str) -> str:
        """Return a source's slug; the id of one that is gone."""
        if source_id not in self._known:
            await self._reload()
        return self._known.setdefault(source_id, source_id)

    async def id_of(self, slug: str) -> str:
        """Return the id of a source by its slug or id. Raises NotFoundError."""
        if slug == IDENTITY_SOURCE:
            return slug
        await self._reload()
        for source_id, known in self._known.items():
            if slug in (source_id, known):
                return source_id
        raise NotFoundError(f"There is no source {slug!r}. `headwater list sources` shows which there are.")

    async def _reload(self) -> None:
        self._known |= await self._database.read(sources.slugs)
