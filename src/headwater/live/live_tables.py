"""The shape of `live.db` and how it is opened. Constant SQL on plain sqlite3.

`synchronous = NORMAL`: what is committed survives kill -9; a power cut may undo the last commits, counts and
cursor together, and then those events are read and counted again. The log is where the truth is.
"""

import sqlite3
from pathlib import Path

from headwater.core.errors import HeadwaterError

VERSION = 1
BUSY_TIMEOUT_SECONDS = 5.0
OWNER_ONLY = 0o600

_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")

_TABLES = (
    # One row: how far the reader is, what the newest record it read says of time, and what it never saw.
    """
    CREATE TABLE progress (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        cursor INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        not_seen INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        source TEXT NOT NULL,
        type TEXT NOT NULL,
        name TEXT NOT NULL,
        count INTEGER NOT NULL,
        first_seen_ms INTEGER NOT NULL,
        last_seen_ms INTEGER NOT NULL,
        properties INTEGER NOT NULL,
        UNIQUE (source, type, name)
    )
    """,
    """
    CREATE TABLE properties (
        event INTEGER NOT NULL,
        name TEXT NOT NULL,
        strings INTEGER NOT NULL,
        integers INTEGER NOT NULL,
        numbers INTEGER NOT NULL,
        booleans INTEGER NOT NULL,
        objects INTEGER NOT NULL,
        arrays INTEGER NOT NULL,
        nulls INTEGER NOT NULL,
        last_seen_ms INTEGER NOT NULL,
        PRIMARY KEY (event, name)
    ) WITHOUT ROWID
    """,
)


class NewerSchemaViewError(HeadwaterError):
    """live.db was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_schema_view"
    status = 409


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open `path` for the one writer, making it as needed. Raises NewerSchemaViewError.

    The connection may be used from any one thread at a time.
    """
    if not path.exists():
        path.touch(mode=OWNER_ONLY)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        _make(connection)
    except (sqlite3.Error, HeadwaterError):
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open `path` beside its writer, or return None while there is nothing to read."""
    if not path.exists():
        return None
    # Not mode=ro: a reader of a WAL database may have to make its shared-memory file.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_SECONDS)
    connection.execute("PRAGMA query_only = ON")
    if _version(connection) != VERSION:
        connection.close()
        return None
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _make(connection: sqlite3.Connection) -> None:
    version = _version(connection)
    if version > VERSION:
        raise NewerSchemaViewError
    if version == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION:d}")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
