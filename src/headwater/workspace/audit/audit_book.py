"""Where the web's entries are kept: the core database, one small transaction before a change and one after it.

The first one waits for the disk only where the change is made elsewhere. What is made in this very database is on the
disk no sooner than what was written here before it, so its own commit is the entry's, too.
"""

from sqlalchemy import Connection

from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Sealer
from headwater.store.database import Database
from headwater.web.audit.entry import Begun, Ended
from headwater.workspace.audit import entries
from headwater.workspace.audit.entries import Bounds

# All that these allow ends in a commit to the core database, or changes nothing.
HERE = frozenset(
    {
        "config.write",
        "destinations.write",
        "identities.write",
        "keys.write",
        "operators.write",
        "project-keys.write",
        "projects.create",
        "projects.delete",
        "projects.write",
        "sources.write",
        "suppressions.write",
        "warehouses.write",
        "workspace.write",
    }
)


class AuditBook:
    """A `web.audit.entry.Book`. Each entry that is begun makes room for itself, where there are too many."""

    def __init__(self, database: Database, *, sealer: Sealer, clock: Clock, bounds: Bounds) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._bounds = bounds

    async def begin(self, begun: Begun) -> int:
        """Keep that somebody is about to change something; it is on the disk before the change can be."""
        now_ms = epoch_ms(self._clock.now())

        def transaction(connection: Connection) -> int:
            number = entries.begin(connection, begun, now_ms=now_ms, sealer=self._sealer)
            entries.forget(connection, self._bounds, newest=number, now_ms=now_ms)
            return number

        return await self._database.write(transaction, survives_power_cut=begun.permission not in HERE)

    async def end(self, number: int, ended: Ended) -> None:
        """Keep what became of it. It doesn't wait for the disk: without it, nobody knows, and no more is said."""
        now_ms = epoch_ms(self._clock.now())
        await self._database.write(
            lambda connection: entries.end(connection, number, ended, now_ms=now_ms, sealer=self._sealer),
            survives_power_cut=False,
        )
