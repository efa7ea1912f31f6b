"""A shadow sends nothing, whichever way an event comes; and what it would have sent can be looked at, whole."""

import json

import msgspec
import pytest
from delivering import event, receiving, until, webhook, world

from headwater.core.outcomes import State
from headwater.workspace.configuration import MappingRule, Replay, Routing, Selection


@pytest.fixture
async def receiver():
    async with receiving() as made:
        yield made


@pytest.fixture
async def w(tmp_path):
    async with world(tmp_path) as made:
        yield made


def shadow(receiver, *mappings, **settings):
    return msgspec.structs.replace(
        webhook("crm", receiver.url, **settings), routing=Routing(mode="shadow", mappings=mappings)
    )


def live(receiver):
    return webhook("crm", receiver.url)


async def said(w, offset):
    return (await w.report.exchanges(offset)).get("crm")


async def test_what_it_would_have_sent_can_be_looked_at_and_holds_no_secret(w, receiver):
    hook = shadow(receiver, headers={"Authorization": "Bearer hunter2"})
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.FILTERED)
    found = await said(w, offset)

    assert ("POST", receiver.url, None) == (found.request["method"], found.request["url"], found.response)
    assert json.loads(event("m1").body) == json.loads(found.request["body"])
    assert "hunter2" not in str(found)
    assert [] == receiver.seen


async def test_of_a_batch_each_event_keeps_its_own_part(w, receiver):
    hook = shadow(receiver, batch_size=10, batch_seconds=0)
    offsets = await w.append_many(20)
    await w.start(hook)
    for number, offset in enumerate(offsets):
        await w.until_state(offset, hook, State.FILTERED)
        found = await said(w, offset)

        assert [f"m{number}"] == [one["messageId"] for one in json.loads(found.request["body"])]


async def test_of_an_event_that_makes_several_requests_all_are_kept_in_their_order(w, receiver):
    mapping = {"messageId": {"@path": "$.messageId"}}
    rules = [MappingRule(template={**mapping, "part": {"@literal": number}}) for number in range(3)]
    hook = shadow(receiver, *rules)
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.FILTERED)
    found = await said(w, offset)

    assert [0, 1, 2] == [json.loads(one["body"])["part"] for one in (*found.before, found.request)]


async def test_a_replay_to_it_sends_nothing(w, receiver):
    hook = live(receiver)
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.DELIVERED)
    w.destinations = [shadow(receiver)]
    w.replays = [
        Replay(
            id="rpl_1",
            destination_id="crm",
            selection=Selection(since_ms=0, until_ms=1),
            after=0,
            up_to=offset,
            created_at_ms=0,
        )
    ]
    await w.engine.reconfigure()

    async def is_finished():
        found = (await w.report.replays()).get("crm/replay/rpl_1")
        return found is not None and found.finished_at_ms is not None and found.filtered == 1

    await until(is_finished, what="the end of the replay")
    assert ["m1"] == receiver.seen
    delivery = await w.delivery(offset, hook)
    assert State.DELIVERED == delivery.state
    assert [("delivered", None), ("filtered", "SHADOW")] == [(one.outcome, one.reason) for one in delivery.attempts]


async def test_a_redrive_to_it_waits_until_it_is_live(w, receiver):
    receiver.answer = lambda _: (400, {})
    hook, other = live(receiver), webhook("other", receiver.url)
    (offset,) = await w.append(event("m1"))
    await w.start(hook, other)
    for one in (hook, other):
        await w.until_state(offset, one, State.REJECTED)
    w.destinations = [shadow(receiver), other]
    await w.engine.reconfigure()
    receiver.answer = lambda _: (200, {})
    assert 1 == await w.redrive("crm") == await w.redrive("other")
    await w.until_state(offset, other, State.DELIVERED)
    (letter,) = await w.dead_letters("crm")

    assert letter.is_waiting
    assert 3 == len(receiver.seen)
    w.destinations = [hook, other]
    await w.engine.reconfigure()
    await w.until_state(offset, hook, State.DELIVERED)


async def test_what_waits_for_another_try_when_it_becomes_one_is_not_sent(w, receiver):
    receiver.answer = lambda _: (423, {})
    hook = live(receiver)
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.RETRYING)
    w.destinations = [shadow(receiver)]
    await w.engine.reconfigure()
    await w.advance_until(lambda: w.clock.monotonic() > 60)
    await w.until_state(offset, hook, State.FILTERED)

    assert ["m1"] == receiver.seen


async def test_of_what_was_delivered_nothing_is_kept_and_of_a_failure_the_answer_is(w, receiver):
    receiver.answer = lambda message_id: (400 if message_id == "bad" else 200, {})
    hook = live(receiver)
    good, bad = await w.append(event("good"), event("bad"))
    await w.start(hook)
    await w.until_state(good, hook, State.DELIVERED)
    await w.until_state(bad, hook, State.REJECTED)

    assert await said(w, good) is None
    assert (400, "the answer") == ((await said(w, bad)).response["status"], (await said(w, bad)).response["body"])
