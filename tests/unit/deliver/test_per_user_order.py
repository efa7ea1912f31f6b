"""Per-user order: a person's later events wait for their earlier ones, and nobody else's do."""

import msgspec
import pytest
from delivering import event, receiving, until, webhook, world

from headwater.core.outcomes import State
from headwater.deliver.order import MOST_BEHIND
from headwater.workspace.configuration import Routing


@pytest.fixture
async def receiver():
    async with receiving() as made:
        yield made


@pytest.fixture
async def w(tmp_path):
    async with world(tmp_path) as made:
        yield made


def ordered(receiver):
    return msgspec.structs.replace(webhook("crm", receiver.url), routing=Routing(order="per-user"))


def of(person, message_id):
    return msgspec.structs.replace(event(message_id), user_id=person)


def failing(*message_ids, status=423):
    """Return what a receiver answers that can't take these just now; 423 is no sign of being down."""
    return lambda message_id: (status, {}) if message_id in message_ids else (200, {})


async def test_one_at_a_time_of_each_person_and_in_order(w, receiver):
    receiver.gate.clear()
    await w.append(*(of(person, f"{person}{number}") for number in range(3) for person in ("ada", "grace")))
    await w.start(ordered(receiver))
    await until(lambda: len(receiver.seen) == 2)
    assert {"ada0", "grace0"} == set(receiver.seen)

    receiver.gate.set()
    await until(lambda: len(receiver.seen) == 6)
    for person in ("ada", "grace"):
        assert [f"{person}{number}" for number in range(3)] == [one for one in receiver.seen if person in one]


async def test_behind_an_event_that_is_tried_again_only_its_own_person_waits(w, receiver):
    receiver.answer = failing("ada0")
    hook = ordered(receiver)
    offsets = await w.append(of("ada", "ada0"), of("ada", "ada1"), of("grace", "grace0"), of("ada", "ada2"))
    await w.start(hook)
    await w.until_state(offsets[2], hook, State.DELIVERED)
    await w.until_state(offsets[3], hook, State.RETRYING)
    assert "earlier event" in (await w.delivery(offsets[1], hook)).reason
    assert not {"ada1", "ada2"} & set(receiver.seen)

    receiver.answer = failing()
    await w.advance_until(lambda: {"ada1", "ada2"} <= set(receiver.seen))
    await w.until_state(offsets[3], hook, State.DELIVERED)
    assert ["ada0", "ada1", "ada2"] == [one for one in receiver.seen if "ada" in one][-3:]


async def test_an_event_that_is_given_up_lets_the_next_one_go(w, receiver):
    receiver.answer = failing("ada0", status=400)
    hook = ordered(receiver)
    offsets = await w.append(of("ada", "ada0"), of("ada", "ada1"))
    await w.start(hook)
    await w.until_state(offsets[1], hook, State.DELIVERED)

    assert State.REJECTED == (await w.delivery(offsets[0], hook)).state


async def test_the_order_outlives_a_restart(w, receiver):
    receiver.answer = failing("ada0")
    hook = ordered(receiver)
    offsets = await w.append(*(of("ada", f"ada{number}") for number in range(5)))
    await w.start(hook)
    await w.until_state(offsets[4], hook, State.RETRYING)
    await w.restart()
    later = await w.append(of("ada", "ada5"))
    await w.until_state(later[0], hook, State.RETRYING)
    receiver.answer = failing()
    await w.advance_until(lambda: "ada5" in receiver.seen)

    assert [f"ada{number}" for number in range(6)] == receiver.seen[-6:]


async def test_whoever_is_parked_behind_nobody_goes_after_a_restart(w, receiver):
    receiver.answer = failing("ada0")
    hook = ordered(receiver)
    offsets = await w.append(of("ada", "ada0"), of("ada", "ada1"))
    await w.start(hook)
    await w.until_state(offsets[1], hook, State.RETRYING)
    await w.stop()
    w.sql("DELETE FROM retries WHERE due_at_ms < 1 << 60")  # died after the one was settled, before the next was let in
    w.build()
    await w.engine.start()

    await w.until_state(offsets[1], hook, State.DELIVERED)


async def test_a_window_full_of_one_persons_events_stops_nobody_else(w, receiver):
    receiver.answer = failing("ada0")
    hook = ordered(receiver)
    await w.append(*(of("ada", f"ada{number}") for number in range(MOST_BEHIND)))
    await w.start(hook)
    await w.append(*(of(None, f"nobody{number}") for number in range(2_000)))
    (grace,) = await w.append(of("grace", "grace0"))

    await w.until_state(grace, hook, State.DELIVERED)
    assert "ada1" not in receiver.seen


async def test_who_floods_is_let_out_of_order(w, receiver):
    receiver.answer = failing("ada0")
    hook = ordered(receiver)
    offsets = await w.append(*(of("ada", f"ada{number}") for number in range(MOST_BEHIND + 10)))
    await w.start(hook)
    await w.until_state(offsets[-1], hook, State.DELIVERED)

    assert "ada1" not in receiver.seen
