"""The shape of `lake.db`, the manifest: which files of the lake are valid, which columns there are, how far it is.

Constant SQL on plain sqlite3. Unlike the other rooms' files it is fsync'd with each commit: the log forgets what the
lake's cursor has passed, and files that a merge replaced are removed, so a power cut may undo none of it.
"""

import sqlite3
from pathlib import Path

from headwater.core.errors import HeadwaterError
from headwater.store import room_file

VERSION = 1

FULL_SYNC = "PRAGMA synchronous = FULL"

# Since a later release than the rest, so it is made where it lacks. `files`: how many had any of theirs.
_ERASURES = """
CREATE TABLE IF NOT EXISTS erasures (
    id TEXT PRIMARY KEY,
    files_done INTEGER NOT NULL,
    files INTEGER NOT NULL,
    done_at_ms INTEGER
) WITHOUT ROWID
"""

# The same: whether the rows of a file wait to be gathered into `tracks`. NULL: they don't.
_HAS_WAITING = "SELECT 1 FROM pragma_table_info('files') WHERE name = 'is_waiting'"
_ADD_WAITING = "ALTER TABLE files ADD COLUMN is_waiting INTEGER"

# The same: whoever asks for the lake in numbers reads these alone, of however many files.
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS files_summed ON files (state, kind, rows, bytes)",
    "CREATE INDEX IF NOT EXISTS files_waiting ON files (state, source) WHERE is_waiting",
)

_TABLES = (
    # `path` is below the lake's folder. `kind`: parquet, archive, ids (of which nobody's but the writer's).
    # `state`: valid, or removed: still on disk for the queries that began before.
    """
    CREATE TABLE files (
        path TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        "table" TEXT NOT NULL,
        day TEXT NOT NULL,
        kind TEXT NOT NULL,
        first_offset INTEGER NOT NULL,
        last_offset INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        state TEXT NOT NULL,
        removed_at_ms INTEGER
    ) WITHOUT ROWID
    """,
    'CREATE INDEX files_of ON files (state, kind, source, "table", day)',
    """
    CREATE TABLE columns (
        source TEXT NOT NULL,
        "table" TEXT NOT NULL,
        "column" TEXT NOT NULL,
        type TEXT NOT NULL,
        position INTEGER NOT NULL,
        first_seen_ms INTEGER NOT NULL,
        note TEXT,
        PRIMARY KEY (source, "table", "column")
    ) WITHOUT ROWID
    """,
    # One row: up to which offset everything is in the files, when that was, and the number of the next file.
    """
    CREATE TABLE progress (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        cursor INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        next_file INTEGER NOT NULL
    )
    """,
)


class NewerLakeError(HeadwaterError):
    """lake.db was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_lake"
    status = 409


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open `path` for the one writer. Raises NewerLakeError."""
    connection = room_file.open_for_writing(path, version=VERSION, tables=_TABLES, newer=NewerLakeError)
    connection.execute(FULL_SYNC)
    connection.execute(_ERASURES)
    if not knows_waiting(connection):
        connection.execute(_ADD_WAITING)
    for index in _INDEXES:
        connection.execute(index)
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open `path` beside its writer, or return None while there is nothing to read."""
    return room_file.open_for_reading(path, version=VERSION)


def knows_waiting(connection: sqlite3.Connection) -> bool:
    """Tell whether it says of files that they wait. One of an earlier release does once its writer has opened it."""
    return connection.execute(_HAS_WAITING).fetchone() is not None
