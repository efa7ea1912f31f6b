"""Dead letters sent again: by the rules of now, a few at a time, none lost and none doubled."""

import asyncio
import json
import sqlite3
import sys

import msgspec
from delivering import event, receiving, until, webhook, world

from headwater.core.clock import epoch_ms
from headwater.core.outcomes import State
from headwater.deliver.letters.changes import Waiting
from headwater.deliver.letters.wanted import Order, Verb, Wanted
from headwater.deliver.limits import LaneLimits
from headwater.workspace.configuration import MappingRule, Routing

FEW = LaneLimits(drain_seconds=1.0, redriven_in_line=10)


MANY = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2500)
    INSERT INTO dead_letters (destination, "offset", message_id, source, at_ms, state, reason, attempts, record)
    SELECT 'crm', n, 'm', 'web', 1, 'rejected', 'no', 1, x'00' FROM numbers
"""


def rows(path, table, where="1"):
    with sqlite3.connect(path) as connection:
        return connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]  # noqa: S608  constant


async def given_up(w, receiver, hook, count):
    """Return the offsets of so many events that the receiver has refused."""
    receiver.answer = lambda _: (400, {})
    await w.start(hook)
    offsets = await w.append_many(count)
    await until(lambda: rows(w.path, "dead_letters") == count)
    receiver.seen.clear()
    return offsets


async def forget_bodies(w):
    await w.ledger.expire(before_ms=epoch_ms(w.clock.now()) + 1)


async def test_one_is_sent_again_and_the_others_stay(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        offsets = await given_up(w, receiver, hook, 3)
        letters = {letter.offset: letter.id for letter in await w.dead_letters("crm")}
        receiver.answer = lambda _: (200, {})
        assert await w.redrive("other", letters[offsets[1]]) == 0  # not that destination's
        assert await w.redrive("crm", letters[offsets[1]]) == 1
        await w.until_state(offsets[1], hook, State.DELIVERED)
        assert {offsets[0], offsets[2]} == {letter.offset for letter in await w.dead_letters("crm")}


async def test_what_is_sent_again_is_mapped_by_the_mapping_of_now_and_marked_in_its_trace(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        [offset] = await given_up(w, receiver, hook, 1)
        mapping = Routing(mappings=(MappingRule(template={"messageId": {"@template": "anew {{messageId}}"}}),))
        w.destinations = [msgspec.structs.replace(hook, routing=mapping)]
        receiver.answer = lambda _: (200, {})
        await w.engine.reconfigure()
        await w.redrive("crm")
        await w.until_state(offset, hook, State.DELIVERED)
        shown = (await w.delivery(offset, hook)).attempts

        assert ["anew m0"] == [json.loads(body)["messageId"] for _, body in receiver.requests[1:]]
        assert [(400, False), (200, True)] == [(one.status, one.redriven) for one in shown]


async def test_one_that_fails_again_is_a_new_dead_letter_and_is_not_sent_for_ever(tmp_path):
    async with receiving() as receiver, world(tmp_path, limits=FEW) as w:
        hook = webhook("crm", receiver.url)
        await given_up(w, receiver, hook, 50)
        assert await w.redrive("crm") == 50
        await until(lambda: len(receiver.seen) == 50 and rows(w.path, "dead_letters") == 50)
        assert {1} == set(receiver.counts.values())
        assert {} == await w.letters.waiting()
        assert {2} == {letter.attempts for letter in await w.dead_letters("crm")}


async def test_few_at_a_time_are_among_the_retries_and_new_events_pass(tmp_path):
    async with receiving() as receiver, world(tmp_path, limits=FEW) as w:
        hook = webhook("crm", receiver.url)
        offsets = await given_up(w, receiver, hook, 60)
        receiver.answer = lambda _: (200, {})
        receiver.gate.clear()
        assert await w.redrive("crm") == 60
        await until(lambda: rows(w.path, "retries") == FEW.redriven_in_line)
        assert Waiting(marked=50, in_line=10) == (await w.letters.waiting())["crm"]
        assert (await w.status("crm")).problem is None
        receiver.gate.set()
        [fresh] = await w.append(event("fresh"))
        await w.until_state(fresh, hook, State.DELIVERED)
        await until(lambda: len(receiver.counts) == 61)
        await w.until_state(offsets[-1], hook, State.DELIVERED)
        await until(lambda: not rows(w.path, "dead_letters") and not rows(w.path, "retries"))
        assert {1} == set(receiver.counts.values())


async def test_the_destinations_pace_is_kept(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        await given_up(w, receiver, hook, 20)
        w.destinations = [msgspec.structs.replace(hook, routing=Routing(requests_per_second=1.0))]
        await w.engine.reconfigure()
        receiver.answer = lambda _: (200, {})
        assert await w.redrive("crm") == 20
        seconds = await w.advance_until(lambda: len(receiver.seen) == 20, step=0.2)
        assert seconds >= 10


async def test_what_a_stop_cut_off_goes_on_after_the_next_start_and_nothing_is_lost_or_doubled(tmp_path):
    async with receiving() as receiver, world(tmp_path, limits=FEW) as w:
        hook = webhook("crm", receiver.url)
        await given_up(w, receiver, hook, 40)
        receiver.answer = lambda _: (200, {})
        receiver.gate.clear()
        await w.redrive("crm")
        await until(lambda: rows(w.path, "retries") == FEW.redriven_in_line)
        await w.stop()
        waits = rows(w.path, "retries") + rows(w.path, "dead_letters", "redrive_at_ms IS NOT NULL")
        receiver.gate.set()
        w.build()
        await w.engine.start()
        await until(lambda: not rows(w.path, "dead_letters") and not rows(w.path, "retries"))

        assert 40 == waits
        assert 40 == rows(w.path, "attempts", "outcome = 'delivered'")


async def test_a_step_is_bounded_and_those_that_die_meanwhile_are_not_meant(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        await given_up(w, receiver, hook, 3)
        order = Order(verb=Verb.DISCARD, wanted=Wanted(destination="crm"))
        newest = max(letter.id for letter in await w.dead_letters("crm"))
        step = await w.engine.change_letters(msgspec.structs.replace(order, up_to=newest - 1))

        assert (2, newest - 1, True) == (step.count, step.after, step.is_end)
        assert [newest] == [letter.id for letter in await w.dead_letters("crm")]


async def test_a_redrive_that_is_called_off_leaves_those_that_were_not_sent_yet(tmp_path):
    async with receiving() as receiver, world(tmp_path, limits=FEW) as w:
        hook = webhook("crm", receiver.url)
        await given_up(w, receiver, hook, 40)
        receiver.gate.clear()
        await w.redrive("crm")
        await until(lambda: rows(w.path, "retries") == FEW.redriven_in_line)
        assert 30 == await w.redrive("crm", verb=Verb.KEEP)
        receiver.gate.set()
        await until(lambda: not rows(w.path, "retries"))
        assert 10 == len(receiver.seen)
        assert 40 == rows(w.path, "dead_letters")


async def test_a_destination_that_is_off_gets_them_when_it_is_on_again(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        [offset] = await given_up(w, receiver, hook, 1)
        w.destinations = [msgspec.structs.replace(hook, enabled=False)]
        await w.engine.reconfigure()
        receiver.answer = lambda _: (200, {})
        await w.redrive("crm")
        assert Waiting(marked=1) == (await w.letters.waiting())["crm"]
        w.destinations = [hook]
        await w.engine.reconfigure()
        await w.until_state(offset, hook, State.DELIVERED)


async def test_one_whose_body_has_expired_says_so_and_is_sent_from_the_log(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        [offset] = await given_up(w, receiver, hook, 1)
        await forget_bodies(w)
        [letter] = await w.opened("crm")
        receiver.answer = lambda _: (200, {})
        assert (False, State.REJECTED) == (letter.letter.has_body, letter.letter.state)
        assert (None, None, None) == (letter.event, letter.request, letter.response)
        assert 1 == await w.redrive("crm")
        await w.until_state(offset, hook, State.DELIVERED)
        assert ["m0"] == receiver.seen


async def test_one_that_the_log_has_forgotten_too_stays_and_waits_no_longer(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        await given_up(w, receiver, hook, 2)
        w.sql("UPDATE dead_letters SET record = NULL, detail = NULL, message_id = 'another' WHERE message_id = 'm0'")
        receiver.answer = lambda _: (200, {})
        assert 2 == await w.redrive("crm")
        await until(lambda: rows(w.path, "dead_letters", "redrive_at_ms IS NULL") == 1 and len(receiver.seen) == 1)
        assert ["another"] == [letter.message_id for letter in await w.dead_letters("crm")]


async def test_only_the_newest_keep_their_bodies_where_there_are_too_many(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        await given_up(w, receiver, webhook("crm", receiver.url), 5)
        await w.ledger.expire(before_ms=0, newest_letters=2)
        assert [True, True, False, False, False] == [letter.has_body for letter in await w.dead_letters("crm")]


async def test_however_many_expire_others_save_in_between(tmp_path):
    async with world(tmp_path) as w:
        w.sql(MANY)
        began = []
        w.ledger._connection.set_trace_callback(lambda text: began.append(text) if text == "COMMIT" else None)
        await w.ledger.expire(before_ms=0, newest_letters=100)
        assert 100 == rows(w.path, "dead_letters", "record IS NOT NULL")
        assert 3 <= len(began)


KILLED = """
import asyncio, sys
from pathlib import Path
from headwater.core.secrets import Sealer
from headwater.deliver.ledger import Ledger
from headwater.deliver.letters.wanted import Order, Verb, Wanted

async def main():
    ledger = Ledger(Path(sys.argv[1]), sealer=Sealer(b"k" * 32))
    await ledger.change_letters(Order(verb=Verb.REDRIVE, wanted=Wanted(destination="crm")), now_ms=1)
    while letters := await ledger.marked_letters("crm", limit=5):
        await ledger.move_letters("crm", [one.id for one in letters], found={}, lost=[], now_ms=1)
        print("moved", flush=True)

asyncio.run(main())
"""


async def test_a_kill_amid_a_redrive_loses_none_and_leaves_none_in_both_tables(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        await given_up(w, receiver, webhook("crm", receiver.url), 200)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, str(w.path), stdout=asyncio.subprocess.PIPE
        )
        await process.stdout.readline()
        await process.stdout.readline()
        process.kill()
        await process.wait()
        moved = rows(w.path, "retries")
        both = rows(w.path, "retries", '"offset" IN (SELECT "offset" FROM dead_letters)')

        assert 200 == moved + rows(w.path, "dead_letters", "redrive_at_ms IS NOT NULL")
        assert 10 <= moved
        assert 0 == both


async def test_the_trace_of_one_that_was_thrown_away_says_so(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        receiver.answer = lambda _: (423, {})
        await w.start(hook)
        [offset] = await w.append(event("m"))
        await w.advance_until(lambda: rows(w.path, "dead_letters") == 1, step=60.0)
        assert 1 == await w.redrive("crm", verb=Verb.DISCARD)
        found = await w.delivery(offset, hook)

        assert (State.REJECTED, "DISCARDED: ") == (found.state, found.reason[:11])
