"""What was said is kept for a week, and what happened for longer; of an event with several requests it is the last."""

import json
import sqlite3

import msgspec
import pytest
from delivering import event, receiving, until, webhook, world

from headwater.core.outcomes import State
from headwater.deliver.engine import KEEP_BODIES_MS, SWEEP_EVERY_SECONDS
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.workspace.configuration import MappingRule, Routing

WEEK_SECONDS = KEEP_BODIES_MS / 1_000
PARTS = tuple(MappingRule(template={"messageId": {"@literal": part}}) for part in ("a", "b", "c"))


@pytest.fixture
async def receiver():
    async with receiving() as made:
        yield made


@pytest.fixture
async def w(tmp_path):
    async with world(tmp_path) as made:
        yield made


async def test_after_a_week_what_was_said_is_forgotten_and_that_it_was_tried_is_not(w, receiver):
    receiver.answer = lambda _: (400, {})
    hook = webhook("crm", receiver.url)
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.REJECTED)
    w.clock.advance(WEEK_SECONDS - 3_600)
    (fresh,) = await w.append(event("m2"))
    await w.until_state(fresh, hook, State.REJECTED)
    assert "crm" in await w.report.exchanges(offset)
    w.clock.advance(2 * 3_600)

    async def is_forgotten():
        return "crm" not in await w.report.exchanges(offset)

    await until(is_forgotten, what="the sweep")
    assert "crm" in await w.report.exchanges(fresh)
    assert [400] == [one.status for one in (await w.delivery(offset, hook)).attempts]
    assert {"m1": False, "m2": True} == {one.message_id: one.has_body for one in await w.dead_letters("crm")}


async def test_the_first_request_that_is_refused_ends_those_of_its_event(w, receiver):
    receiver.answer = lambda part: (400 if part == "b" else 200, {})
    hook = msgspec.structs.replace(webhook("crm", receiver.url), routing=Routing(mappings=PARTS))
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.REJECTED)
    found = (await w.report.exchanges(offset))["crm"]

    assert ["a", "b"] == receiver.seen
    assert {"messageId": "b"} == json.loads(found.request["body"])


async def test_what_is_tried_again_is_all_of_its_event(w, receiver):
    receiver.answer = lambda part: (423 if part == "b" and receiver.counts["b"] == 1 else 200, {})
    hook = msgspec.structs.replace(webhook("crm", receiver.url), routing=Routing(mappings=PARTS))
    (offset,) = await w.append(event("m1"))
    await w.start(hook)
    await w.until_state(offset, hook, State.RETRYING)
    await w.advance_until(lambda: "c" in receiver.seen)
    await w.until_state(offset, hook, State.DELIVERED)

    assert ["a", "b", "a", "b", "c"] == receiver.seen


class FilledWhileRead(SqliteLogReader):
    """Finds the log empty when it is looked at first, and by the time it says so `come` is over."""

    looks = 0
    come = None

    async def read(self, **wanted):
        found = await super().read(**wanted)
        self.looks += 1
        if self.looks == 1:
            await self.come()
        return found


async def test_an_event_that_comes_while_the_empty_log_is_looked_at_keeps_its_attempts(w, receiver, tmp_path):
    hook = webhook("crm", receiver.url)

    async def come():
        (offset,) = await w.append(event("m1"))
        await w.until_state(offset, hook, State.DELIVERED)

    w.reader.close()
    w.reader = FilledWhileRead(tmp_path / "log")
    w.reader.come = come
    await w.ledger.close()
    w.build()
    await w.start(hook)
    await w.advance_until(lambda: w.reader.looks > 1, step=SWEEP_EVERY_SECONDS)  # the sweep before is over then

    assert 1 == len((await w.delivery(1, hook)).attempts)


async def test_a_clock_that_jumps_while_it_is_swept_has_it_swept_again(w, receiver, tmp_path):
    async def come():
        w.clock.advance(2 * SWEEP_EVERY_SECONDS)

    w.reader.close()
    w.reader = FilledWhileRead(tmp_path / "log")
    w.reader.come = come
    await w.ledger.close()
    w.build()
    await w.start(webhook("crm", receiver.url))

    await until(lambda: w.reader.looks > 1, what="the next sweep")


async def test_what_the_log_has_forgotten_leaves_no_attempts_but_of_what_was_given_up(w, receiver):
    receiver.answer = lambda name: (400 if name == "refused" else 200, {})
    hook = webhook("crm", receiver.url)
    delivered, refused = await w.append(event("delivered"), event("refused"))
    await w.start(hook)
    await w.until_state(delivered, hook, State.DELIVERED)
    await w.until_state(refused, hook, State.REJECTED)
    await w.log.start_over()
    (kept,) = await w.append(event("kept"))
    await w.until_state(kept, hook, State.DELIVERED)
    w.clock.advance(2 * SWEEP_EVERY_SECONDS)

    def offsets():
        with sqlite3.connect(w.path) as connection:
            return {offset for (offset,) in connection.execute('SELECT "offset" FROM attempts')}

    async def is_swept():
        return delivered not in offsets()

    await until(is_swept, what="the sweep")
    assert {refused, kept} == offsets()
