"""The volume of deliveries: everything that settled, under the minute and the hour, saved with what it counts."""

import sqlite3
from contextlib import closing

import pytest
from delivering import KEY, event

from headwater.core import periods
from headwater.core.outcomes import State
from headwater.core.secrets import Sealer
from headwater.deliver.ledger import Ledger
from headwater.deliver.metrics import figures, volume
from headwater.deliver.report import DeliveryReport
from headwater.deliver.settlement import Attempt, DeadLetter, Settlement

MINUTE_MS, DAY_MS = 60_000, 86_400_000
NOW = 30_000 * DAY_MS


def attempt(offset, outcome="delivered", **changes):
    values = {"number": 1, "message_id": "m", "source": "web", "at_ms": NOW, "status": 200, "reason": None}
    return Attempt(offset=offset, outcome=outcome, duration_ms=1, detail=None, **(values | changes))


def dead(offset, state=State.REJECTED):
    return DeadLetter(
        offset=offset, at_ms=NOW, state=state, reason="no", attempts=1, record=event("m"), detail=None, code="X"
    )


def settled(*attempts, dead_letters=()):
    return Settlement(watermark=1, ranges=b"", attempts=list(attempts), dead_letters=list(dead_letters))


def last(minutes, *, step_seconds=periods.MINUTE):
    return periods.period(since_ms=NOW - minutes * MINUTE_MS, until_ms=NOW + 1, step_seconds=step_seconds)


@pytest.fixture
async def opened(tmp_path):
    ledger = Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))
    report = DeliveryReport(tmp_path / "deliver.db", Sealer(KEY))
    yield ledger, report
    report.close()
    await ledger.close()


async def test_what_settles_is_counted_in_its_minute_by_what_became_of_it(opened):
    ledger, report = opened
    await ledger.settle(
        "crm",
        settled(
            attempt(1, at_ms=NOW - MINUTE_MS, latency_ms=20),
            attempt(2, latency_ms=30),
            attempt(3, latency_ms=50),
            attempt(4, "filtered", number=0),
            attempt(5, "retry_later", status=503),
            attempt(6, "smaller_batch", status=413),
            attempt(7, "rejected", status=400),
            attempt(8, "not_authorised", status=401),
            dead_letters=[dead(7), dead(8, State.NOT_AUTHORISED)],
        ),
    )
    found = (await report.volume(last(1)))["crm"]

    assert ([1, 2], [0, 1], [0, 2], [0, 2]) == (found.delivered, found.filtered, found.rejected, found.failed)
    assert [20, 40] == found.latency_ms
    assert [0, 0] == found.replayed


async def test_a_replays_deliveries_are_told_from_the_destinations_own(opened):
    ledger, report = opened
    await ledger.settle("crm/replay/r1", settled(attempt(1, latency_ms=9_000), dead_letters=[dead(2)]))
    found = (await report.volume(last(0)))["crm"]

    assert ([1], [0], [0], [None]) == (found.replayed, found.delivered, found.rejected, found.latency_ms)


async def test_lanes_that_save_together_are_counted_apart(opened):
    ledger, report = opened
    both = [ledger.settle("crm", settled(attempt(1))), ledger.settle("ads", settled(attempt(1), attempt(2)))]
    for saving in both:
        await saving

    assert {"crm": [1], "ads": [2]} == {name: one.delivered for name, one in (await report.volume(last(0))).items()}
    assert ["ads"] == list(await report.volume(last(0), destination="ads"))


async def test_a_batch_that_is_not_saved_is_not_counted(opened):
    ledger, report = opened
    with pytest.raises(OverflowError):
        await ledger.settle("crm", settled(attempt(1), attempt(2, status=2**70)))

    assert {} == await report.volume(last(0))


async def test_what_can_not_be_counted_is_not_settled_either(opened, tmp_path):
    ledger, report = opened
    with closing(sqlite3.connect(tmp_path / "deliver.db", isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON volume BEGIN SELECT RAISE(ABORT, 'full'); END")
        with pytest.raises(sqlite3.Error, match="full"):
            await ledger.settle("crm", settled(attempt(1)))

    assert ({}, 0) == (await report.sums(), (await ledger.cursor("crm", start_offset=0)).watermark)


async def test_minutes_go_after_two_days_and_hours_after_a_month(opened):
    ledger, report = opened
    await ledger.settle("crm", settled(attempt(1)))
    await ledger.forget_volume(now_ms=NOW + 2 * DAY_MS + MINUTE_MS)
    minutes, hours = await report.volume(last(0)), await report.volume(last(0, step_seconds=periods.HOUR))
    await ledger.forget_volume(now_ms=NOW + 33 * DAY_MS)

    assert {} == minutes
    assert [1] == hours["crm"].delivered
    assert {} == await report.volume(last(0, step_seconds=periods.HOUR))


async def test_it_goes_with_the_destination(opened):
    ledger, report = opened
    await ledger.settle("crm", settled(attempt(1)))
    await ledger.forget_all_but(["ads"])

    assert {} == await report.volume(last(0))


async def test_a_file_of_an_earlier_release_gets_the_table(tmp_path):
    ledger = Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))
    await ledger.settle("crm", settled(attempt(1)))
    await ledger.close()
    with closing(sqlite3.connect(tmp_path / "deliver.db", isolation_level=None)) as made:
        made.execute("DROP TABLE volume")
        made.execute("PRAGMA user_version = 5")
    ledger = Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))
    await ledger.settle("crm", settled(attempt(2)))
    await ledger.close()

    with closing(sqlite3.connect(tmp_path / "deliver.db")) as connection:
        assert [1] == volume.over(connection, last(0))["crm"].delivered
        assert 2 == figures.every(connection)["crm"].delivered
