"""How many dead letters each destination has, kept by SQLite itself with what is stored. Constant SQL.

Whoever looks at metrics wants the number at once, and counting a hundred thousand takes 8 ms.
"""

import sqlite3

TABLE = """
    CREATE TABLE IF NOT EXISTS letter_totals (
        destination TEXT PRIMARY KEY,
        count INTEGER NOT NULL
    ) WITHOUT ROWID
"""
# No `OR` and no `ON CONFLICT` in it: that of the statement which causes it would take its place. A letter that takes
# another's place fires nothing for that one.
_COUNTING = """
    CREATE TRIGGER IF NOT EXISTS letter_is_new BEFORE INSERT ON dead_letters
    WHEN NOT EXISTS (SELECT 1 FROM dead_letters WHERE destination = NEW.destination AND "offset" = NEW."offset")
    BEGIN
        INSERT INTO letter_totals (destination, count) SELECT NEW.destination, 0
        WHERE NOT EXISTS (SELECT 1 FROM letter_totals WHERE destination = NEW.destination);
        UPDATE letter_totals SET count = count + 1 WHERE destination = NEW.destination;
    END
"""
_COUNTING_DOWN = """
    CREATE TRIGGER IF NOT EXISTS letter_is_gone AFTER DELETE ON dead_letters
    BEGIN
        UPDATE letter_totals SET count = count - 1 WHERE destination = OLD.destination;
    END
"""
_FILL = """
    INSERT OR REPLACE INTO letter_totals (destination, count)
    SELECT destination, count(*) FROM dead_letters GROUP BY destination
"""
# What a file needs beyond the tables, in this order; a new one, or one of an earlier release.
MAKING = (_FILL, _COUNTING, _COUNTING_DOWN)

FORGET = "DELETE FROM letter_totals WHERE destination = ?"
_BETWEEN = "SELECT destination, count FROM letter_totals WHERE destination BETWEEN ? AND ? AND count > 0"


def between(connection: sqlite3.Connection, first: str, last: str) -> dict[str, int]:
    """Return how many the destinations from `first` to `last` have; those that have none are missing."""
    return dict(connection.execute(_BETWEEN, (first, last)).fetchall())
