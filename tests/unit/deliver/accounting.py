"""Event by event: what was received is delivered, rejected or filtered, and the figures say the same."""

import sqlite3
from collections import Counter
from contextlib import closing

from headwater.core.outcomes import State

SETTLED = frozenset({State.DELIVERED, State.FILTERED, State.REJECTED, State.NOT_AUTHORISED})


async def states(report, offsets, destination):
    """Return how many of the events are in which state, asking for each of them."""
    found = [(await report.deliveries(offset, [destination]))[0] for offset in offsets]
    return Counter(each.state for each in found)


_LAST_WORDS = """
    SELECT "offset", outcome, max(number), count(*) FILTER (WHERE outcome IN ('delivered', 'filtered'))
    FROM attempts WHERE destination = ? GROUP BY "offset"
"""
_STATES = {
    "delivered": State.DELIVERED,
    "filtered": State.FILTERED,
    "rejected": State.REJECTED,
    "retry_later": State.RETRYING,
    "smaller_batch": State.PENDING,
}


def last_words(path, destination_id):
    """Return each event's state by its offset, of very many at once; none may have come to an end twice."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(_LAST_WORDS, (destination_id,)).fetchall()
    assert all(ends <= 1 for *_, ends in rows)
    return {offset: _STATES[outcome] for offset, outcome, *_ in rows}


async def account(report, offsets, destination):
    """Return the states of all events, having compared them with what was counted and with the dead letters.

    Only while nothing is on its way: it reads twice.
    """
    counted = await states(report, offsets, destination)
    sums = (await report.sums())[destination.id]
    figures = sums.figures
    refused = sum(figures.rejected.values()) + sum(figures.not_authorised.values()) - figures.redriven
    said = {
        State.DELIVERED: figures.delivered,
        State.FILTERED: sum(figures.filtered.values()),
        "refused": refused,
        State.RETRYING: sums.retrying,
    }
    seen = {
        State.DELIVERED: counted[State.DELIVERED],
        State.FILTERED: counted[State.FILTERED],
        "refused": counted[State.REJECTED] + counted[State.NOT_AUTHORISED],
        State.RETRYING: counted[State.RETRYING],
    }
    assert said == seen
    assert sums.dead_letters == refused
    assert sum(counted.values()) == len(offsets)
    return counted


def settled_by(figures):
    """Return how many events the figures say are settled for good."""
    by_reason = (figures.filtered, figures.rejected, figures.not_authorised)
    return figures.delivered - figures.redriven + sum(sum(each.values()) for each in by_reason)
