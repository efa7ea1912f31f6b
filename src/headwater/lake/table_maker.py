"""Tables made of lines of the archive: rows of Parquet, at most one file for each table and day.

What is taken lies in files for DuckDB at once, or as a row in memory; `begin` has it written on a thread, since DuckDB
lets go of the interpreter, while more is taken.
"""

import itertools
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from headwater.lake import archive_lines, lake_paths
from headwater.lake.batches import Batch, Batches
from headwater.lake.columns import VARCHAR, Column
from headwater.lake.duck import Duck
from headwater.lake.line_files import LineFiles
from headwater.lake.lots import Lot
from headwater.lake.made_tables import ColumnsOf, Made, MadeTable
from headwater.lake.manifest import PARQUET, LakeColumn
from headwater.lake.naming import TRACKS
from headwater.lake.short_way import ShortWay
from headwater.lake.tables import Tables


class TableMaker:
    """Close it after use. `folder` is one where nobody else makes such files; `now_ms` is when new columns are seen.

    `columns_of` a source is asked before anything of it is taken.
    """

    def __init__(self, duck: Duck, folder: Path, *, now_ms: int, columns_of: ColumnsOf) -> None:
        self._duck = duck
        self._columns_of = columns_of
        self._folder = folder
        self._now_ms = now_ms
        self._files = LineFiles(folder)
        self._writing = ThreadPoolExecutor(2, "tables")
        self._syncing = ThreadPoolExecutor(1, "tables-to-disk")
        self._tables: dict[str, tuple[Tables, ShortWay]] = {}
        self._batches: dict[str, Batches] = {}
        self._begun: list[Future[list[MadeTable]]] = []
        self._synced: list[Future[None]] = []
        self._columns: list[LakeColumn] = []

    def close(self) -> None:
        """Wait for what is being written, whatever comes of it."""
        self._writing.shutdown()
        self._syncing.shutdown()

    def take(self, lines: bytes, *, source: str, day: int, are_tracks: bytes) -> None:
        """Take lines of the archive, in the log's order, of events that came on one day. Raises OSError.

        `are_tracks` is of each line 1 if it is of a track call, else 0.
        """
        each, batches = archive_lines.each(lines), self._batches_of(source)
        for kind in set(are_tracks):
            some = each if are_tracks.count(kind) == len(each) else _of_kind(each, are_tracks, kind)
            batches.add_lines(some, day=day, are_tracks=bool(kind))

    def begin(self, *, is_last: bool = False) -> None:
        """Begin to write what was taken, once what was begun before is `made`. Raises OSError.

        `is_last`: nothing more is taken meanwhile, so there is a second processor for it.
        """
        ready = [self._ready(source, batch) for source, of in self._batches.items() for batch in of.batches()]
        self._columns = [column for source, of in self._batches.items() for column in self._noted(source, of)]
        self._batches.clear()
        turns = ready[::2], ready[1::2]
        self._begun = [self._writing.submit(self._write_some, some) for some in (turns if is_last else (ready,))]

    def made(self) -> Made:
        """Wait for what was begun. Raises what it failed with: OSError, duckdb.Error."""
        begun, self._begun = self._begun, []
        columns, self._columns = self._columns, []
        tables = [table for future in begun for table in future.result()]
        synced, self._synced = self._synced, []
        for future in synced:  # before anybody renames them; and who syncs again isn't told of what was lost
            future.result()
        return Made(tables=tables, columns=columns)

    def _batches_of(self, source: str) -> Batches:
        if source not in self._tables:
            tables = Tables(self._columns_of(source))
            self._tables[source] = (tables, ShortWay(tables))
        if source not in self._batches:
            tables, short_way = self._tables[source]
            self._batches[source] = Batches(tables, short_way=short_way, files=self._files)
        return self._batches[source]

    def _ready(self, source: str, batch: Batch) -> tuple[list[Lot], MadeTable]:
        lots = batch.lots()
        return lots, MadeTable(
            path=str(self._files.new_path(lake_paths.SUFFIX[PARQUET])),
            source=source,
            table=batch.table,
            day=batch.day,
            first_offset=batch.first_offset,
            last_offset=batch.last_offset,
            rows=batch.rows,
        )

    def _write_some(self, ready: Sequence[tuple[Sequence[Lot], MadeTable]]) -> list[MadeTable]:
        return [self._write(lots, table) for lots, table in ready]

    def _write(self, lots: Sequence[Lot], table: MadeTable) -> MadeTable:
        self._duck.write(lots, Path(table.path))
        self._synced.append(self._syncing.submit(to_disk, Path(table.path)))
        return table

    def _noted(self, source: str, batches: Batches) -> Iterator[LakeColumn]:
        for column in batches.columns_of_tracks():
            yield self._note(source, TRACKS, column)
        for batch in batches.batches():
            for column in batch.columns():
                yield self._note(source, batch.table, column)

    def _note(self, source: str, table: str, column: Column) -> LakeColumn:
        return LakeColumn(
            source=source,
            table=table,
            column=column.name,
            type=column.type or VARCHAR,
            first_seen_ms=self._now_ms,
            note=column.note,
        )


def _of_kind(lines: Sequence[bytes], kinds: bytes, kind: int) -> list[bytes]:
    return list(itertools.compress(lines, [one == kind for one in kinds]))


def to_disk(path: Path) -> None:
    """Sync a file already here, so that the commit, which nobody works beside, has little to wait for."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
