"""A lake of many events, made by DuckDB directly in the lake's layout, and the same rows in one file."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from headwater.core.clock import ManualClock
from headwater.lake import lake_paths, manifest, manifest_book, manifest_tables
from headwater.lake.manifest import PARQUET, LakeColumn, LakeFile
from headwater.lake.manifest_book import Change
from headwater.log.sqlite_writer import SqliteLogWriter

SOURCE, TABLE = "src_bench", "tracks"
DAYS = 30
START = datetime(2026, 11, 1, tzinfo=UTC)
NOW_MS = int(START.timestamp() * 1000)
EVENTS = ("Order Completed", "Page Viewed", "Signed Up", "Product Added", "Product Viewed", "Checkout Started")
COLUMNS = {
    "id": "varchar",
    "anonymous_id": "varchar",
    "user_id": "varchar",
    "event": "varchar",
    "event_text": "varchar",
    "received_at": "timestamp",
    "timestamp": "timestamp",
    "_offset": "long",
    "context_ip": "varchar",
    "context_page_path": "varchar",
}
ROWS = """
SELECT 'ajs-next-' || md5(i::VARCHAR) AS id, md5((i % 200000)::VARCHAR) AS anonymous_id,
    'user-' || (i % 50000) AS user_id, replace(lower(name), ' ', '_') AS event, name AS event_text,
    TIMESTAMP '2026-11-01' + INTERVAL (i * 250) MILLISECOND AS received_at, received_at AS timestamp, i AS _offset,
    '10.' || (i % 250) || '.' || (i % 7) || '.1' AS context_ip, '/products/' || (i % 300) AS context_page_path
FROM (SELECT range AS i, ({events})[1 + (hash(range) % {kinds})::INT] AS name FROM range({first}, {last}))
"""
TO_PARQUET = "(FORMAT parquet, COMPRESSION zstd)"


def make(folder: Path, *, events: int) -> Path:
    """Make a lake and a log in `folder`, whose `tracks` has so many rows; return the file that has the same rows."""
    lake = folder / "lake"
    added = [_file(lake, day, events=events) for day in range(DAYS)]
    columns = [
        LakeColumn(source=SOURCE, table=TABLE, column=name, type=type_, first_seen_ms=NOW_MS)
        for name, type_ in COLUMNS.items()
    ]
    book = manifest_tables.open_for_writing(lake / manifest.NAME)
    # The log that all of it came from is empty again.
    change = Change(cursor=0, next_file=DAYS + 1, added=added, columns=columns)
    manifest_book.commit(book, change, now_ms=NOW_MS)
    book.close()
    asyncio.run(_log(folder / "log"))
    whole = folder / "whole.parquet"
    files = ", ".join(f"'{lake / file.path}'" for file in added)
    duckdb.execute(f"COPY (FROM read_parquet([{files}])) TO '{whole}' {TO_PARQUET}")
    return whole


def _file(lake: Path, day: int, *, events: int) -> LakeFile:
    first, last = events * day // DAYS, events * (day + 1) // DAYS
    date = f"2026-11-{day + 1:02}"
    folder = lake_paths.folder_of(kind=PARQUET, source=SOURCE, table=TABLE, day=date)
    path = f"{folder}/{lake_paths.name_of(kind=PARQUET, first_offset=first + 1, last_offset=last, number=day + 1)}"
    (lake / folder).mkdir(parents=True)
    rows = ROWS.format(events=list(EVENTS), kinds=len(EVENTS), first=first, last=last)
    duckdb.execute(f"COPY ({rows}) TO '{lake / path}' {TO_PARQUET}")
    return LakeFile(
        path=path,
        source=SOURCE,
        table=TABLE,
        day=date,
        kind=PARQUET,
        first_offset=first + 1,
        last_offset=last,
        rows=last - first,
        bytes=(lake / path).stat().st_size,
    )


async def _log(folder: Path) -> None:
    await SqliteLogWriter(folder, clock=ManualClock(START)).close()
