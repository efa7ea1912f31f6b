"""The shape of `deliver.db` and how it is opened. Constant SQL on plain sqlite3.

`synchronous = NORMAL`: in WAL mode what is committed survives kill -9; a power cut may undo the last commits,
and then their events are sent again under the same message ids. It can repeat, never lose: the log, which is
fsync'd, is where the truth is.
"""

import sqlite3
from pathlib import Path

from headwater.core.errors import HeadwaterError

VERSION = 1
BUSY_TIMEOUT_SECONDS = 5.0
OWNER_ONLY = 0o600

_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")

_TABLES = (
    """
    CREATE TABLE cursors (
        destination TEXT PRIMARY KEY,
        watermark INTEGER NOT NULL,
        ranges BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE attempts (
        id INTEGER PRIMARY KEY,
        destination TEXT NOT NULL,
        "offset" INTEGER NOT NULL,
        number INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        source TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER,
        reason TEXT,
        duration_ms INTEGER NOT NULL,
        detail BLOB
    )
    """,
    """CREATE UNIQUE INDEX attempts_of_a_delivery ON attempts ("offset", destination, number)""",
    "CREATE INDEX attempts_with_detail ON attempts (at_ms) WHERE detail IS NOT NULL",
    """
    CREATE TABLE retries (
        destination TEXT NOT NULL,
        "offset" INTEGER NOT NULL,
        due_at_ms INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        last_number INTEGER NOT NULL,
        first_at_ms INTEGER NOT NULL,
        record BLOB NOT NULL,
        PRIMARY KEY (destination, "offset")
    )
    """,
    """
    CREATE TABLE dead_letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        destination TEXT NOT NULL,
        "offset" INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        source TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        record BLOB,
        detail BLOB,
        UNIQUE (destination, "offset")
    )
    """,
    "CREATE INDEX dead_letters_of_a_message ON dead_letters (message_id)",
    "CREATE INDEX dead_letters_with_body ON dead_letters (at_ms) WHERE record IS NOT NULL",
)


class NewerLedgerError(HeadwaterError):
    """deliver.db was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_ledger"
    status = 409


def open_ledger(path: Path) -> sqlite3.Connection:
    """Open `path` for the one writer, making or migrating it as needed. Raises NewerLedgerError.

    The connection may be used from any one thread at a time.
    """
    if not path.exists():
        path.touch(mode=OWNER_ONLY)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        _migrate(connection, path)
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
    if _version(connection) == 0:
        connection.close()
        return None
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = _version(connection)
    if version > VERSION:
        raise NewerLedgerError(
            f"{path} has schema {version}, this release knows up to {VERSION}. "
            "Install the newer release of Headwater, or use another folder."
        )
    if version == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
