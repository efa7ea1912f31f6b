"""What became of deliveries, read from `deliver.db` by the front process. It never writes.

A delivered event always has an attempt's row. So an event without any row is pending while its destination's
cursor hasn't passed it; once passed, it wasn't this destination's when it went by.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.outcomes import State
from headwater.core.periods import Period
from headwater.core.secrets import Sealer
from headwater.deliver import decide, kept_exchanges, queued, sealing
from headwater.deliver.cursor import Cursor
from headwater.deliver.kept_exchanges import KeptExchange
from headwater.deliver.ledger_reader import LedgerReader
from headwater.deliver.metrics import sums, volume
from headwater.deliver.metrics.sums import Sums
from headwater.deliver.metrics.volume import Volume
from headwater.deliver.replays import names, progress
from headwater.deliver.replays.progress import Progress
from headwater.deliver.settlement import BEGUN, WAITING
from headwater.workspace.configuration import Destination

BEFORE_DESTINATION_EXISTED = "BEFORE_DESTINATION_EXISTED"
DESTINATION_WAS_DELETED = "DESTINATION_WAS_DELETED"
DESTINATION_IS_DISABLED = "DESTINATION_IS_DISABLED"
DISCARDED = "DISCARDED"

_ATTEMPTS = """
    SELECT number, at_ms, outcome, status, reason, duration_ms, action, payload_bytes, together, is_redriven
    FROM attempts WHERE destination = ? AND "offset" = ? ORDER BY number
"""
_TRIED = 'SELECT DISTINCT destination FROM attempts WHERE "offset" = ?'
_REPLAYED = """
    SELECT DISTINCT destination FROM attempts WHERE "offset" = ? AND destination > ? AND destination < ?
"""
_DETAIL = """
    SELECT number, detail FROM attempts WHERE destination = ? AND "offset" = ? ORDER BY number DESC LIMIT 1
"""
_RETRY = 'SELECT 1 FROM retries WHERE destination = ? AND "offset" = ?'
_DEAD_LETTER = 'SELECT state, reason FROM dead_letters WHERE destination = ? AND "offset" = ?'
_CURSOR = "SELECT watermark, ranges FROM cursors WHERE destination = ?"
_NEWEST = "SELECT coalesce(max(id), 0) FROM attempts WHERE id < ?"
_RECENT = """
    SELECT id, destination, "offset", message_id, source, number, at_ms, outcome, status, reason, duration_ms
    FROM attempts WHERE id <= ?1 AND id > ?2
    AND (?3 IS NULL OR destination = ?3 OR (destination > ?4 AND destination < ?5)) ORDER BY id DESC LIMIT ?6
"""
LARGEST_ID = 2**63 - 1
# One destination's are looked for among so many at once: no index is kept for it.
MOST_LOOKED_THROUGH = 10_000
RETRY_LATER = "retry_later"
_STATES = {
    "delivered": State.DELIVERED,
    RETRY_LATER: State.RETRYING,
    "rejected": State.REJECTED,
    "not_authorised": State.NOT_AUTHORISED,
    "filtered": State.FILTERED,
    "smaller_batch": State.PENDING,
    WAITING: State.RETRYING,
    BEGUN: State.PENDING,
}


class AttemptReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try. `status` is the HTTP status, None when there was no answer; `replay` is the one that it was part of.

    The numbers of a replay's attempts go on from those before it. `action` is the kind's, `payload_bytes` what this
    event had of the request's body, and `together` how many deliveries shared that. `redriven`: it had been given up
    before, and was sent again because somebody wanted it.
    """

    at: str
    number: int
    outcome: str
    duration_ms: int
    status: int | None
    reason: str | None = None
    replay: str | None = None
    action: str | None = None
    payload_bytes: int | None = None
    together: int | None = None
    redriven: bool = False


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one event stands with one destination, as `headwater get trace` prints it."""

    destination: str
    name: str
    state: State
    attempts: list[AttemptReport]
    reason: str | None = None


class RecentAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try (or, with number 0, the decision not to try), newest first in a list."""

    id: int
    destination: str
    offset: int
    message_id: str
    source: str
    number: int
    at: str
    outcome: str
    status: int | None
    reason: str | None
    duration_ms: int
    replay: str | None


class RecentAttempts(msgspec.Struct, frozen=True, kw_only=True):
    """Some attempts, the newest first. `next` is before which id to look on, None where there are no more."""

    attempts: list[RecentAttempt]
    next: int | None


class _Untried(Protocol):
    """Says what became of an event that was never tried: `has_passed` is whether the cursor is beyond it."""

    def __call__(self, *, has_passed: bool) -> tuple[State, str | None]: ...


class DeliveryReport:
    """Answers from one `deliver.db`, also while the engine hasn't made it yet."""

    def __init__(self, path: Path, sealer: Sealer) -> None:
        self._ledger = LedgerReader(path)
        self._sealer = sealer

    async def deliveries(self, offset: int, destinations: Sequence[Destination]) -> list[Delivery]:
        """Return one row per given destination, always, in the order given."""
        return await self._ledger.query(
            lambda connection: [_delivery(connection, offset, destination) for destination in destinations]
        )

    async def exchanges(self, offset: int) -> dict[str, KeptExchange]:
        """Return what was said to each destination about the event at `offset`, or would have been, where it's kept."""
        return await self._ledger.query(
            lambda connection: kept_exchanges.newest(connection, offset, sealer=self._sealer) if connection else {}
        )

    async def tried(self, offset: int) -> set[str]:
        """Return the ids of the destinations that have, or had, anything to do with the event at `offset`."""
        rows = await self._ledger.query(lambda connection: _rows(connection, _TRIED, offset))
        return {names.owner_of(row[0]) for row in rows}

    async def action_deliveries(self, offsets: Sequence[int]) -> list[Delivery]:
        """Return where the queued Actions at `offsets` stand, in the order given."""
        return await self._ledger.query(
            lambda connection: [
                _stands(connection, offset, queued.CURSOR_NAME, "Queued Actions", _of_action) for offset in offsets
            ]
        )

    async def action_exchange(self, offset: int) -> dict[str, Any]:
        """Return `request` and `response` of the queued Action's last attempt; {} if that did well, or has expired."""
        rows = await self._ledger.query(lambda connection: _rows(connection, _DETAIL, queued.CURSOR_NAME, offset))
        opened = sealing.unseal_detail(rows[0][1], sealer=self._sealer) if rows else None
        return msgspec.json.decode(opened, type=dict[str, Any]) if opened else {}

    async def recent(self, limit: int) -> list[RecentAttempt]:
        """Return the newest attempts of all destinations."""
        return (await self.recent_page(limit)).attempts

    async def recent_page(
        self, limit: int, *, destination: str | None = None, before: int | None = None
    ) -> RecentAttempts:
        """Return the newest attempts of all destinations, or of one and its replays, whose ids are below `before`.

        It looks through so many at most: there may be fewer than `limit`, or none, and `next` goes on all the same.
        """
        return await self._ledger.query(
            lambda connection: _newest(connection, limit, destination, LARGEST_ID if before is None else before)
        )

    async def replays(self) -> dict[str, Progress]:
        """Return how far each replay is, by its name in the ledger; one that has settled nothing may be missing."""
        return await self._ledger.query(lambda connection: progress.every(connection) if connection else {})

    async def sums(self) -> dict[str, Sums]:
        """Return what became of each destination's events; one of which nothing was ever settled is missing."""
        return await self._ledger.query(lambda connection: sums.every(connection) if connection else {})

    async def volume(self, period: Period, *, destination: str | None = None) -> dict[str, Volume]:
        """Return what became of one destination's events over a period, or of each one's that had some."""
        return await self._ledger.query(
            lambda connection: volume.over(connection, period, destination=destination) if connection else {}
        )

    async def sums_of(self, name: str) -> Sums:
        """Return what became of one destination's events."""
        return await self._ledger.query(lambda connection: sums.one(connection, name) if connection else Sums())

    def close(self) -> None:
        """Let go of the thread."""
        self._ledger.close()


def _rows(connection: sqlite3.Connection | None, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    return connection.execute(statement, parameters).fetchall() if connection is not None else []


def _delivery(connection: sqlite3.Connection | None, offset: int, destination: Destination) -> Delivery:
    def untried(*, has_passed: bool) -> tuple[State, str | None]:
        return _untried(destination, offset, has_passed=has_passed)

    lanes = [
        destination.id,
        *(row[0] for row in _rows(connection, _REPLAYED, offset, *names.bounds_of(destination.id))),
    ]
    each = [_stands(connection, offset, name, destination.name, untried) for name in lanes]
    found = each[0] if len(each) == 1 else _joined(each, destination.id)
    is_open = found.state in (State.PENDING, State.RETRYING) or (found.reason or "").startswith(DISCARDED)
    if destination.deleted_at_ms is not None and is_open:
        return msgspec.structs.replace(found, state=State.FILTERED, reason=DESTINATION_WAS_DELETED)
    return found


def _joined(each: Sequence[Delivery], destination_id: str) -> Delivery:
    """Return as one what a destination's own lane and its replays did. The newest word counts, if it is no "no"."""
    word = max(reversed(each), key=lambda one: (one.state != State.FILTERED, *_last(one.attempts)))
    attempts = sorted((attempt for one in each for attempt in one.attempts), key=lambda one: (one.at, one.number))
    return msgspec.structs.replace(word, destination=destination_id, attempts=attempts)


def _last(attempts: Sequence[AttemptReport]) -> tuple[int, str]:
    return (attempts[-1].number, attempts[-1].at) if attempts else (0, "")


def _untried(destination: Destination, offset: int, *, has_passed: bool) -> tuple[State, str | None]:
    """Return what became of an event that the ledger has no word of."""
    if offset <= destination.start_offset:
        return State.FILTERED, BEFORE_DESTINATION_EXISTED
    if destination.is_paused_at(offset):
        return State.FILTERED, decide.DESTINATION_WAS_DISABLED
    if has_passed:
        return State.FILTERED, decide.NOT_CONNECTED
    return State.PENDING, None if destination.enabled else DESTINATION_IS_DISABLED


def _of_action(*, has_passed: bool) -> tuple[State, str | None]:
    return (State.FILTERED, decide.NOT_CONNECTED) if has_passed else (State.PENDING, None)


def _stands(
    connection: sqlite3.Connection | None, offset: int, destination: str, name: str, untried: _Untried
) -> Delivery:
    key = (destination, offset)
    attempts = _rows(connection, _ATTEMPTS, *key)
    if attempts:
        state, reason = _verdict(connection, key, attempts[-1])
    else:
        cursors = _rows(connection, _CURSOR, destination)
        state, reason = untried(has_passed=bool(cursors) and Cursor(*cursors[0]).is_settled(offset))
    tries = [_attempt(row, replay=names.replay_of(destination)) for row in attempts if row[0]]
    return Delivery(destination=destination, name=name, state=state, reason=reason, attempts=tries)


def _verdict(
    connection: sqlite3.Connection | None, key: tuple[str, int], last: tuple[Any, ...]
) -> tuple[State, str | None]:
    if _rows(connection, _RETRY, *key):
        return State.RETRYING, last[4]
    for state, reason in _rows(connection, _DEAD_LETTER, *key):
        return State(state), reason
    if last[2] == RETRY_LATER:  # it was given up, and the dead letter is gone: somebody has thrown it away
        return State.REJECTED, f"{DISCARDED}: {last[4]}"
    return _STATES[last[2]], last[4]


def _attempt(row: tuple[Any, ...], *, replay: str | None) -> AttemptReport:
    number, at_ms, outcome, status, reason, duration_ms, action, payload_bytes, together, is_redriven = row
    return AttemptReport(
        at=iso_ms(from_epoch_ms(at_ms)),
        number=number,
        outcome=outcome,
        status=status,
        reason=reason,
        duration_ms=duration_ms,
        replay=replay,
        action=action,
        payload_bytes=payload_bytes,
        together=together,
        redriven=bool(is_redriven),
    )


def _newest(connection: sqlite3.Connection | None, limit: int, destination: str | None, before: int) -> RecentAttempts:
    [(newest,)] = _rows(connection, _NEWEST, before) or [(0,)]
    floor = max(newest - MOST_LOOKED_THROUGH, 0) if destination else 0
    bounds = names.bounds_of(destination or "")
    rows = [_recent(row) for row in _rows(connection, _RECENT, newest, floor, destination, *bounds, limit)]
    on = rows[-1].id if len(rows) == limit and rows else floor + 1
    return RecentAttempts(attempts=rows, next=on if on > 1 else None)


def _recent(row: tuple[Any, ...]) -> RecentAttempt:
    id_, destination, offset, message_id, source, number, at_ms, outcome, status, reason, duration_ms = row
    return RecentAttempt(
        id=id_,
        destination=names.owner_of(destination),
        replay=names.replay_of(destination),
        offset=offset,
        message_id=message_id,
        source=source,
        number=number,
        at=iso_ms(from_epoch_ms(at_ms)),
        outcome=outcome,
        status=status,
        reason=reason,
        duration_ms=duration_ms,
    )
