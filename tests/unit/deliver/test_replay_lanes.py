"""Replays: a stretch of the log sent again, beside the destination's own deliveries, on a real engine."""

import asyncio
import json
import time
from collections import Counter

import msgspec
import pytest
from delivering import event, receiving, until, webhook, world

from headwater.core.outcomes import State
from headwater.deliver.cursor import WINDOW
from headwater.deliver.limits import LaneLimits
from headwater.deliver.replays import names
from headwater.deliver.replays.progress import Progress
from headwater.deliver.replays.route import HEADER
from headwater.deliver.report import DESTINATION_WAS_DELETED
from headwater.workspace.configuration import FilterRule, Replay, Routing, Selection

EVERYTHING = Selection(since_ms=0, until_ms=2**50)
NOW = 1_700_000_000_000


def replaying(destination, up_to, *, id="rpl_1", after=0, **more):  # noqa: A002  the replay's own word
    selection = msgspec.structs.replace(
        EVERYTHING,
        **{key: more.pop(key) for key in ("since_ms", "until_ms", "sources", "users", "filter") if key in more},
    )
    return Replay(
        id=id, destination_id=destination.id, selection=selection, after=after, up_to=up_to, created_at_ms=0, **more
    )


def changed(value, **values):
    return msgspec.structs.replace(value, **values)


async def begin(w, *replays):
    w.replays = list(replays)
    await w.engine.reconfigure()


async def progress(w, replay):
    return (await w.report.replays()).get(names.name_of(replay), Progress())


async def until_finished(w, replay):
    async def is_finished():
        found = await progress(w, replay)
        return found if found.finished_at_ms else None

    return await until(is_finished, what=f"the end of {replay.id}")


async def deliver(w, receiver, hook, *records):
    """Start, and see `records` arrive by the destination's own lane; then forget that they did."""
    await w.start(hook)
    offsets = await w.append(*records)
    for offset in offsets:
        await w.until_state(offset, hook, State.DELIVERED)
    receiver.seen.clear()
    receiver.requests.clear()
    return offsets


async def test_what_was_delivered_is_sent_again_as_it_was_marked_and_numbered_on(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        offsets = await deliver(w, receiver, hook, *[event(f"m{number}") for number in range(3)])
        own = (await w.engine.cursors())["crm"]
        replay = replaying(hook, offsets[-1])
        await begin(w, replay)
        found = await until_finished(w, replay)

        assert ["m0", "m1", "m2"] == sorted(receiver.seen)
        assert {replay.id} == {request.headers[HEADER] for request, _ in receiver.requests}
        assert [json.loads(event("m0").body)] == [json.loads(body) for _, body in receiver.requests if b'"m0"' in body]
        assert (3, 3, 3) == (found.total, found.done, found.delivered)
        assert {"crm": own} == {name: at for name, at in (await w.engine.cursors()).items() if name.startswith("crm")}
        delivery = await w.delivery(offsets[0], hook)
        assert [None, replay.id] == [attempt.replay for attempt in delivery.attempts]
        assert State.DELIVERED == delivery.state
        recent = [row for row in await w.report.recent(10) if row.offset == offsets[0]]
        assert [("crm", 2, replay.id), ("crm", 1, None)] == [
            (row.destination, row.number, row.replay) for row in recent
        ]
        assert {"crm"} == await w.report.tried(offsets[0])


async def test_a_new_destination_gets_what_was_there_before_it(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(40)
        hook = changed(
            webhook("crm", receiver.url, start_offset=offsets[-1]),
            connected_at={"web": offsets[-1]},
            pauses=((0, offsets[10]),),
        )
        await w.start(hook)
        replay = replaying(hook, offsets[-1])
        await begin(w, replay)
        await until_finished(w, replay)

        assert {f"m{number}": 1 for number in range(40)} == receiver.counts
        assert State.DELIVERED == (await w.delivery(offsets[0], hook)).state


@pytest.mark.parametrize("steps", range(3, 9))  # of the stop, of which one lies between seeing the replay and ending it
async def test_one_that_ends_while_the_engine_stops_is_no_surprise(tmp_path, monkeypatch, steps):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        offsets = await deliver(w, receiver, hook, event("m"))
        finish, stopping = w.ledger.finish_replay, []

        async def finish_as_it_stops(name, *, at_ms):
            await finish(name, at_ms=at_ms)
            stopping.append(asyncio.create_task(w.engine.close()))
            for _ in range(steps):
                await asyncio.sleep(0)

        monkeypatch.setattr(w.ledger, "finish_replay", finish_as_it_stops)
        replay = replaying(hook, offsets[-1])
        await begin(w, replay)
        await until(lambda: stopping, what="the stop")
        await stopping[0]

        assert (await progress(w, replay)).finished_at_ms


SELECTIONS = {
    "a source": ({"sources": ("shop",)}, ["shop"]),
    "users": ({"users": ("eve", "mallory")}, ["eve"]),
    "a filter": ({"filter": "event = 'Bought'"}, ["bought"]),
    "what a filter can't decide about": ({"filter": "event"}, []),
    "a time": ({"since_ms": NOW, "until_ms": NOW + 10}, ["now"]),
    "several": (
        {"sources": ("web",), "users": ("ada",), "since_ms": NOW, "filter": "type = 'track'"},
        ["later", "now"],
    ),
}


@pytest.mark.parametrize("what", SELECTIONS)
async def test_only_what_is_selected_is_sent_and_the_rest_leaves_no_trace(tmp_path, what):
    async with receiving() as receiver, world(tmp_path) as w:
        bought = json.dumps({"type": "track", "messageId": "bought", "event": "Bought"}).encode()
        records = [
            event("shop", source="shop"),
            changed(event("eve"), user_id="eve"),
            changed(event("bought"), body=bought),
            changed(event("broken"), body=b"no JSON"),
            event("other", source="elsewhere"),
            changed(event("now"), received_at_ms=NOW),
            changed(event("later"), received_at_ms=NOW + 10),
        ]
        offsets = await w.append(*records)
        hook = webhook("crm", receiver.url, sources=("web", "shop"), start_offset=offsets[-1])
        await w.start(hook)
        selection, expected = SELECTIONS[what]
        replay = replaying(hook, offsets[-1], **selection)
        await begin(w, replay)
        found = await until_finished(w, replay)

        assert expected == sorted(receiver.seen)
        assert len(expected) == found.total == found.done
        tried = {
            record.message_id for record, offset in zip(records, offsets, strict=True) if await w.report.tried(offset)
        }
        assert set(expected) == tried


async def test_it_ends_at_its_end_although_the_log_goes_on(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(20)
        hook = webhook("crm", receiver.url, start_offset=10**6)
        await w.start(hook)
        replay = replaying(hook, offsets[9], after=offsets[4])
        await begin(w, replay)
        await until_finished(w, replay)

        assert sorted(f"m{number}" for number in range(5, 10)) == sorted(receiver.seen)


async def test_one_about_nothing_is_finished_at_once(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(3)
        hook = webhook("crm", receiver.url, start_offset=offsets[-1])
        await w.start(hook)
        nobodys, empty = replaying(hook, offsets[-1], users=("nobody",)), replaying(hook, 0, id="rpl_2")
        await begin(w, nobodys, empty)

        assert 0 == (await until_finished(w, nobodys)).total
        assert 0 == (await until_finished(w, empty)).total
        assert [] == receiver.seen


async def test_the_destinations_own_rules_decide_about_a_replay_too(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        keep, drop = await deliver(w, receiver, hook, event("keep"), event("drop"))
        rule = FilterRule(fql="messageId = 'drop'")
        w.destinations = [changed(hook, routing=Routing(filters=(rule,)))]
        replay = replaying(hook, drop)
        await begin(w, replay)
        found = await until_finished(w, replay)
        delivery = await w.delivery(drop, hook)

        assert ["keep"] == receiver.seen
        assert (1, 1) == (found.delivered, found.filtered)
        assert State.DELIVERED == delivery.state  # as it was: that it isn't sent again takes nothing back
        assert [("delivered", None), ("filtered", replay.id)] == [
            (one.outcome, one.replay) for one in delivery.attempts
        ]
        assert State.DELIVERED == (await w.delivery(keep, hook)).state


async def test_what_fails_by_itself_is_retried_and_the_replay_ends_after_it(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        [offset] = await deliver(w, receiver, hook, event("m"))
        receiver.answer = lambda key: (423 if receiver.counts[key] == 1 else 200, {})
        replay = replaying(hook, offset)
        await begin(w, replay)
        await w.until_state(offset, hook, State.RETRYING)
        waiting = await progress(w, replay)
        w.clock.advance(60)
        found = await until_finished(w, replay)

        assert (1, 0, None) == (waiting.retrying, waiting.done, waiting.finished_at_ms)
        assert (0, 1) == (found.retrying, found.delivered)
        assert [3, 2, 1] == [row.number for row in await w.report.recent(10)]


async def test_dead_letters_of_a_replay_are_the_destinations_and_sent_again_from_there(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        [offset] = await deliver(w, receiver, hook, event("m"))
        receiver.answer = lambda _: (400, {})
        replay = replaying(hook, offset)
        await begin(w, replay)
        found = await until_finished(w, replay)
        [letter] = await w.dead_letters("crm")
        rejected = await w.delivery(offset, hook)
        receiver.answer = lambda _: (200, {})
        await w.redrive("crm", letter.id)
        await w.until_state(offset, hook, State.DELIVERED)

        assert (1, 1) == (found.rejected, found.done)
        assert (offset, 2, State.REJECTED) == (letter.offset, letter.attempts, rejected.state)
        assert [3, 2, 1] == [row.number for row in await w.report.recent(10)]


async def test_a_dead_letter_is_gone_once_a_replay_has_delivered_it(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (400, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, hook, State.REJECTED)
        receiver.answer = lambda _: (200, {})
        replay = replaying(hook, offset)
        await begin(w, replay)
        await until_finished(w, replay)

        assert [] == await w.dead_letters("crm")
        assert State.DELIVERED == (await w.delivery(offset, hook)).state


async def test_a_cancelled_one_sends_nothing_more_and_what_it_did_stays_on_record(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(2_000)
        hook = webhook("crm", receiver.url, start_offset=offsets[-1])
        await w.start(hook)
        receiver.answer = lambda key: (423 if key == "m0" else 200, {})
        replay = replaying(hook, offsets[-1])
        await begin(w, replay)
        await w.until_state(offsets[0], hook, State.RETRYING)
        receiver.gate.clear()
        began = time.monotonic()
        await begin(w, changed(replay, cancelled_at_ms=1))
        assert time.monotonic() - began < w.limits.drain_seconds  # it waits for no answer
        count = len(receiver.seen)
        receiver.gate.set()
        [mark] = await w.append(event("own"))
        await w.until_state(mark, hook, State.DELIVERED)
        w.clock.advance(3_600)
        await w.restart()

        found = await progress(w, replay)
        assert ["own"] == receiver.seen[count:]
        assert found.finished_at_ms is None
        assert 0 == found.retrying
        assert names.name_of(replay) not in await w.engine.cursors()


async def test_one_that_is_paused_goes_on_where_it_stopped(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(300)
        hook = webhook("crm", receiver.url, start_offset=offsets[-1])
        await w.start(hook)
        receiver.answer = lambda key: (200 if int(key[1:]) < 50 else 423, {})
        replay = replaying(hook, offsets[-1])
        await begin(w, replay)
        await until(lambda: len(receiver.seen) >= 60)
        await begin(w, changed(replay, is_paused=True))
        first = list(receiver.seen)
        [own] = await w.append(event("m10"))
        await w.until_state(own, hook, State.DELIVERED)
        assert [*first, "m10"] == receiver.seen
        receiver.seen.pop()
        receiver.answer = lambda _: (200, {})
        await begin(w, replay)
        w.clock.advance(60)
        found = await until_finished(w, replay)

        assert {f"m{number}" for number in range(300)} == set(receiver.seen)
        assert [] == [
            key for key, count in receiver.counts.items() if count > 1 + (key in first and int(key[1:]) >= 50)
        ]
        assert 300 == found.delivered


async def test_a_destination_that_is_switched_off_pauses_it_and_a_deleted_one_ends_it(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(5)
        hook = webhook("crm", receiver.url, start_offset=offsets[-1], enabled=False)
        await w.start(hook)
        replay = replaying(hook, offsets[-1])
        await begin(w, replay)
        name = names.name_of(replay)
        assert name not in await w.engine.cursors()

        receiver.answer = lambda _: (423, {})
        w.destinations = [changed(hook, enabled=True)]
        await w.engine.reconfigure()
        await w.until_state(offsets[-1], hook, State.RETRYING)
        w.destinations = []
        await w.engine.reconfigure()

        assert 0 == await w.ledger.count_retries(name)
        assert name not in await w.engine.cursors()
        gone = changed(hook, deleted_at_ms=1, end_offset=offsets[-1])
        assert DESTINATION_WAS_DELETED == (await w.delivery(offsets[-1], gone)).reason


async def test_the_log_is_held_back_by_one_that_runs_and_by_none_that_is_finished(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(5)
        hook = webhook("crm", receiver.url, start_offset=offsets[-1])
        await w.start(hook)
        receiver.gate.clear()
        replay = replaying(hook, offsets[-1], after=1)
        await begin(w, replay)
        await until(lambda: receiver.seen)
        assert 1 == (await w.engine.cursors())["crm/replay/rpl_1"]

        receiver.gate.set()
        await until_finished(w, replay)

        async def is_free():
            return "crm/replay/rpl_1" not in await w.engine.cursors()

        await until(is_free)


async def test_the_log_is_held_back_by_one_that_waits_but_not_while_its_destination_is_off(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(5)
        hook = webhook("crm", receiver.url, start_offset=offsets[-1])
        await w.start(hook)
        await begin(w, replaying(hook, offsets[-1], after=2, is_paused=True))
        assert 2 == (await w.engine.cursors())["crm/replay/rpl_1"]

        w.destinations = [changed(hook, enabled=False)]
        await w.engine.reconfigure()
        assert "crm/replay/rpl_1" not in await w.engine.cursors()


async def test_its_own_rate_is_kept(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(40)
        hook = webhook("crm", receiver.url, start_offset=offsets[-1])
        await w.start(hook)
        replay = replaying(hook, offsets[-1], requests_per_second=4)
        await begin(w, replay)
        passed = await w.advance_until(lambda: len(receiver.seen) == 40, step=0.05)

        assert 39 / 4 <= passed + 0.001


async def test_the_destinations_rate_holds_for_its_lane_and_its_replays_together(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = changed(webhook("crm", receiver.url), routing=Routing(requests_per_second=4))
        offsets = await w.append_many(20)
        await w.start(hook)
        await begin(w, replaying(hook, offsets[-1]), replaying(hook, offsets[-1], id="rpl_2"))
        passed = await w.advance_until(lambda: len(receiver.seen) == 60, step=0.05)

        assert 59 / 4 <= passed + 0.001
        assert {3} == set(receiver.counts.values())


async def test_no_more_requests_at_once_than_the_destination_takes(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = changed(webhook("crm", receiver.url), routing=Routing(concurrency=2))
        receiver.gate.clear()
        await w.start(hook)
        offsets = await w.append_many(20)
        await begin(w, replaying(hook, offsets[-1]), replaying(hook, offsets[-1], id="rpl_2"))
        await until(lambda: len(receiver.seen) == 2)
        for _ in range(20):
            await asyncio.sleep(0)
        together = len(receiver.seen)
        receiver.gate.set()
        await until(lambda: set(receiver.counts.values()) == {3} and len(receiver.counts) == 20)

        assert 2 == together


async def test_a_destination_that_is_down_lets_its_replay_wait_unwritten(tmp_path):
    async with receiving() as receiver, world(tmp_path, limits=LaneLimits(drain_seconds=1.0, concurrency=2)) as w:
        offsets = await w.append_many(200)
        hook = webhook("crm", receiver.url, start_offset=offsets[-1])
        receiver.answer = lambda _: (503, {})
        await w.start(hook)
        replay = replaying(hook, offsets[-1])
        await begin(w, replay)
        await w.advance_until(lambda: len(receiver.seen) > 30)
        written = await progress(w, replay)
        receiver.answer = lambda _: (200, {})
        await w.advance_until(lambda: len(receiver.counts) == 200)
        await w.advance_until(lambda: all(receiver.counts.values()), step=60)
        w.clock.advance(3_600)
        found = await until_finished(w, replay)

        assert written.retrying <= 12
        assert (200, 0) == (found.delivered, found.rejected)


async def test_after_a_restart_it_goes_on_and_repeats_what_was_not_saved_at_most(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        offsets = await w.append_many(3_000)
        hook = webhook("crm", receiver.url, start_offset=offsets[-1])
        await w.start(hook)
        replay = replaying(hook, offsets[-1])
        await begin(w, replay)
        await until(lambda: len(receiver.seen) > 700)
        await w.restart()
        found = await until_finished(w, replay)

        assert 3_000 == found.total == found.delivered
        assert 3_000 == len(receiver.counts)
        assert len(receiver.seen) <= 3_000 + WINDOW


async def test_two_replays_of_a_destination_tell_their_attempts_apart(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        [offset] = await deliver(w, receiver, hook, event("m"))
        for number in (1, 2):
            replay = replaying(hook, offset, id=f"rpl_{number}")
            await begin(w, *w.replays, replay)
            await until_finished(w, replay)
            w.clock.advance(1)
        delivery = await w.delivery(offset, hook)

        assert [None, "rpl_1", "rpl_2"] == [one.replay for one in delivery.attempts]
        assert Counter({1: 1, 2: 1, 3: 1}) == Counter(row.number for row in await w.report.recent(10))


async def test_what_is_no_longer_remembered_is_forgotten_here_too(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        [offset] = await deliver(w, receiver, hook, event("m"))
        replay = replaying(hook, offset)
        await begin(w, replay)
        await until_finished(w, replay)
        await begin(w)

        assert {} == await w.report.replays()


async def test_it_is_counted_in_steps_that_add_up(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url, start_offset=10**6, enabled=False)
        offsets = await w.append_many(11_000)
        await w.append(event("after"))
        await w.start(hook)
        replay = replaying(hook, offsets[-1], after=500)
        steps = [await w.engine.count(replay, after=500)]
        while not steps[-1].is_end:
            steps.append(await w.engine.count(replay, after=steps[-1].up_to))

        assert len(steps) > 1
        assert 10_500 == sum(step.events for step in steps)
