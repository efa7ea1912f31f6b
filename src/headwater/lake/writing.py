"""The process that writes the lake: `python -m headwater.lake.writing`, orders on its input, a report on its output.

A process, so that its memory goes with it and a crash costs nothing: what isn't in the manifest isn't there, and the
cursor has not moved. One at a time; whoever starts it (`writer_process.py`) sees to that.
"""

import asyncio
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from headwater.lake import adopting, erasing, erasure_book, gathering, merging, rebuilding
from headwater.lake.depot.cache import Cache
from headwater.lake.erasures import Erased, Erasure
from headwater.lake.flush import Flush
from headwater.lake.haul import Haul
from headwater.lake.writable_lake import FAILURES, WritableLake, said
from headwater.lake.write_orders import Orders, Report
from headwater.log.chunks import Chunk
from headwater.log.sqlite_reader import SqliteLogReader

NOBODY = Erased()
NICE = 10  # collecting and delivering come first


async def write(orders: Orders) -> Report:
    """Do as ordered, and say what came of it. What was committed before something failed stays."""
    try:
        with WritableLake(Path(orders.lake), limits=orders.limits, now_ms=orders.now_ms, place=orders.place) as lake:
            return await _write(lake, orders)
    except FAILURES as error:
        return Report(reason=said(error))


async def _write(lake: WritableLake, orders: Orders) -> Report:
    if orders.rebuild and lake.is_new:
        adopting.adopt(lake)
    if orders.is_first or orders.rebuild:
        lake.sweep()
    if orders.up_to < lake.cursor:  # a log put back to an older state gives its offsets out anew
        lake.commit(cursor=orders.up_to)
    erased = Erased(orders.erasures)
    rebuilt = rebuilding.rebuild(lake, source=orders.source) if orders.rebuild else 0
    log = SqliteLogReader(Path(orders.log))
    try:
        events = await flush_up_to(lake, log, up_to=orders.up_to, erased=erased)
    finally:
        log.close()
    forgotten, erase_failed = _erase(lake, orders.erasures)
    gathered = gathering.gather_due(lake)
    merged = merging.merge_due(lake)
    lake.remove_replaced()
    lake.finish()
    if orders.place is not None:
        Cache(lake.folder, orders.place).trim(now_ms=orders.now_ms)
    return Report(
        cursor=lake.cursor,
        events=events,
        merges=gathered.merges + merged.merges,
        rebuilt=rebuilt,
        merge_failed=gathered.failed or merged.failed,
        erased=forgotten,
        erase_failed=erase_failed,
    )


def _erase(lake: WritableLake, erasures: Sequence[Erasure]) -> tuple[int, str | None]:
    """Erase those who are there yet; return how many files had any, and why it is not done if it isn't."""
    done = erasure_book.done(lake.book)
    try:
        return erasing.erase(lake, [one for one in erasures if one.id not in done]), None
    except FAILURES as error:
        lake.new.clear()
        return 0, said(error)


async def flush_up_to(lake: WritableLake, log: SqliteLogReader, *, up_to: int, erased: Erased = NOBODY) -> int:
    """Bring the log up to an offset into the lake, in as many flushes as it takes; return how many events that were.

    What is of people who are `erased` stays out.
    """
    flush, cursor, spilled = Flush(lake), lake.cursor, lake.cursor
    haul = Haul()
    try:
        reading = await _begun(log, lake, after=cursor)
        while cursor < up_to:
            if not haul:
                haul = Haul.of_chunks(await reading, after=cursor, up_to=up_to)
                end = haul.offsets[-1] if haul else up_to  # else the rest was taken away
                reading = await _begun(log, lake, after=end)
            some, haul = haul.cut(flush.room)
            cursor = some.offsets[-1] if haul else end
            flush.take(Haul.of(one for one in some.stored() if not erased.has(one)) if erased else some)
            if flush.is_full or cursor >= up_to:
                if spilled > lake.cursor:
                    flush.commit(cursor=spilled)  # what was written while this was taken
                flush.spill(is_last=cursor >= up_to)
                spilled = cursor
        await reading
        if spilled > lake.cursor:
            flush.commit(cursor=spilled)
    finally:
        flush.close()
    return flush.events


async def _begun(log: SqliteLogReader, lake: WritableLake, *, after: int) -> asyncio.Task[list[Chunk]]:
    """Begin to read what comes next, beside whoever takes what was read: SQLite lets go of the interpreter."""
    reading = asyncio.create_task(log.chunks(after=after, limit=lake.limits.records_per_read))
    await asyncio.sleep(0)
    return reading


def main() -> NoReturn:
    """Read the orders, and print the report."""
    os.nice(NICE)
    gc.disable()  # nothing here makes rings of any size, and what does goes with the process
    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(write(orders))))
    sys.stdout.buffer.flush()
    # All is written. To put away an interpreter with all that it holds would only make whoever started this wait.
    os._exit(0)


if __name__ == "__main__":
    main()
