"""SQL over the lake, built: what a server's settings say of queries."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

from headwater.core.clock import Clock, epoch_ms
from headwater.lake import erasure_desk
from headwater.lake.depot.cache import Cache
from headwater.lake.depot.place import Place
from headwater.lake.sql.queries import Queries
from headwater.lake.sql.query_limits import QueryLimits
from headwater.lake.sql.query_process import Fetch
from headwater.settings import Settings
from headwater.store.database import Database
from headwater.store.folder import DataFolder


def queries(folder: DataFolder, settings: Settings, *, database: Database, clock: Clock) -> Queries:
    """Return who runs the queries over a data folder's lake."""
    limits = QueryLimits(
        seconds=settings.query_timeout.total_seconds(),
        memory_bytes=settings.query_memory,
        result_bytes=settings.query_result_size,
        at_once=settings.queries_at_once,
    )
    return Queries(
        folder.lake,
        folder.log,
        limits=limits,
        may_be_unconfined=settings.unconfined_queries,
        erasures=lambda: erasure_desk.unsettled(database, folder.lake),
        fetch=None if settings.lake_place is None else fetched(folder.lake, settings.lake_place, clock=clock),
    )


def fetched(lake: Path, place: Place, *, clock: Clock) -> Fetch:
    """Return what brings files of a lake that is at home elsewhere."""
    cache = Cache(lake, place)

    async def fetch(paths: Sequence[str]) -> None:
        stop = threading.Event()
        try:
            await asyncio.to_thread(cache.fetch, paths, now_ms=epoch_ms(clock.now()), stop=stop)
        finally:
            stop.set()

    return fetch
