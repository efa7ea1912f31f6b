"""What stands in a log after all is said and done, read with our own reader, beside or without its server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from headwater.core.event import Stored
from headwater.log.sqlite_reader import SqliteLogReader

RECORDS_AT_ONCE = 10_000


def stored(data: Path, *, source: str | None = None) -> list[Stored]:
    """Return the retained records in order; of one source (by id) or of all."""
    # On a thread of its own: Playwright keeps an event loop on the tests' thread.
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(lambda: asyncio.run(_all(data / "log"))).result()
    return [one for one in found if source in (None, one.record.source)]


def message_ids(data: Path, *, source: str | None = None) -> list[str]:
    return [one.record.message_id for one in stored(data, source=source)]


async def _all(folder: Path) -> list[Stored]:
    reader = SqliteLogReader(folder)
    try:
        found: list[Stored] = []
        while more := await reader.read(after=found[-1].offset if found else 0, limit=RECORDS_AT_ONCE):
            found += more
    finally:
        reader.close()
    return found
