"""The shape of `syncs.db`: what became of syncs. Written by whoever runs them, read by whoever is asked.

Losing it loses history and no more: how far each table is stands in its warehouse.
"""

import sqlite3
from pathlib import Path

from headwater.core.errors import HeadwaterError
from headwater.store import room_file

VERSION = 1

_TABLES = (
    # `state`: running, done, partly (some tables were refused), failed. `report`: JSON, what became of the tables.
    """
    CREATE TABLE syncs (
        id TEXT PRIMARY KEY,
        warehouse TEXT NOT NULL,
        state TEXT NOT NULL,
        is_scheduled INTEGER NOT NULL,
        began_at_ms INTEGER NOT NULL,
        ended_at_ms INTEGER,
        rows INTEGER NOT NULL,
        tables_done INTEGER NOT NULL,
        tables INTEGER NOT NULL,
        reason TEXT NOT NULL,
        report TEXT NOT NULL
    )
    """,
    "CREATE INDEX syncs_of ON syncs (warehouse, began_at_ms)",
)


class NewerSyncsError(HeadwaterError):
    """syncs.db was written by a newer release of Headwater. Install that release, or remove the file."""

    code = "newer_syncs"
    status = 409


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open `path` for the one writer. Raises NewerSyncsError."""
    return room_file.open_for_writing(path, version=VERSION, tables=_TABLES, newer=NewerSyncsError)


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open `path` beside its writer, or return None while there is nothing to read."""
    return room_file.open_for_reading(path, version=VERSION)
