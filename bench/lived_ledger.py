"""What became of many deliveries, put straight into the deliver.db of a server that doesn't run.

Half of them are the first destination's, and every second one was given up.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing

from bench.lived_events import Past
from headwater.core.outcomes import State
from headwater.core.secrets import Sealer
from headwater.deliver import ledger_schema, ledger_statements
from headwater.deliver.settlement import Attempt, DeadLetter, Settlement
from headwater.store.folder import DataFolder

SETTLED_AT_ONCE = 500
REASONS = ("HTTP 400", "HTTP 404", "HTTP 422", "HTTP 410")
DETAIL = json.dumps(
    {
        "request": {"method": "POST", "url": "http://127.0.0.1:9/", "headers": {}, "body": '{"event":"Signed Up"}'},
        "response": {"status": 400, "headers": {}, "body": '{"error":"no such field"}'},
    }
).encode()


def lay(folder: DataFolder, past: Past, *, destinations: Sequence[str], letters: int) -> None:
    """Settle twice as many deliveries as `letters` of the newest events; destinations go on at the log's end."""
    sealer = Sealer(folder.sealing_key())
    with closing(ledger_schema.open_ledger(folder.deliver_database)) as connection:
        for destination, settlement in _settlements(past, destinations, letters):
            connection.execute("BEGIN IMMEDIATE")
            ledger_statements.settle(connection, destination, settlement, sealer=sealer)
            connection.execute("COMMIT")


def _settlements(past: Past, destinations: Sequence[str], letters: int) -> Iterator[tuple[str, Settlement]]:
    half = letters // 2
    shares = [half] + [max(1, half // len(destinations))] * (len(destinations) - 1)
    for destination, share in zip(destinations, shares, strict=True):
        for first in range(0, share, SETTLED_AT_ONCE):
            yield destination, _settlement(past, range(first, min(share, first + SETTLED_AT_ONCE)))


def _settlement(past: Past, numbers: range) -> Settlement:
    offsets = [past.events - 2 * number for number in numbers if past.events > 2 * number]
    attempts = [_attempt(past, one, status=400 + one % 4) for one in offsets]
    attempts += [_attempt(past, one - 1, status=200) for one in offsets if one > 1]
    return Settlement(
        watermark=past.events,
        ranges=b"",
        attempts=attempts,
        dead_letters=[_dead_letter(past, one) for one in offsets],
    )


def _attempt(past: Past, offset: int, *, status: int) -> Attempt:
    record, is_well = past.record(offset - 1), status < 400
    return Attempt(
        offset=offset,
        number=1,
        message_id=record.message_id,
        source=record.source,
        at_ms=record.received_at_ms,
        outcome="delivered" if is_well else "rejected",
        status=status,
        reason=None if is_well else f"HTTP {status}",
        duration_ms=12,
        detail=None if is_well else DETAIL,
        latency_ms=30 if is_well else None,
    )


def _dead_letter(past: Past, offset: int) -> DeadLetter:
    record = past.record(offset - 1)
    return DeadLetter(
        offset=offset,
        at_ms=record.received_at_ms,
        state=State.REJECTED,
        reason=f"{REASONS[offset % len(REASONS)]}: no such field {offset % 23}",
        attempts=1,
        record=record,
        detail=DETAIL,
        code=f"http_{400 + offset % 4}",
        status=400 + offset % 4,
    )
