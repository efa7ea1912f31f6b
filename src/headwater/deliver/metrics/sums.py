"""What became of each destination's events, read from deliver.db: what was counted, and what waits. Constant SQL."""

import sqlite3

import msgspec

from headwater.deliver.letters import totals
from headwater.deliver.metrics import figures
from headwater.deliver.metrics.figures import Figures

_RETRIES = """
    SELECT destination, count(*), min(first_at_ms) FROM retries
    WHERE destination BETWEEN ? AND ? GROUP BY destination
"""
_FIRST, _LAST = "", "\U0010ffff"


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """One destination's (or lane's): counted so far, and now among its retries and dead letters."""

    figures: Figures = Figures()
    retrying: int = 0
    oldest_retry_ms: int | None = None
    dead_letters: int = 0


def every(connection: sqlite3.Connection) -> dict[str, Sums]:
    """Return all of them, by name; a replay has its own name for its retries, and no figures."""
    return _between(connection, _FIRST, _LAST)


def one(connection: sqlite3.Connection, name: str) -> Sums:
    """Return those of one name, without counting the dead letters of others."""
    return _between(connection, name, name).get(name, Sums())


def _between(connection: sqlite3.Connection, first: str, last: str) -> dict[str, Sums]:
    counted = figures.every(connection)
    waiting = {row[0]: row[1:] for row in connection.execute(_RETRIES, (first, last))}
    dead = totals.between(connection, first, last)
    return {
        name: Sums(
            figures=counted.get(name, Figures()),
            retrying=waiting.get(name, (0, None))[0],
            oldest_retry_ms=waiting.get(name, (0, None))[1],
            dead_letters=dead.get(name, 0),
        )
        for name in {*counted, *waiting, *dead}
    }
