"""Real parts for the tests of the lake's writer: a real log, real files, and a DuckDB that reads them."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from headwater.core.clock import ManualClock
from headwater.core.event import Record
from headwater.lake import archive_lines, manifest_book, manifest_tables, tracks
from headwater.lake.limits import WriteLimits
from headwater.lake.manifest import ARCHIVE, PARQUET, Manifest
from headwater.lake.write_orders import Orders
from headwater.lake.write_run import write
from headwater.log.log_limits import LogLimits
from headwater.log.sqlite_writer import SqliteLogWriter

START = datetime(2026, 11, 29, 12, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
DAY_MS = 86_400_000
MINUTE_MS = 60_000


def record(number, *, source="src_web", type="track", at_ms=START_MS, message_id=None, **body):  # noqa: A002
    message_id = f"m{number}" if message_id is None else message_id
    content = {"type": type, "messageId": message_id, "userId": "ada", **body}
    if type == "track":
        content.setdefault("event", "Order Completed")
    return Record(
        source=source,
        message_id=message_id,
        type=type,
        body=json.dumps(content).encode(),
        received_at_ms=at_ms,
        user_id="ada",
    )


class Shore:
    """A log to append to, and the lake that is written from it."""

    def __init__(self, folder: Path, **limits):
        self.log, self.lake = folder / "log", folder / "lake"
        self.log.mkdir(parents=True, exist_ok=True)
        self.limits = WriteLimits(threads=1, **limits)
        self.now_ms = START_MS
        self.head = 0

    async def append(self, *records, dedupe_window_ms=DAY_MS, at_ms=START_MS):
        clock = ManualClock(datetime.fromtimestamp(at_ms / 1000, UTC))
        writer = SqliteLogWriter(self.log, clock=clock, limits=LogLimits(dedupe_window_ms=dedupe_window_ms))
        answers = await writer.append(list(records))
        self.head = writer.newest_offset
        await writer.close()
        return answers

    def orders(self, **changes):
        return Orders(
            **{
                "lake": str(self.lake),
                "log": str(self.log),
                "now_ms": self.now_ms,
                "up_to": self.head,
                "is_first": True,
                "limits": self.limits,
                **changes,
            }
        )

    async def write_report(self, **changes):
        return await write(self.orders(**changes))

    async def write(self, **changes):
        """Write, and see that nothing stopped it."""
        report = await self.write_report(**changes)
        assert report.reason is None
        assert report.merge_failed is None
        return report

    def snapshot(self):
        manifest = Manifest.open_for_reading(self.lake / "lake.db")
        try:
            return manifest.snapshot()
        finally:
            manifest.close()

    def files(self, table, *, source="src_web", kind=PARQUET):
        """Return where a table's rows are: those of `tracks`, too, that wait in events' tables."""
        return [
            str(self.lake / one.path)
            for one in self.snapshot().files
            if (one.source, one.kind) == (source, kind) and table in (tracks.tables_of(one) or ("",))
        ]

    def rows(self, table, *columns, source="src_web"):
        """Return a table's rows, in the log's order."""
        files = self.files(table, source=source)
        if not files:
            return []
        chosen = ", ".join(f'"{column}"' for column in columns) or "*"
        query = f'SELECT {chosen} FROM read_parquet(?, union_by_name = true) ORDER BY "_offset"'  # noqa: S608
        with duckdb.connect() as duck:
            return duck.execute(query, [files]).fetchall()

    def ids(self, table="tracks", *, source="src_web"):
        return [row[0] for row in self.rows(table, "id", source=source)]

    def tables(self):
        """Return everything that can be asked: each table's columns with types, and its rows."""
        found = self.snapshot()
        names = sorted({(one.source, table) for one in found.files for table in tracks.tables_of(one)})
        columns = {
            name: sorted((one.column, one.type, one.note) for one in found.columns if (one.source, one.table) == name)
            for name in names
        }
        return {
            (source, table): (
                columns[source, table],
                self.rows(table, *(name for name, _, _ in columns[source, table]), source=source),
            )
            for source, table in names
        }

    def archived(self, *, source="src_web"):
        """Return the ids that the archive has, in the log's order."""
        found = [
            stored for path in self.files("", source=source, kind=ARCHIVE) for stored in archive_lines.read(Path(path))
        ]
        return [one.record.message_id for one in sorted(found, key=lambda one: one.offset)]

    def of_ids(self):
        """Return the valid files of ids, which are nobody's but the writer's."""
        with closing(manifest_tables.open_for_writing(self.lake / "lake.db")) as book:
            return {one.path for one in manifest_book.id_runs(book)}

    def on_disk(self):
        return {str(path.relative_to(self.lake)) for path in self.lake.rglob("*") if path.is_file()}

    def stored_files(self):
        """Return what is on disk of tables, archive and ids: not the manifest's own files."""
        return {path for path in self.on_disk() if "/" in path}
