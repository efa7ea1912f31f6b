"""The shape of `deliver.db`. Constant SQL on plain sqlite3.

A power cut may undo its last commits (`store.room_file`), and then their events are sent again under the same
message ids. It can repeat, never lose.
"""

import sqlite3
from pathlib import Path

from headwater.core.errors import HeadwaterError
from headwater.deliver.letters import changes, expiry, search, totals
from headwater.deliver.metrics import figures, volume
from headwater.deliver.replays import progress
from headwater.store import room_file

VERSION = 7

# Each only where it isn't there: so a file of an earlier release gets what it lacks.
_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS cursors (
        destination TEXT PRIMARY KEY,
        watermark INTEGER NOT NULL,
        ranges BLOB NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS attempts (
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
        detail BLOB,
        action TEXT,
        payload_bytes INTEGER,
        together INTEGER,
        is_redriven INTEGER
    )
    """,
    """CREATE UNIQUE INDEX IF NOT EXISTS attempts_of_a_delivery ON attempts ("offset", destination, number)""",
    "CREATE INDEX IF NOT EXISTS attempts_with_detail ON attempts (at_ms) WHERE detail IS NOT NULL",
    """
    CREATE TABLE IF NOT EXISTS retries (
        destination TEXT NOT NULL,
        "offset" INTEGER NOT NULL,
        due_at_ms INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        last_number INTEGER NOT NULL,
        first_at_ms INTEGER NOT NULL,
        record BLOB NOT NULL,
        redriven_at_ms INTEGER,
        PRIMARY KEY (destination, "offset")
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS dead_letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        destination TEXT NOT NULL,
        "offset" INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        source TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        code TEXT,
        status INTEGER,
        type TEXT,
        name TEXT,
        person BLOB,
        redrive_at_ms INTEGER,
        record BLOB,
        detail BLOB,
        UNIQUE (destination, "offset")
    )
    """,
    "CREATE INDEX IF NOT EXISTS dead_letters_of_a_message ON dead_letters (message_id)",
    "CREATE INDEX IF NOT EXISTS dead_letters_with_body ON dead_letters (at_ms) WHERE record IS NOT NULL",
    progress.TABLE,
    figures.TABLE,
    volume.TABLE,
    totals.TABLE,
)
_RETRIES_IN_LINE = """
    CREATE INDEX IF NOT EXISTS retries_in_line ON retries (destination)
    WHERE redriven_at_ms IS NOT NULL AND attempts = 0
"""
# What tables of an earlier release lack.
_COLUMNS = (
    ("attempts", "action", "TEXT"),
    ("attempts", "payload_bytes", "INTEGER"),
    ("attempts", "together", "INTEGER"),
    ("attempts", "is_redriven", "INTEGER"),
    ("retries", "redriven_at_ms", "INTEGER"),
    ("dead_letters", "code", "TEXT"),
    ("dead_letters", "status", "INTEGER"),
    ("dead_letters", "type", "TEXT"),
    ("dead_letters", "name", "TEXT"),
    ("dead_letters", "person", "BLOB"),
    ("dead_letters", "redrive_at_ms", "INTEGER"),
)
# Those that need such a column, and what is to be done once all of it is there.
_INDEXES = (search.INDEX, changes.INDEX, expiry.INDEX, _RETRIES_IN_LINE, *totals.MAKING)


class NewerLedgerError(HeadwaterError):
    """deliver.db was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_ledger"
    status = 409


def open_ledger(path: Path) -> sqlite3.Connection:
    """Open `path` for the one writer. Raises NewerLedgerError."""
    return room_file.open_for_writing(
        path, version=VERSION, tables=_TABLES, columns=_COLUMNS, indexes=_INDEXES, newer=NewerLedgerError
    )


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open `path` beside its writer, or return None while there is nothing to read."""
    return room_file.open_for_reading(path, version=VERSION)
