"""What became of a destination's events, counted in deliver.db with what settles. Constant SQL.

A count is written in the transaction that saves what it counts: a crash neither loses nor doubles one. What a
destination that is down is probed with is written nowhere, and so counted in memory only (`metrics.meters`).
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from headwater.core.outcomes import State
from headwater.deliver.metrics import codes, latencies
from headwater.deliver.replays import names
from headwater.deliver.settlement import Attempt, DeadLetter, Settlement

TABLE = """
CREATE TABLE IF NOT EXISTS figures (
    destination TEXT NOT NULL,
    figure TEXT NOT NULL,
    label TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (destination, figure, label)
) WITHOUT ROWID
"""

_ADD = """
    INSERT INTO figures (destination, figure, label, count) VALUES (?, ?, ?, ?)
    ON CONFLICT (destination, figure, label) DO UPDATE SET count = count + excluded.count
"""
# All at once, here and when they are read: each statement and each row gives the interpreter away, and waits for it
# while the loop is busy.
_ADD_MANY = """
    INSERT INTO figures (destination, figure, label, count)
    SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
    FROM json_each(?2) WHERE true
    ON CONFLICT (destination, figure, label) DO UPDATE SET count = count + excluded.count
"""
_HAS_LABEL = "SELECT 1 FROM figures WHERE destination = ? AND figure = ? AND label = ?"
_COUNT_LABELS = "SELECT count(*) FROM figures WHERE destination = ? AND figure = ?"
_BEGIN = "INSERT OR IGNORE INTO figures (destination, figure, label, count) VALUES (?, 'since', '', ?)"
_EVERY = "SELECT json_group_array(json_array(destination, figure, label, count)) FROM figures"
_FORGET = "DELETE FROM figures WHERE destination = ?"

SINCE, ATTEMPTS, REDRIVEN, REPLAYED = "since", "attempts", "redriven", "replayed"
DELIVERED, FILTERED, RETRIED = "delivered", "filtered", "retried"
LATENCY, LATENCY_MS = "latency", "latency_ms"
# What is sent, and answered in a way that is noted as this, was an attempt.
_TRIED = frozenset({"delivered", "retry_later", "rejected", "not_authorised", "smaller_batch"})

_BY_CODE = frozenset({FILTERED, RETRIED, State.REJECTED.value, State.NOT_AUTHORISED.value})

Counts = Counter[tuple[str, str]]

_rows = msgspec.json.Decoder(list[tuple[str, str, str, int]])


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One destination's. `since_ms` is when counting began, None while there was nothing to count.

    Each event of the log is in the end one of delivered, filtered, rejected, not_authorised; the last two are dead
    letters, and one that was redriven is counted once more. `replayed` is what replays came to, by outcome: none
    of it is in the others but the attempts. `latencies` counts, by bucket, from receipt to the receiver's answer.
    """

    since_ms: int | None = None
    attempts: int = 0
    delivered: int = 0
    redriven: int = 0
    filtered: dict[str, int] = {}
    rejected: dict[str, int] = {}
    not_authorised: dict[str, int] = {}
    retried: dict[str, int] = {}
    replayed: dict[str, int] = {}
    latencies: dict[int, int] = {}
    latency_ms: int = 0


def note(connection: sqlite3.Connection, name: str, settlement: Settlement) -> None:
    """Count what one lane has settled; the caller holds the transaction."""
    if not settlement.attempts:
        return
    is_replay, owner = names.replay_of(name) is not None, names.owner_of(name)
    counts: Counts = Counter((ATTEMPTS, "") for row in settlement.attempts if row.outcome in _TRIED)
    counts.update(_replayed(settlement) if is_replay else _settled(settlement))
    connection.execute(_BEGIN, (owner, settlement.attempts[0].at_ms))
    ours = [(figure, label, count) for (figure, label), count in counts.items() if figure not in _BY_CODE]
    connection.execute(_ADD_MANY, (owner, msgspec.json.encode(ours).decode()))
    for (figure, label), count in counts.items():
        if figure in _BY_CODE:
            connection.execute(_ADD, (owner, figure, _bounded(connection, owner, figure, label), count))


def note_redriven(connection: sqlite3.Connection, destination: str, count: int) -> None:
    connection.execute(_ADD, (destination, REDRIVEN, "", count))


def forget(connection: sqlite3.Connection, destination: str) -> None:
    connection.execute(_FORGET, (destination,))


def every(connection: sqlite3.Connection) -> dict[str, Figures]:
    """Return all destinations' figures; one of which nothing is settled is missing."""
    found: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    (rows,) = connection.execute(_EVERY).fetchone()
    for destination, figure, label, count in _rows.decode(rows):
        found[destination].append((figure, label, count))
    return {destination: _figures(rows) for destination, rows in found.items()}


def _bounded(connection: sqlite3.Connection, owner: str, figure: str, label: str) -> str:
    """Return the label to count by: a tool may make up as many codes as it likes, we keep some."""
    if connection.execute(_HAS_LABEL, (owner, figure, label)).fetchone():
        return label
    known: int = connection.execute(_COUNT_LABELS, (owner, figure)).fetchone()[0]
    return label if known < codes.MAX_CODES else codes.OTHER


def _settled(settlement: Settlement) -> Counts:
    counts: Counts = Counter(key for row in settlement.attempts for key in _of_attempt(row))
    counts.update(_dead(settlement.dead_letters))
    for row in settlement.attempts:
        if row.latency_ms is not None:
            counts[LATENCY_MS, ""] += row.latency_ms
    return counts


def _replayed(settlement: Settlement) -> Counts:
    counts: Counts = Counter()
    for row in settlement.attempts:
        if row.outcome in (DELIVERED, FILTERED):
            counts[REPLAYED, row.outcome] += 1
    for letter in settlement.dead_letters:
        counts[REPLAYED, letter.state.value] += 1
    return counts


def _of_attempt(row: Attempt) -> Iterable[tuple[str, str]]:
    if row.outcome == DELIVERED:
        yield DELIVERED, ""
        if row.latency_ms is not None:
            yield LATENCY, str(latencies.bucket_of(row.latency_ms))
    elif row.outcome == FILTERED:
        yield FILTERED, codes.of_filtered(row.reason)
    elif row.outcome in ("retry_later", "smaller_batch"):
        yield RETRIED, codes.of_failed(row.status)


def _dead(letters: Iterable[DeadLetter]) -> Counts:
    return Counter((letter.state.value, letter.code) for letter in letters)


def _figures(rows: Iterable[tuple[str, str, int]]) -> Figures:
    by: dict[str, dict[str, int]] = defaultdict(dict)
    for figure, label, count in rows:
        by[figure][label] = count
    return Figures(
        since_ms=by[SINCE].get(""),
        attempts=by[ATTEMPTS].get("", 0),
        delivered=by[DELIVERED].get("", 0),
        redriven=by[REDRIVEN].get("", 0),
        filtered=by[FILTERED],
        rejected=by[State.REJECTED.value],
        not_authorised=by[State.NOT_AUTHORISED.value],
        retried=by[RETRIED],
        replayed=by[REPLAYED],
        latencies={int(label): count for label, count in by[LATENCY].items()},
        latency_ms=by[LATENCY_MS].get("", 0),
    )
