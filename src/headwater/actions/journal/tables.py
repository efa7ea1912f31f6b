"""The shape of `actions.db`. Constant SQL on plain sqlite3.

A power cut may undo its last commits (`store.room_file`): it records what was done, and nothing is done by it.
"""

import sqlite3
from pathlib import Path

from headwater.actions.firing import CANCELLED, FAILED, INTERRUPTED, NOT_RENDERED
from headwater.core.errors import HeadwaterError
from headwater.store import room_file

VERSION = 2

# States that are the last word, whatever the ledger says: there are few, among very many that were delivered.
LAST_WORDS = (FAILED, INTERRUPTED, CANCELLED, NOT_RENDERED)
IS_LAST_WORD = "state IN ('failed', 'interrupted', 'cancelled', 'not_rendered')"

_TABLES = (
    # `offset` is where a queued one is in the log, once it is there: what became of it then stands in deliver.db.
    """
    CREATE TABLE IF NOT EXISTS firings (
        id INTEGER PRIMARY KEY,
        trigger_id TEXT NOT NULL UNIQUE,
        action_id TEXT NOT NULL,
        path TEXT NOT NULL,
        project_id TEXT NOT NULL,
        identity_id TEXT,
        flow TEXT NOT NULL,
        moment TEXT NOT NULL,
        method TEXT,
        flow_id TEXT,
        at_ms INTEGER NOT NULL,
        mode TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        attempts BLOB NOT NULL,
        "offset" INTEGER
    )
    """,
    "CREATE INDEX IF NOT EXISTS firings_by_time ON firings (at_ms)",
    "CREATE INDEX IF NOT EXISTS firings_of_an_identity ON firings (identity_id, at_ms)",
    "CREATE INDEX IF NOT EXISTS firings_of_a_flow ON firings (flow_id, at_ms)",
    "CREATE INDEX IF NOT EXISTS firings_of_an_action ON firings (action_id, at_ms)",
    "CREATE INDEX IF NOT EXISTS firings_of_a_path ON firings (path, at_ms)",
    f"CREATE INDEX IF NOT EXISTS firings_of_a_last_word ON firings (state, at_ms) WHERE {IS_LAST_WORD}",
    """
    CREATE TABLE IF NOT EXISTS bodies (
        firing INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        size INTEGER NOT NULL,
        sealed BLOB NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS bodies_by_time ON bodies (at_ms, size)",
)


class NewerJournalError(HeadwaterError):
    """actions.db was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_journal"
    status = 409


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open `path` for the one writer. Raises NewerJournalError."""
    return room_file.open_for_writing(path, version=VERSION, tables=_TABLES, newer=NewerJournalError)


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open `path` beside its writer, or return None while there is nothing to read."""
    return room_file.open_for_reading(path, version=VERSION)
