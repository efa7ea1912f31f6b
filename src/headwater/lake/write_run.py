"""One run of the lake's writer: what is ordered, in its order. Loads DuckDB, so it is for processes that end.

What was committed before something failed stays, and the next run goes on from there.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from headwater.lake import adopting, erasing, erasure_book, gathering, merging, rebuilding
from headwater.lake.depot.cache import Cache
from headwater.lake.erasures import Erased, Erasure
from headwater.lake.flush import Flush
from headwater.lake.haul import Haul
from headwater.lake.lake_lock import LakeLock
from headwater.lake.table_process import TableProcess
from headwater.lake.writable_lake import FAILURES, WritableLake, said
from headwater.lake.write_orders import Orders, Report
from headwater.log.chunks import Chunk
from headwater.log.sqlite_reader import SqliteLogReader

NOBODY = Erased()


def written(orders: Orders, *, lock: LakeLock | None, second: TableProcess | None) -> Report:
    """As `write`, for a process that does nothing else."""
    return asyncio.run(write(orders, lock=lock, second=second))


async def write(orders: Orders, *, lock: LakeLock | None = None, second: TableProcess | None = None) -> Report:
    """Do as ordered, and say what came of it. `second` makes tables, where one was started already."""
    try:
        with WritableLake(
            Path(orders.lake),
            limits=orders.limits,
            now_ms=orders.now_ms,
            place=orders.place,
            lock=lock,
            second=second,
        ) as lake:
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
    cursor = spilled = lake.cursor
    flush = Flush(lake, expected=up_to - cursor)
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
                flush.spill(is_last=cursor >= up_to)
                if spilled > lake.cursor:
                    flush.commit(cursor=spilled)  # what was written while this was taken
                spilled = cursor
        await reading
        flush.settle()
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
