"""For how long a delivery is tried is its destination's own: minutes or days, kept to the minute, also by replays."""

import itertools
import sqlite3

import msgspec
import pytest
from delivering import event, receiving, until, webhook, world

from headwater.core.outcomes import RetryLater, State
from headwater.deliver import catalogue, kind_sheet, patience, routing_document, schedule
from headwater.deliver.routing_shape import BadRoutingError
from headwater.log.log_limits import RetentionLimits
from headwater.log.retention import Retention
from headwater.workspace.configuration import Replay, Routing, Selection

HOUR_SECONDS = 3_600
DAY_SECONDS = 24 * HOUR_SECONDS
MS = 1_000


@pytest.mark.parametrize(
    ("text", "seconds", "written"),
    [("1s", 1, "1s"), ("90s", 90, "90s"), ("120m", 7_200, "2h"), ("24h", DAY_SECONDS, "1d"), ("7d", 604_800, "7d")],
)
def test_a_span_is_read_and_written_in_its_largest_unit(text, seconds, written):
    found = patience.of(text)

    assert (seconds, written) == (found.give_up_after_seconds, patience.written(found))


@pytest.mark.parametrize(
    "text", ["", "0s", "8d", "169h", "1.5h", "-1h", "4 h", "4H", "1d12h", "٣d", "9999999s", "4h\n"]
)
def test_what_is_no_span_is_refused_with_what_would_be(text):
    with pytest.raises(BadRoutingError) as caught:
        routing_document.changed(Routing(), {"patience": text})

    assert "/patience" == caught.value.path
    assert "such as 30m, 4h or 3d, from 1s to 7d" in caught.value.reason


def test_a_span_said_otherwise_is_no_change():
    before = routing_document.changed(Routing(), {"patience": "1d"})

    assert before == routing_document.changed(before, {"patience": "24h"})
    assert {"patience": "1d"}.items() <= routing_document.shown(before).items()
    assert routing_document.changed(before, {"patience": None}).patience is None


def test_a_kind_says_what_its_patience_is():
    said = {name: kind_sheet.sheet(catalogue.kind(name))["patience"] for name in ("webhook", "hubspot", "postgres")}

    assert {"webhook": "4h", "hubspot": "2d", "postgres": "3d"} == said


def tries(text, *, retry_after_seconds=None):
    """Return when a delivery that always fails is tried, in seconds since its first failure."""
    failure, now_ms, found = RetryLater("x", 503, retry_after_seconds=retry_after_seconds), 0, []
    while now_ms is not None:
        found.append(now_ms / MS)
        now_ms = schedule.next_attempt_ms(
            failure, attempts=len(found), first_at_ms=0, now_ms=now_ms, patience=patience.of(text), chance=0.5
        )
    return found


def test_the_schedule_grows_to_an_hour_and_goes_on_until_the_last_moment():
    assert [0, 1, 4, 14, 44, 134, 300] == tries("5m")
    three_days = tries("3d")

    assert [0, 1, 4, 14, 44, 134, 404, 1_214, 3_644, 7_244] == three_days[:10]
    assert {HOUR_SECONDS} == {after - before for before, after in itertools.pairwise(three_days[9:-1])}
    assert 3 * DAY_SECONDS == three_days[-1]


def test_a_receiver_that_asks_for_more_than_is_left_is_given_up():
    assert [0, 200] == tries("5m", retry_after_seconds=200)


def hook(url, text):
    return msgspec.structs.replace(webhook("crm", url), routing=Routing(patience=text))


def dead(w):
    with sqlite3.connect(w.path) as connection:
        return connection.execute("SELECT offset, reason FROM dead_letters").fetchall()


async def test_a_delivery_of_three_days_patience_is_still_tried_on_the_third(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (423, {})
        await w.start(hook(receiver.url, "3d"))
        [offset] = await w.append(event("m"))
        days = await w.advance_until(lambda: dead(w), step=1_200.0, limit=30 * DAY_SECONDS) / DAY_SECONDS

        assert days >= 3
        assert [(offset, "gave up (patience 3d): the receiver answered 423 Locked")] == dead(w)


async def test_another_patience_is_kept_by_what_already_waits(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (423, {})
        crm = hook(receiver.url, "7d")
        await w.start(crm)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, crm, State.RETRYING)
        w.destinations = [hook(receiver.url, "5m")]
        await w.engine.reconfigure()

        assert 295 <= await w.advance_until(lambda: dead(w)) < 4 * HOUR_SECONDS


async def test_a_replay_has_its_destinations_patience(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        crm = hook(receiver.url, "5m")
        await w.start(crm)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, crm, State.DELIVERED)
        receiver.answer = lambda _: (423, {})
        selection = Selection(since_ms=0, until_ms=2**50)
        w.replays = [
            Replay(id="rpl_1", destination_id="crm", selection=selection, after=0, up_to=offset, created_at_ms=0)
        ]
        await w.engine.reconfigure()

        assert 295 <= await w.advance_until(lambda: dead(w)) < 4 * HOUR_SECONDS
        assert dead(w)[0][1].startswith("gave up (patience 5m)")


async def test_what_is_still_tried_outlives_its_place_in_the_log(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (423, {})
        crm = hook(receiver.url, "7d")
        await w.start(crm)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, crm, State.RETRYING)
        w.clock.advance(6.0 * DAY_SECONDS)
        await until(lambda: len(receiver.seen) > 1)
        await w.log.roll_if_due()
        w.clock.advance(2.0 * HOUR_SECONDS)
        limits = RetentionLimits(age_ms=HOUR_SECONDS * MS)
        await Retention(w.log, limits=limits, clock=w.clock, cursors=w.engine.cursors).trim()
        assert not await w.reader.read(after=0, limit=10)
        await w.restart()
        receiver.answer = lambda _: (200, {})
        refused = len(receiver.seen)

        await w.advance_until(lambda: len(receiver.seen) > refused, step=60.0)
        await w.until_state(offset, crm, State.DELIVERED)
