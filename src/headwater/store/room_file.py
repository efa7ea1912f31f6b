"""A room's own SQLite file: one writer, any number of readers beside it, a shape with a number.

`synchronous = NORMAL`: in WAL mode what is committed survives kill -9, and a power cut may undo the last commits.
Such a file must hold nothing that can't be done again; the log, which is fsync'd, is where the truth is.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from headwater.core.errors import HeadwaterError

BUSY_TIMEOUT_SECONDS = 5.0
OWNER_ONLY = 0o600

_HAS_COLUMN = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")


def open_for_writing(
    path: Path,
    *,
    version: int,
    tables: Sequence[str],
    newer: type[HeadwaterError],
    columns: Sequence[tuple[str, str, str]] = (),
    indexes: Sequence[str] = (),
) -> sqlite3.Connection:
    """Open `path` for the one writer, making its tables if it is new. Raises `newer` when a newer release made it.

    `columns` (table, name, type) are those that a table of an earlier release may lack; all may be NULL.
    `indexes` are made after those.
    The connection may be used from any one thread at a time.
    """
    if not path.exists():
        path.touch(mode=OWNER_ONLY)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        found = _version(connection)
        if found > version:
            raise newer
        if found < version:
            _make(connection, version, tables, columns, indexes)
    except (sqlite3.Error, HeadwaterError):
        connection.close()
        raise
    return connection


def empty(path: Path) -> None:
    """Remove every row, beside a writer that rests. For the emulator: nothing of what was there comes back."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        for (name,) in connection.execute(_TABLES).fetchall():
            connection.execute(f'DELETE FROM "{name}"')  # noqa: S608  a name from the schema
        connection.execute("COMMIT")
    finally:
        connection.close()


def open_for_reading(path: Path, *, version: int) -> sqlite3.Connection | None:
    """Open `path` beside its writer, or return None while there is nothing in it that this release can read.

    The connection may be used from any one thread at a time.
    """
    if not path.exists():
        return None
    # Not mode=ro: a reader of a WAL database may have to make its shared-memory file.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_SECONDS, check_same_thread=False
    )
    connection.execute("PRAGMA query_only = ON")
    if _version(connection) != version:
        connection.close()
        return None
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _make(
    connection: sqlite3.Connection,
    version: int,
    tables: Sequence[str],
    columns: Sequence[tuple[str, str, str]],
    indexes: Sequence[str],
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in tables:
            connection.execute(statement)
        for table, name, type_ in columns:
            if not connection.execute(_HAS_COLUMN, (table, name)).fetchone():
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {type_}")
        for statement in indexes:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version:d}")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
