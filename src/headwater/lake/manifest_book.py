"""What is written into `lake.db`: files, columns and cursor in one transaction. Plain functions of a connection."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence

import msgspec

from headwater.lake.manifest import IDS, REMOVED, VALID, LakeColumn, LakeFile

_PROGRESS = "SELECT cursor, next_file FROM progress"
_SAVE_PROGRESS = "INSERT OR REPLACE INTO progress (id, cursor, at_ms, next_file) VALUES (1, ?, ?, ?)"
_ADD_FILE = f"INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{VALID}', NULL, ?)"  # noqa: S608  a constant
_GATHER = "UPDATE files SET is_waiting = NULL WHERE path = ?"
_REMOVE_FILE = f"UPDATE files SET state = '{REMOVED}', removed_at_ms = ? WHERE path = ? AND state = '{VALID}'"  # noqa: S608
_ADD_COLUMN = """
INSERT INTO columns (source, "table", "column", type, position, first_seen_ms, note)
VALUES (?, ?, ?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM columns WHERE source = ?1 AND "table" = ?2), ?, ?)
ON CONFLICT (source, "table", "column") DO UPDATE SET type = excluded.type, note = excluded.note
"""
_FORGET_COLUMNS = "DELETE FROM columns WHERE source = ?"
_COLUMNS = """
SELECT "table", "column", type, first_seen_ms, note FROM columns
WHERE source = ?1 AND (?2 IS NULL OR "table" = ?2) ORDER BY "table", position
"""
_EVERY_PATH = "SELECT path FROM files"
_PAST_GRACE = f"SELECT path FROM files WHERE state = '{REMOVED}' AND removed_at_ms <= ?"  # noqa: S608  a constant
_FORGET_FILE = "DELETE FROM files WHERE path = ?"
_OF_KIND = f"""
SELECT path, source, "table", day, kind, first_offset, last_offset, rows, bytes, generation, is_waiting
FROM files WHERE state = '{VALID}' AND kind = ? AND (?2 IS NULL OR source = ?2)
ORDER BY source, "table", day, first_offset, path
"""  # noqa: S608  a constant

Row = tuple[str, str, str, str, str, int, int, int, int, int, int | None]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the lake is, and the number of the next file."""

    cursor: int = 0
    next_file: int = 1


class Change(msgspec.Struct, kw_only=True):
    """One commit. The columns of `rebuilt` sources are forgotten first. Files that are `gathered` wait no more."""

    cursor: int
    next_file: int
    added: list[LakeFile] = msgspec.field(default_factory=list)
    removed: list[str] = msgspec.field(default_factory=list)
    columns: list[LakeColumn] = msgspec.field(default_factory=list)
    rebuilt: list[str] = msgspec.field(default_factory=list)
    gathered: list[str] = msgspec.field(default_factory=list)


def progress(connection: sqlite3.Connection) -> Progress | None:
    """Return how far the lake is; None of a manifest that nothing was ever written into."""
    row = connection.execute(_PROGRESS).fetchone()
    return None if row is None else Progress(cursor=row[0], next_file=row[1])


def commit(
    connection: sqlite3.Connection, change: Change, *, now_ms: int, before_end: Callable[[], None] | None = None
) -> None:
    """Make `change` true, all of it or nothing; on disk (fsync'd) when this returns. Raises sqlite3.Error.

    Raises what `before_end` does, too, which is called when all is written but for its end; then nothing is changed.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(_FORGET_COLUMNS, [(source,) for source in change.rebuilt])
        connection.executemany(_REMOVE_FILE, [(now_ms, path) for path in change.removed])
        connection.executemany(_GATHER, [(path,) for path in change.gathered])
        connection.executemany(_ADD_FILE, [msgspec.structs.astuple(file) for file in change.added])
        connection.executemany(_ADD_COLUMN, [_row(column) for column in change.columns])
        connection.execute(_SAVE_PROGRESS, (change.cursor, now_ms, change.next_file))
        if before_end is not None:
            before_end()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def columns_of(connection: sqlite3.Connection, *, source: str, table: str | None = None) -> list[LakeColumn]:
    """Return the columns of a table, or of all tables of a source, in the order of first sight."""
    return [
        LakeColumn(source=source, table=of_table, column=name, type=type_, first_seen_ms=first_seen_ms, note=note)
        for of_table, name, type_, first_seen_ms, note in connection.execute(_COLUMNS, (source, table))
    ]


def valid_files(connection: sqlite3.Connection, *, kind: str, source: str | None = None) -> list[LakeFile]:
    """Return the valid files of a kind, in order, of one source or of all."""
    rows: Iterable[Row] = connection.execute(_OF_KIND, (kind, source))
    return [
        LakeFile(
            path=path,
            source=of_source,
            table=table,
            day=day,
            kind=of_kind,
            first_offset=first,
            last_offset=last,
            rows=number,
            bytes=size,
            generation=generation,
            is_waiting=bool(is_waiting),
        )
        for path, of_source, table, day, of_kind, first, last, number, size, generation, is_waiting in rows
    ]


def every_path(connection: sqlite3.Connection) -> set[str]:
    """Return the paths that are here, valid or removed."""
    return {path for (path,) in connection.execute(_EVERY_PATH)}


def past_grace(connection: sqlite3.Connection, *, removed_before_ms: int) -> list[str]:
    """Return the paths of files that were removed so long ago that no query has them any more."""
    return [path for (path,) in connection.execute(_PAST_GRACE, (removed_before_ms,))]


def forget(connection: sqlite3.Connection, paths: Sequence[str]) -> None:
    """Forget files that are gone from the disk."""
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(_FORGET_FILE, [(path,) for path in paths])
    connection.execute("COMMIT")


def id_runs(connection: sqlite3.Connection) -> list[LakeFile]:
    """Return the runs of ids that the lake holds."""
    return valid_files(connection, kind=IDS)


def _row(column: LakeColumn) -> tuple[str, str, str, str, int, str | None]:
    return (column.source, column.table, column.column, column.type, column.first_seen_ms, column.note)
