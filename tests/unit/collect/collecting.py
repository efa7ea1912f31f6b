"""A collector on a real log, and what came of a call."""

import base64
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from headwater.collect.collector import Collector
from headwater.collect.tally import Tally
from headwater.core.clock import ManualClock
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import LogLimits, SqliteLogWriter
from headwater.web.call import Call
from headwater.workspace.configuration import Source

NOW = datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC)
OK = (200, {"success": True})


def a_source(key, **changes):
    options = {"slug": key, "name": key, "kind": "http-api", "enabled": True, "created_at_ms": 0}
    return Source(id=f"src_{key}", **{**options, **changes})


# `website` is a slug here, not a kind.
SOURCES = {
    "website": a_source("website"),
    "app": a_source("app"),
    "off": a_source("off", enabled=False),
    "site": a_source("site", kind="website"),
    "phone": a_source("phone", kind="mobile"),
    "exact": a_source("exact", strict=True),
    "slow": a_source("slow", rate_limit=10),
}


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


class Bench:
    """Posts to a collector, and looks into its log and its tally."""

    def __init__(self, collector, reader, tally, saved, clock):
        self.collector, self.reader, self.tally, self.saved, self.clock = collector, reader, tally, saved, clock

    async def call(self, method, path, body=b"", *, query="", ip="", **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        call = Call(method=method, path=path, query=query, headers=names, body=body, client_ip=ip)
        return await self.collector.accept(call)

    async def post(self, name, body, *, key="website", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"authorization": basic(key)} if key else {}
        reply = await self.call("POST", f"/v1/{name}", content, **{**sent, **headers})
        return reply.status, json.loads(reply.body)

    async def records(self):
        return [one.record for one in await self.reader.read(after=0, limit=10_000)]

    async def stored(self):
        return [json.loads(record.body) for record in await self.records()]

    async def dropped(self):
        await self.tally.flush()
        return [(row.source_id, row.code, row.count) for row in self.saved]


@asynccontextmanager
async def open_bench(tmp_path, *, limits=None, **options):
    clock = ManualClock(NOW)
    writer = SqliteLogWriter(tmp_path / "log.db", clock=clock, limits=LogLimits(**(limits or {})))
    reader = SqliteLogReader(tmp_path / "log.db")
    saved = []

    async def save(counted):
        saved.extend(counted)

    tally = Tally(save, clock=clock)
    numbers = iter(range(1_000_000))
    collector = Collector(
        appender=writer,
        source_of=SOURCES.get,
        tally=tally,
        clock=clock,
        new_id=lambda: f"id-{next(numbers)}",
        **options,
    )
    try:
        yield Bench(collector, reader, tally, saved, clock)
    finally:
        if tally._flushing:
            tally._flushing.cancel()
        reader.close()
        await writer.close()
