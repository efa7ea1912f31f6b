import random
import sqlite3

import pytest
from delivering import KEY, event

from headwater.core.outcomes import State
from headwater.core.secrets import Sealer
from headwater.deliver.ledger import Ledger
from headwater.deliver.metrics import codes, figures, latencies, sums
from headwater.deliver.metrics.meters import Meter
from headwater.deliver.metrics.sums import Sums
from headwater.deliver.settlement import Attempt, DeadLetter, Settlement


def attempt(offset, outcome="delivered", **changes):
    values = {"number": 1, "message_id": "m", "source": "web", "at_ms": 5, "status": 200, "reason": None}
    return Attempt(offset=offset, outcome=outcome, duration_ms=1, detail=None, **(values | changes))


def dead(offset, code, state=State.REJECTED):
    return DeadLetter(
        offset=offset, at_ms=5, state=state, reason="no", attempts=1, record=event("m"), detail=None, code=code
    )


@pytest.fixture
def counting():
    connection = sqlite3.connect(":memory:")
    connection.execute(figures.TABLE)
    yield connection
    connection.close()


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_percentile_is_never_too_good_and_at_most_nine_percent_too_bad(share):
    chance = random.Random(7)
    taken = sorted(chance.choice([2, 40, 3_000, 5_000_000]) * chance.uniform(1, 3) for _ in range(5_000))
    counts = {}
    for milliseconds in taken:
        counts[latencies.bucket_of(milliseconds)] = counts.get(latencies.bucket_of(milliseconds), 0) + 1
    found = latencies.percentiles(counts)
    said = {0.5: found.p50_ms, 0.95: found.p95_ms, 0.99: found.p99_ms}[share]
    true = taken[int(len(taken) * share) - 1]
    assert true - 0.1 <= said <= true * 1.1


def test_a_year_is_in_the_last_bucket_and_nothing_has_no_percentile():
    assert latencies.bucket_of(366 * 24 * 3_600_000) == latencies.LAST
    assert latencies.percentiles({}).p99_ms is None


@pytest.mark.parametrize("milliseconds", [1, 2, 4, 1_024, 2**20])
def test_a_power_of_two_is_counted_within_its_own_bound(milliseconds):
    within = dict(latencies.cumulated({latencies.bucket_of(milliseconds): 1}))
    assert within[milliseconds / 1_000] == 1
    assert within.get(milliseconds / 2_000, 0) == 0


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        ("MESSAGE_REJECTED: no email of ada@example.com", None, "MESSAGE_REJECTED"),
        ("message_rejected: no email of ada@example.com", None, "message_rejected"),
        ("bad_request: type is none of track", None, "bad_request"),
        ("ada: has no list", None, "NOT_SENT"),
        ("the receiver answered 400 Bad Request", 400, "HTTP_400"),
        ("ada@example.com has no list", None, "NOT_SENT"),
    ],
)
def test_a_refusal_is_counted_by_a_word_that_quotes_nobody(reason, status, code):
    assert codes.of_refused(reason, status) == code


def test_what_settles_is_counted_by_outcome_and_reason(counting):
    settlement = Settlement(
        watermark=9,
        ranges=b"",
        attempts=[
            attempt(1, latency_ms=40),
            attempt(2, latency_ms=80),
            attempt(3, "filtered", number=0, status=None, reason="FILTERED_BY_RULES: mine: it said so"),
            attempt(4, "retry_later", status=503),
            attempt(4, "retry_later", number=2, status=None),
            attempt(5, "rejected", status=400),
            attempt(6, "waiting", number=0, status=None),
        ],
        dead_letters=[dead(5, "HTTP_400"), dead(6, "GAVE_UP"), dead(7, "HTTP_401", State.NOT_AUTHORISED)],
    )
    figures.note(counting, "crm", settlement)
    found = figures.every(counting)["crm"]
    assert (found.since_ms, found.attempts, found.delivered) == (5, 5, 2)
    assert found.filtered == {"FILTERED_BY_RULES": 1}
    assert found.retried == {"HTTP_503": 1, "NO_ANSWER": 1}
    assert found.rejected == {"HTTP_400": 1, "GAVE_UP": 1}
    assert found.not_authorised == {"HTTP_401": 1}
    assert sum(found.latencies.values()) == 2
    assert found.latency_ms == 120


async def test_the_sums_of_one_are_what_the_sums_of_all_say_of_it(tmp_path):
    ledger = Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))
    for name, offsets in (("crm", (1, 2)), ("crm2", (3,)), ("shop", ())):
        letters = [dead(offset, "HTTP_400") for offset in offsets]
        settled = Settlement(watermark=9, ranges=b"", attempts=[attempt(9)], dead_letters=letters)
        await ledger.settle(name, settled)
    every = sums.every(ledger._connection)
    each = {name: sums.one(ledger._connection, name) for name in ("crm", "crm2", "shop")}
    nobody = sums.one(ledger._connection, "nobody")
    await ledger.close()

    assert every == each
    assert [2, 1, 0] == [one.dead_letters for one in each.values()]
    assert Sums() == nobody


def test_a_replays_deliveries_are_not_the_destinations_own(counting):
    figures.note(counting, "crm", Settlement(watermark=1, ranges=b"", attempts=[attempt(1, latency_ms=4)]))
    again = Settlement(watermark=1, ranges=b"", attempts=[attempt(1, latency_ms=9_000)], dead_letters=[dead(2, "X")])
    figures.note(counting, "crm/replay/r1", again)
    found = figures.every(counting)["crm"]
    assert (found.delivered, found.attempts, found.latency_ms) == (1, 2, 4)
    assert found.replayed == {"delivered": 1, "rejected": 1}
    assert found.rejected == {}


def test_a_tool_that_makes_up_codes_fills_no_table(counting):
    letters = [dead(number, f"HTTP_{number}") for number in range(3 * codes.MAX_CODES)]
    settlement = Settlement(watermark=1, ranges=b"", attempts=[attempt(1)], dead_letters=letters)
    figures.note(counting, "crm", settlement)
    found = figures.every(counting)["crm"].rejected
    assert len(found) == codes.MAX_CODES + 1
    assert found[codes.OTHER] == 2 * codes.MAX_CODES


async def test_counts_outlive_the_process_and_go_with_the_destination(tmp_path):
    def opened():
        return Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))

    for number in (1, 2):
        ledger = opened()
        await ledger.settle("crm", Settlement(watermark=number, ranges=b"", attempts=[attempt(number)]))
        await ledger.close()
    with sqlite3.connect(tmp_path / "deliver.db") as connection:
        assert figures.every(connection)["crm"].delivered == 2
    ledger = opened()
    await ledger.forget_all_but(["another"])
    await ledger.close()
    with sqlite3.connect(tmp_path / "deliver.db") as connection:
        assert figures.every(connection) == {}


async def test_a_batch_that_is_not_saved_is_not_counted(tmp_path):
    ledger = Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))
    with pytest.raises(OverflowError):
        await ledger.settle("crm", Settlement(watermark=2, ranges=b"", attempts=[attempt(1), attempt(2, status=2**70)]))
    assert figures.every(ledger._connection) == {}
    await ledger.close()


async def test_a_file_of_an_earlier_release_gets_what_it_lacks(tmp_path):
    ledger = Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))
    await ledger.settle("crm", Settlement(watermark=1, ranges=b"", attempts=[attempt(1)]))
    await ledger.close()
    with sqlite3.connect(tmp_path / "deliver.db") as connection:
        connection.execute("DROP TABLE figures")
        for column in ("action", "payload_bytes", "together"):
            connection.execute(f"ALTER TABLE attempts DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 2")
    ledger = Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))
    await ledger.settle("crm", Settlement(watermark=2, ranges=b"", attempts=[attempt(2, action="send", together=7)]))
    await ledger.close()
    with sqlite3.connect(tmp_path / "deliver.db") as connection:
        rows = connection.execute("SELECT action, together FROM attempts ORDER BY id").fetchall()
        assert figures.every(connection)["crm"].delivered == 1
    assert rows == [(None, None), ("send", 7)]


def test_a_meter_forgets_what_is_older_than_five_minutes():
    meter = Meter(now=0.0)
    meter.note(now=1.0, attempts=600)
    meter.note_latency(50, now=1.0)
    early = meter.recent(now=60.0)
    assert early.attempts_per_second == 10.0
    assert early.latency.count == 1
    late = meter.recent(now=1_000.0)
    assert late.attempts_per_second == 0.0
    assert late.latency.p50_ms is None


def test_a_meter_keeps_no_more_than_its_five_minutes():
    meter = Meter(now=0.0)
    for second in range(0, 100_000, 10):
        meter.note(now=float(second), attempts=10)
    assert len(meter._steps) <= 31
    assert 0.9 <= meter.recent(now=100_000.0).attempts_per_second <= 1.1
