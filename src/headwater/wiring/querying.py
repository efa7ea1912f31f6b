"""SQL over the lake, built: what a server's settings say of queries."""

from headwater.lake import erasure_desk
from headwater.lake.sql.queries import Queries
from headwater.lake.sql.query_limits import QueryLimits
from headwater.settings import Settings
from headwater.store.database import Database
from headwater.store.folder import DataFolder


def queries(folder: DataFolder, settings: Settings, *, database: Database) -> Queries:
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
    )
