"""Where the web's entries are kept: the core database, one small transaction before a change and one after it."""

from sqlalchemy import Connection

from headwater.core.clock import Clock, epoch_ms
from headwater.core.secrets import Sealer
from headwater.store.database import Database
from headwater.web.audit.entry import Begun, Ended
from headwater.workspace.audit import entries
from headwater.workspace.audit.entries import Bounds


class AuditBook:
    """A `web.audit.entry.Book`. Each entry that is begun makes room for itself, where there are too many."""

    def __init__(self, database: Database, *, sealer: Sealer, clock: Clock, bounds: Bounds) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._bounds = bounds

    async def begin(self, begun: Begun) -> int:
        """Keep that somebody is about to change something; it is on the disk when this returns."""
        now_ms = epoch_ms(self._clock.now())

        def transaction(connection: Connection) -> int:
            number = entries.begin(connection, begun, now_ms=now_ms, sealer=self._sealer)
            entries.forget(connection, self._bounds, newest=number, now_ms=now_ms)
            return number

        return await self._database.write(transaction)

    async def end(self, number: int, ended: Ended) -> None:
        """Keep what became of it. It doesn't wait for the disk: without it, nobody knows, and no more is said."""
        now_ms = epoch_ms(self._clock.now())
        await self._database.write(
            lambda connection: entries.end(connection, number, ended, now_ms=now_ms, sealer=self._sealer),
            survives_power_cut=False,
        )
