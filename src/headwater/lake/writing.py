"""The process that writes the lake: `python -m headwater.lake.writing`, orders on its input, a report on its output.

A process, so that its memory goes with it and a crash costs nothing: what isn't in the manifest isn't there, and the
cursor has not moved. One at a time; whoever starts it (`writer_process.py`) sees to that.
"""

import asyncio
import os
import sqlite3
import sys
from pathlib import Path

import duckdb
import msgspec
import zstandard

from headwater.core.errors import HeadwaterError
from headwater.lake import adopting, merging, rebuilding
from headwater.lake.flush import Flush
from headwater.lake.writable_lake import WritableLake
from headwater.lake.write_orders import Orders, Report
from headwater.log.event_log import Reader
from headwater.log.sqlite_reader import SqliteLogReader

NICE = 10  # collecting and delivering come first

# What may stop a run, and be better the next time: a full disk, a damaged file.
Failures = (OSError, sqlite3.Error, duckdb.Error, zstandard.ZstdError, msgspec.MsgspecError, HeadwaterError)


async def write(orders: Orders) -> Report:
    """Do as ordered, and say what came of it. What was committed before something failed stays."""
    report = Report()
    try:
        with WritableLake(Path(orders.lake), limits=orders.limits, now_ms=orders.now_ms) as lake:
            report = await _write(lake, orders)
    except Failures as error:
        return msgspec.structs.replace(report, reason=_said(error))
    return report


async def _write(lake: WritableLake, orders: Orders) -> Report:
    if orders.rebuild and lake.is_new:
        adopting.adopt(lake)
    if orders.is_first or orders.rebuild:
        lake.sweep()
    rebuilt = rebuilding.rebuild(lake, source=orders.source) if orders.rebuild else 0
    log = SqliteLogReader(Path(orders.log))
    try:
        events = await flush_up_to(lake, log, up_to=orders.up_to)
    finally:
        log.close()
    merges, merge_failed = _merged(lake)
    lake.remove_replaced()
    return Report(cursor=lake.cursor, events=events, merges=merges, rebuilt=rebuilt, merge_failed=merge_failed)


async def flush_up_to(lake: WritableLake, log: Reader, *, up_to: int) -> int:
    """Bring the log up to an offset into the lake, in as many flushes as it takes; return how many events that were."""
    events = 0
    while lake.cursor < up_to:
        flush = Flush(lake)
        try:
            await _flush(flush, lake, log, up_to=up_to)
        finally:
            flush.close()
        events += flush.events
    return events


async def _flush(flush: Flush, lake: WritableLake, log: Reader, *, up_to: int) -> None:
    cursor = lake.cursor
    while cursor < up_to and not flush.is_full:
        limit = min(lake.limits.records_per_read, up_to - cursor)
        records = await log.read(after=cursor, limit=limit)
        records = [one for one in records if one.offset <= up_to]
        flush.take(records)
        cursor = records[-1].offset if records else up_to  # the rest was taken away
    flush.spill()
    flush.commit(cursor=cursor)


def _merged(lake: WritableLake) -> tuple[int, str | None]:
    """Merge what is due. What fails is as it was: the flush before it is not its matter."""
    try:
        return merging.merge_due(lake), None
    except Failures as error:
        lake.new.clear()
        return 0, _said(error)


def _said(error: Exception) -> str:
    return error.message if isinstance(error, HeadwaterError) else f"{type(error).__name__}: {error}"


def main() -> int:
    """Read the orders, and print the report."""
    os.nice(NICE)
    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(write(orders))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
