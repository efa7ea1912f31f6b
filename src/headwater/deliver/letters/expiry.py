"""What has to go: bodies that are too old, of dead letters too many, and attempts of what the log has forgotten.

Constant SQL, a part at a time.

Called on the writer's thread, each part in a transaction of its own: a hundred thousand bodies hold up nobody's save.
"""

import sqlite3

from headwater.deliver.letters import search

AT_ONCE = 1_000

INDEX = """
    CREATE INDEX IF NOT EXISTS dead_letters_with_their_body ON dead_letters (destination, id) WHERE record IS NOT NULL
"""
_DETAILS = """
    UPDATE attempts SET detail = NULL
    WHERE id IN (SELECT id FROM attempts WHERE detail IS NOT NULL AND at_ms < ? LIMIT ?)
"""
_LETTERS = """
    UPDATE dead_letters SET record = NULL, detail = NULL
    WHERE id IN (SELECT id FROM dead_letters WHERE record IS NOT NULL AND at_ms < ? LIMIT ?)
"""
# What still waits, or was given up, keeps its story. Queued Actions have one of their own (`actions/journal`), which
# is told for a month with the attempts that are here.
_FORGOTTEN = """
    DELETE FROM attempts WHERE id IN (
        SELECT id FROM attempts AS a
        WHERE "offset" < ?1 AND (destination <> ?2 OR at_ms < ?3)
        AND NOT EXISTS (SELECT 1 FROM retries AS r WHERE r.destination = a.destination AND r."offset" = a."offset")
        AND NOT EXISTS (SELECT 1 FROM dead_letters AS d WHERE d.destination = a.destination AND d."offset" = a."offset")
        LIMIT ?4
    )
"""
BEYOND = """
    UPDATE dead_letters SET record = NULL, detail = NULL WHERE id IN (
        SELECT id FROM dead_letters INDEXED BY dead_letters_with_their_body
        WHERE destination = ?1 AND record IS NOT NULL AND id <= (
            SELECT id FROM dead_letters INDEXED BY dead_letters_with_their_body
            WHERE destination = ?1 AND record IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?2
        ) LIMIT ?3
    )
"""


def of_old(connection: sqlite3.Connection, *, before_ms: int) -> int:
    """Forget some bodies and exchanges from before then; return how many, 0 once there are none left."""
    return sum(connection.execute(statement, (before_ms, AT_ONCE)).rowcount for statement in (_DETAILS, _LETTERS))


def of_too_many(connection: sqlite3.Connection, *, newest: int) -> int:
    """Forget some bodies of letters that are not the newest so many of their destination; return how many."""
    return sum(
        connection.execute(BEYOND, (destination, newest, AT_ONCE)).rowcount
        for destination in search.destinations(connection)
    )


def of_forgotten(connection: sqlite3.Connection, *, before_offset: int, actions: str, actions_before_ms: int) -> int:
    """Forget some attempts of events that the log lacks by now; return how many. `actions` names the queued Actions."""
    given = (before_offset, actions, actions_before_ms, AT_ONCE)
    return connection.execute(_FORGOTTEN, given).rowcount
