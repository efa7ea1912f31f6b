"""What an engine does with what waits, when its destination is switched off, changed or deleted meanwhile."""

import time

import msgspec
import pytest
from delivering import event, receiving, until, webhook, world

from headwater.core.outcomes import State
from headwater.deliver.decide import DESTINATION_WAS_DISABLED, NOT_CONNECTED
from headwater.deliver.destinations.webhook import sign
from headwater.deliver.report import DESTINATION_IS_DISABLED, DESTINATION_WAS_DELETED


def changed(destination, **values):
    return msgspec.structs.replace(destination, **values)


async def verdict(w, offset, destination):
    delivery = await w.delivery(offset, destination)
    return delivery.state, delivery.reason


async def test_events_of_a_pause_pass_by_and_what_was_there_before_it_arrives_after_it(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url, enabled=False)
        [before] = await w.append(event("before"))
        off = changed(hook, pauses=((before, None),))
        await w.start(off)
        [during] = await w.append(event("during"))
        assert (State.PENDING, DESTINATION_IS_DISABLED) == await verdict(w, before, off)
        assert (State.FILTERED, DESTINATION_WAS_DISABLED) == await verdict(w, during, off)

        w.destinations = [changed(hook, enabled=True, pauses=((before, during),))]
        await w.engine.reconfigure()
        [after] = await w.append(event("after"))
        await w.until_state(after, hook, State.DELIVERED)
        await w.until_state(before, hook, State.DELIVERED)

        assert ["before", "after"] == sorted(receiver.seen, reverse=True)
        assert (State.FILTERED, DESTINATION_WAS_DISABLED) == await verdict(w, during, w.destinations[0])


async def test_a_source_counts_from_the_moment_of_its_connection(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        [early] = await w.append(event("early", source="shop"))
        hook = webhook("crm", receiver.url, sources=("web", "shop"))
        await w.start(changed(hook, connected_at={"web": 0, "shop": early}))
        [late] = await w.append(event("late", source="shop"))
        await w.until_state(late, hook, State.DELIVERED)

        assert ["late"] == receiver.seen
        assert (State.FILTERED, NOT_CONNECTED) == await verdict(w, early, hook)


async def test_what_waits_for_another_try_is_dropped_with_its_source(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (423, {})
        hook = webhook("crm", receiver.url, sources=("web", "shop"))
        await w.start(hook)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, hook, State.RETRYING)
        w.destinations = [changed(hook, source_ids=("shop",))]
        await w.engine.reconfigure()
        w.clock.advance(60)

        await w.until_state(offset, hook, State.FILTERED)
        assert ["m"] == receiver.seen


@pytest.mark.parametrize("status", [423, 400])
async def test_retries_and_dead_letters_of_a_deleted_destination_are_forgotten_and_attempts_are_not(tmp_path, status):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (status, {})
        hook, other = webhook("crm", receiver.url), webhook("other", receiver.url)
        await w.start(hook, other)
        [offset] = await w.append(event("m"))
        tried = {State.RETRYING, State.REJECTED}

        async def is_tried():
            return {(await w.delivery(offset, one)).state for one in (hook, other)} <= tried

        await until(is_tried)
        w.destinations = [other]
        await w.engine.reconfigure()
        gone = changed(hook, deleted_at_ms=1, end_offset=offset)

        assert [0, 0] == [await w.ledger.count_retries("crm"), len(await w.dead_letters("crm"))]
        assert 1 == await w.ledger.count_retries("other") + len(await w.dead_letters("other"))
        assert {"crm", "other"} == await w.report.tried(offset)
        assert [status] == [one.status for one in (await w.delivery(offset, gone)).attempts]


async def test_a_deletion_does_not_wait_for_a_receiver_that_hangs(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.gate.clear()
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append(event("m"))
        await until(lambda: receiver.seen)
        w.destinations = []
        began = time.monotonic()
        await w.engine.reconfigure()

        assert time.monotonic() - began < w.limits.drain_seconds
        gone = changed(hook, deleted_at_ms=1, end_offset=offset)
        assert (State.FILTERED, DESTINATION_WAS_DELETED) == await verdict(w, offset, gone)


async def test_what_was_deleted_while_nothing_ran_is_forgotten_at_the_next_start(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (400, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, hook, State.REJECTED)
        w.destinations = []
        await w.restart()

        assert 0 == len(await w.dead_letters("crm"))


async def test_a_destination_that_is_switched_off_keeps_its_dead_letters(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (400, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, hook, State.REJECTED)
        w.destinations = [changed(hook, enabled=False)]
        await w.engine.reconfigure()

        assert 1 == len(await w.dead_letters("crm"))


async def test_a_secret_that_is_named_signs_what_is_sent(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url, shared_secret="env:CRM_KEY")
        await w.start(hook)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, hook, State.DELIVERED)
        request, body = receiver.requests[0]

        assert sign(body, secret="hush") == request.headers["X-Signature"]
