"""Real parts for the tests of SQL: a real log, real files of the lake's writer, queries in processes of their own."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec

from headwater.core.clock import ManualClock
from headwater.core.event import Record
from headwater.lake import write_run
from headwater.lake.sql.orders import Schema
from headwater.lake.sql.queries import Queries
from headwater.lake.sql.query_limits import QueryLimits
from headwater.lake.write_orders import Orders
from headwater.log.sqlite_writer import SqliteLogWriter

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
WEB = Schema(name="web", source_id="src_web")
SHOP = Schema(name="shop", source_id="src_shop")
LIMITS = QueryLimits(seconds=20.0, memory_bytes=256 * 10**6)


def event(number, *, source="src_web", type="track", user="ada", **body):  # noqa: A002  the record's own word
    content = {"type": type, "messageId": f"m{number}", "userId": user, **body}
    return Record(
        source=source,
        message_id=f"m{number}",
        type=type,
        body=json.dumps(content).encode(),
        received_at_ms=START_MS + number,
        user_id=user,
    )


class Lake:
    """A data folder with a log and a lake, as the server's are."""

    def __init__(self, folder, *, limits=LIMITS):
        self.folder = folder
        self.lake, self.log = folder / "lake", folder / "log"
        self.lake.mkdir()
        self.clock = ManualClock(START)
        self.writer = SqliteLogWriter(self.log, clock=self.clock)
        self.erasures = []
        self.queries = Queries(self.lake, self.log, limits=limits, erasures=self._erasures)

    async def _erasures(self):
        return self.erasures

    async def append(self, *records):
        await self.writer.append(records)

    async def flush(self):
        """Have everything that is in the log written into files."""
        orders = Orders(lake=str(self.lake), log=str(self.log), now_ms=START_MS, up_to=self.writer.newest_offset)
        report = await write_run.write(orders)
        assert report.reason is None, report.reason

    async def ask(self, sql, *, schemas=(WEB,), is_masked=False, queries=None, **wishes):
        """Return the rows of an answer, and what was said of it."""
        async with (queries or self.queries).ask(
            sql, schemas=schemas, is_masked=is_masked, format="json", **wishes
        ) as answer:
            lines = b"".join([piece async for piece in answer]).splitlines()
            return [tuple(msgspec.json.decode(line)) for line in lines], answer

    async def rows(self, sql, **wishes):
        return (await self.ask(sql, **wishes))[0]


@asynccontextmanager
async def a_lake(folder, *, limits=LIMITS):
    lake = Lake(folder, limits=limits)
    try:
        yield lake
    finally:
        await lake.writer.close()
