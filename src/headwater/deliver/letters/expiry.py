"""Bodies that have to go: what is too old, and of dead letters what is too many. Constant SQL, a part at a time.

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
