"""A process that keeps a schema view until it is killed: small passes, no rest."""

import asyncio
import sys
from pathlib import Path

from headwater.core.clock import SystemClock
from headwater.live.limits import SchemaLimits
from headwater.live.schema_reader import SchemaReader
from headwater.log.sqlite_reader import SqliteLogReader

LIMITS = SchemaLimits(records_per_read=10, records_per_pass=10, shortest_rest_seconds=0.0005, rest_per_pass=0.0)


async def main(folder: Path) -> None:
    reader = SchemaReader(
        folder / "live.db", reader=SqliteLogReader(folder / "log"), clock=SystemClock(), limits=LIMITS
    )
    reader.start()
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1])))
