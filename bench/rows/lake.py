"""From the log to the lake, against DuckDB reading the same events as NDJSON and writing Parquet by itself.

The lake does more: rows of every table, columns typed for good, the archive, each id once. Both are processes of their
own, start and all; what the lake takes on disk is measured against the same NDJSON.
"""

import asyncio
import json
import random
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bench.alternation import alternate
from bench.line import Line
from bench.run import Options, Row, Run
from headwater.core.clock import ManualClock
from headwater.core.event import Record
from headwater.lake.lake_desk import LakeDesk
from headwater.lake.write_orders import Orders, Report
from headwater.log.sqlite_writer import SqliteLogWriter

EVENTS = 200_000
SETUP_SECONDS = 15.0
SLOWEST_EVENTS_PER_SECOND = 20_000
START = datetime(2026, 11, 29, tzinfo=UTC)
MS_PER_EVENT = 10
SOURCE = "src_bench"
NAMES = ("Product Viewed", "Product Added", "Cart Viewed", "Order Completed", "Signed Up")
AT_ONCE = 5_000
PEER = """
import duckdb, sys
duckdb.sql("SET enable_progress_bar = false")
duckdb.sql(f"COPY (SELECT * FROM read_json('{sys.argv[1]}', format = 'newline_delimited'))"
           f" TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)")
"""
BYTES_FLOOR, BYTES_GOAL = 0.25, 0.15


def _event(number: int, chance: random.Random) -> dict[str, Any]:
    """Return an event as analytics.js sends it from a shop, stored."""
    at = datetime.fromtimestamp(START.timestamp() + number * MS_PER_EVENT / 1000, UTC).isoformat(
        timespec="milliseconds"
    )
    at = at.replace("+00:00", "Z")
    path = f"/products/{chance.randrange(300)}"
    return {
        "type": "track",
        "event": chance.choice(NAMES),
        "messageId": f"ajs-next-{chance.randbytes(16).hex()}",
        "anonymousId": f"{chance.randrange(20_000):032x}",
        "userId": f"user-{chance.randrange(5_000)}",
        "timestamp": at,
        "originalTimestamp": at,
        "sentAt": at,
        "receivedAt": at,
        "context": {
            "ip": f"10.0.{chance.randrange(99)}.{chance.randrange(250)}",
            "library": {"name": "analytics.js", "version": "next-1.70.0"},
            "locale": "en-GB",
            "page": {"path": path, "title": "A shop", "url": f"https://shop.example.com{path}", "search": ""},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142",
        },
        "properties": {
            "product_id": f"p-{chance.randrange(300)}",
            "price": round(chance.uniform(1, 200), 2),
            "quantity": chance.randrange(1, 5),
            "currency": "EUR",
            "coupon": chance.choice(["", "SPRING", "AUTUMN"]),
        },
        "integrations": {},
    }


async def _filled(folder: Path) -> int:
    """Put the events into a log, and beside it as NDJSON; return the NDJSON's bytes."""
    chance = random.Random(7)  # noqa: S311  the same events each time
    writer = SqliteLogWriter(folder / "log", clock=ManualClock(START))
    with (folder / "raw.ndjson").open("wb") as raw:
        for first in range(0, EVENTS, AT_ONCE):
            records = [_record(number, chance) for number in range(first, first + AT_ONCE)]
            raw.writelines(record.body + b"\n" for record in records)
            await writer.append(records)
    await writer.close()
    return (folder / "raw.ndjson").stat().st_size


def _record(number: int, chance: random.Random) -> Record:
    event = _event(number, chance)
    return Record(
        source=SOURCE,
        message_id=event["messageId"],
        type="track",
        body=json.dumps(event, separators=(",", ":")).encode(),
        received_at_ms=int(START.timestamp() * 1000) + number * MS_PER_EVENT,
        user_id=event["userId"],
        anonymous_id=event["anonymousId"],
    )


def _ours(folder: Path) -> float:
    """Return how many events a second a writing process brings into an empty lake."""
    shutil.rmtree(folder / "lake", ignore_errors=True)
    orders = Orders(lake=str(folder / "lake"), log=str(folder / "log"), now_ms=0, up_to=EVENTS, is_first=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "headwater.lake.writing"]
    said = subprocess.run(command, input=msgspec.json.encode(orders), capture_output=True, check=True).stdout
    took = time.monotonic() - began
    report = msgspec.json.decode(said, type=Report)
    if (report.events, report.reason) != (EVENTS, None):
        raise RuntimeError(f"The lake has {report.events} of {EVENTS} events: {report.reason}")
    return EVENTS / took


def _against(folder: Path) -> float:
    began = time.monotonic()
    command = [sys.executable, "-c", PEER, str(folder / "raw.ndjson"), str(folder / "raw.parquet")]
    subprocess.run(command, check=True)
    return EVENTS / (time.monotonic() - began)


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + 2 * options.alternations * EVENTS / SLOWEST_EVENTS_PER_SECOND


def _measure(run: Run) -> list[Line]:
    folder = run.folder / "lake"
    (folder / "log").mkdir(parents=True)
    run.say(f"filling a log with {EVENTS:,} events")
    raw_bytes = asyncio.run(_filled(folder))
    found = alternate(run, ours=lambda: _ours(folder), against=lambda: _against(folder))
    held = asyncio.run(LakeDesk(folder / "lake", ask=_nobody, clock=ManualClock(START)).described())
    tables, archive = held["parquet_bytes"] / raw_bytes, held["archive_bytes"] / raw_bytes
    return [
        Line(
            title=ROW.title,
            figure=found.ratio,
            spread=found.spread,
            ours=f"{found.ours:,.0f}/s",
            against=f"{found.against:,.0f}/s",
            floor=ROW.floor,
            goal=ROW.goal,
            note="all tables, archive and ids, against one table of structs",
        ),
        Line(
            title="bytes on disk per event: the lake's tables ÷ the same as NDJSON",
            figure=tables,
            floor=BYTES_FLOOR,
            goal=BYTES_GOAL,
            is_more_better=False,
            ours=f"{held['parquet_bytes'] / EVENTS:.0f} B",
            against=f"{raw_bytes / EVENTS:.0f} B",
            note=f"the archive beside them takes {archive:.2f}",
        ),
    ]


async def _nobody(_topic: str, _payload: Any) -> Any:
    return {"state": "resting"}


ROW: Row = Row(
    name="lake",
    title="log → Parquet, events/s ÷ DuckDB reading the same NDJSON and writing Parquet",
    seconds=_seconds,
    measure=_measure,
    floor=0.5,
    goal=0.8,
)
