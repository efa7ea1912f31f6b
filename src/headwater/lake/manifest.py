"""The manifest as it is read: which files are valid, which columns tables have, how far the lake is.

What is on disk and not in here is not there. A `snapshot` is one state: the files of a flush and the cursor behind it.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec

from headwater.lake import manifest_tables, naming

PARQUET, ARCHIVE, IDS = "parquet", "archive", "ids"
VALID, REMOVED = "valid", "removed"
NAME = "lake.db"

_PROGRESS = "SELECT cursor, at_ms FROM progress"
_FILES = """
SELECT path, source, "table", day, kind, first_offset, last_offset, rows, bytes, generation
FROM files WHERE state = 'valid' AND kind IN ('parquet', 'archive')
ORDER BY source, "table", kind, first_offset, path
"""
_WAITING = "SELECT path FROM files WHERE state = 'valid' AND is_waiting"
_COLUMNS = """
SELECT source, "table", "column", type, first_seen_ms, note FROM columns ORDER BY source, "table", position
"""
_COLUMNS_OF = """
SELECT source, "table", "column", type, first_seen_ms, note FROM columns
WHERE source IN (SELECT value FROM json_each(?)) ORDER BY source, "table", position
"""
_PATHS = "SELECT path FROM files WHERE state = 'valid' ORDER BY path"
_KEPT = "SELECT path FROM files WHERE state = 'valid' AND kind IN ('parquet', 'archive') ORDER BY path"
_RUNS = "SELECT path FROM files WHERE state = 'valid' AND kind = 'ids'"
_ARCHIVES = """
SELECT path, source, "table", day, kind, first_offset, last_offset, rows, bytes, generation
FROM files WHERE state = 'valid' AND kind = 'archive' ORDER BY first_offset
"""
_SIZES = "SELECT path, bytes FROM files WHERE kind IN (SELECT value FROM json_each(?))"
SUMS = "SELECT kind, count(*), sum(bytes), sum(rows) FROM files WHERE state = 'valid' GROUP BY kind"
_REMOVED = "SELECT count(*), COALESCE(sum(bytes), 0) FROM files WHERE state = 'removed'"
TABLES = """SELECT DISTINCT source, "table" FROM files WHERE state = 'valid' AND kind = 'parquet'"""
WAITING_SOURCES = "SELECT DISTINCT source FROM files WHERE state = 'valid' AND is_waiting"


class LakeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A valid file. `path` is below the lake's folder; of an archive `table` is empty.

    `is_waiting`: its rows are rows of `tracks`, too, which has not gathered them yet.
    """

    path: str
    source: str
    table: str
    day: str
    kind: str
    first_offset: int
    last_offset: int
    rows: int
    bytes: int
    generation: int = 0
    is_waiting: bool = False


class LakeColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column, in the order of first sight. `type` is the widest that its values had."""

    source: str
    table: str
    column: str
    type: str
    first_seen_ms: int
    note: str | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One state of the lake: everything up to `cursor` is in `files`, and nothing else."""

    cursor: int = 0
    at_ms: int = 0
    files: tuple[LakeFile, ...] = ()
    columns: tuple[LakeColumn, ...] = ()


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The lake in numbers. `removed_files` are still on disk for the queries that began before."""

    cursor: int = 0
    at_ms: int = 0
    tables: int = 0
    rows: int = 0
    events: int = 0
    parquet_files: int = 0
    parquet_bytes: int = 0
    archive_files: int = 0
    archive_bytes: int = 0
    index_bytes: int = 0
    removed_files: int = 0
    removed_bytes: int = 0


class Manifest:
    """`lake.db`, for reading, beside its writer."""

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection

    @classmethod
    def open_for_reading(cls, path: Path) -> Self:
        """Open the manifest at `path`; one that isn't there yet is empty."""
        return cls(manifest_tables.open_for_reading(path))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def snapshot(self) -> Snapshot:
        """Return files, columns and cursor as one commit left them; of files there may be very many."""
        if self._connection is None:
            return Snapshot()
        with _at_one_time(self._connection):
            cursor, at_ms = self._connection.execute(_PROGRESS).fetchone() or (0, 0)
            return Snapshot(
                cursor=cursor,
                at_ms=at_ms,
                files=self._files(self._connection),
                columns=tuple(_column(row) for row in self._connection.execute(_COLUMNS)),
            )

    def described(self, sources: Collection[str]) -> Snapshot:
        """Return the columns of some sources, and the cursor, as one commit left them; no files."""
        if self._connection is None:
            return Snapshot()
        with _at_one_time(self._connection):
            cursor, at_ms = self._connection.execute(_PROGRESS).fetchone() or (0, 0)
            found = self._connection.execute(_COLUMNS_OF, (msgspec.json.encode(list(sources)).decode(),))
            return Snapshot(cursor=cursor, at_ms=at_ms, columns=tuple(_column(row) for row in found))

    def commit(self) -> int | None:
        """Return a number that is another one after each commit, as long as this is open; None if there is nothing."""
        if self._connection is None:
            return None
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def paths(self) -> list[str]:
        """Return the files of tables and archive, below the lake's folder."""
        return [] if self._connection is None else [path for (path,) in self._connection.execute(_KEPT)]

    def id_runs(self) -> list[str]:
        """Return the runs of ids that are valid, below the lake's folder."""
        return [] if self._connection is None else [path for (path,) in self._connection.execute(_RUNS)]

    def cursor(self) -> int:
        """Return up to which offset everything is in the files."""
        return 0 if self._connection is None else (self._connection.execute(_PROGRESS).fetchone() or (0, 0))[0]

    def archives(self) -> list[LakeFile]:
        """Return the files of the archive."""
        return [] if self._connection is None else [_file(row) for row in self._connection.execute(_ARCHIVES)]

    def sizes(self, kinds: Collection[str]) -> dict[str, int]:
        """Return how large each file of some kinds is, valid or removed, by its path."""
        if self._connection is None:
            return {}
        return dict(self._connection.execute(_SIZES, (msgspec.json.encode(list(kinds)).decode(),)))

    def totals(self) -> Totals:
        """Return the lake in numbers."""
        if self._connection is None:
            return Totals()
        with _at_one_time(self._connection):
            cursor, at_ms = self._connection.execute(_PROGRESS).fetchone() or (0, 0)
            kinds = {kind: rest for kind, *rest in self._connection.execute(SUMS)}
            removed, removed_bytes = self._connection.execute(_REMOVED).fetchone()
            tables = set(self._connection.execute(TABLES))
            if manifest_tables.knows_waiting(self._connection):
                tables |= {(source, naming.TRACKS) for (source,) in self._connection.execute(WAITING_SOURCES)}
        parquet, archive, index = (kinds.get(kind, [0, 0, 0]) for kind in (PARQUET, ARCHIVE, IDS))
        return Totals(
            cursor=cursor,
            at_ms=at_ms,
            tables=len(tables),
            rows=parquet[2],
            events=archive[2],
            parquet_files=parquet[0],
            parquet_bytes=parquet[1],
            archive_files=archive[0],
            archive_bytes=archive[1],
            index_bytes=index[1],
            removed_files=removed,
            removed_bytes=removed_bytes,
        )

    def _files(self, connection: sqlite3.Connection) -> tuple[LakeFile, ...]:
        waiting: set[str] = set()
        if manifest_tables.knows_waiting(connection):
            waiting = {path for (path,) in connection.execute(_WAITING)}
        return tuple(_file(row, is_waiting=row[0] in waiting) for row in connection.execute(_FILES))


def valid_paths(connection: sqlite3.Connection) -> list[str]:
    """Return every valid file, of whatever kind, below the lake's folder: what a copy of the lake consists of."""
    return [path for (path,) in connection.execute(_PATHS)]


@contextmanager
def _at_one_time(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _file(row: tuple[str, str, str, str, str, int, int, int, int, int], *, is_waiting: bool = False) -> LakeFile:
    return LakeFile(
        path=row[0],
        source=row[1],
        table=row[2],
        day=row[3],
        kind=row[4],
        first_offset=row[5],
        last_offset=row[6],
        rows=row[7],
        bytes=row[8],
        generation=row[9],
        is_waiting=is_waiting,
    )


def _column(row: tuple[str, str, str, str, int, str | None]) -> LakeColumn:
    return LakeColumn(source=row[0], table=row[1], column=row[2], type=row[3], first_seen_ms=row[4], note=row[5])
