"""The shape of `live.db`. Constant SQL on plain sqlite3.

A power cut may undo its last commits (`store.room_file`), counts and cursor together, and then those events are read
and counted again.
"""

import sqlite3
from pathlib import Path

from headwater.core.errors import HeadwaterError
from headwater.live import volume
from headwater.store import room_file

VERSION = 2

# Each only where it isn't there: so a file of an earlier release gets what it lacks.
_TABLES = (
    # One row: how far the reader is, what the newest record it read says of time, and what it never saw.
    """
    CREATE TABLE IF NOT EXISTS progress (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        cursor INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        not_seen INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS events (
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
    CREATE TABLE IF NOT EXISTS properties (
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
    volume.TABLE,
)


class NewerSchemaViewError(HeadwaterError):
    """live.db was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_schema_view"
    status = 409


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open `path` for the one writer. Raises NewerSchemaViewError."""
    return room_file.open_for_writing(path, version=VERSION, tables=_TABLES, newer=NewerSchemaViewError)


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open `path` beside its writer, or return None while there is nothing to read."""
    return room_file.open_for_reading(path, version=VERSION)
