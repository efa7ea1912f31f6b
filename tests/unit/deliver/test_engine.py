import asyncio
import gc
import socket
import sqlite3
import weakref

import msgspec
import pytest
from delivering import event, receiving, until, webhook, world

from headwater.core.event import ACTION, ACTIONS_SOURCE, Record
from headwater.core.outcomes import State
from headwater.deliver import queued
from headwater.deliver.cursor import WINDOW
from headwater.deliver.limits import LaneLimits
from headwater.net.address_rules import NO_RULES, AddressRules


def rows(path, table):
    with sqlite3.connect(path) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  constant names


async def test_every_event_arrives_once_and_leaves_an_attempt(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        offsets = await w.append_many(300)
        await w.until_state(offsets[-1], hook, State.DELIVERED)
        await until(lambda: len(receiver.seen) == 300)
        await w.stop()
        assert set(receiver.counts.values()) == {1}
        assert rows(w.path, "attempts") == 300
        delivery = await w.delivery(offsets[7], hook)
        assert [attempt.status for attempt in delivery.attempts] == [200]
        w.build()


async def test_events_of_other_sources_leave_no_row_and_do_not_stop_the_cursor(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        await w.append(*[event(f"other{number}", source="elsewhere") for number in range(WINDOW * 2)])
        [offset] = await w.append(event("mine"))
        await w.until_state(offset, hook, State.DELIVERED)
        assert receiver.seen == ["mine"]
        assert rows(w.path, "attempts") == 1
        assert (await w.status("crm")).lag == 0


async def test_filtered_events_say_why_and_old_ones_say_they_are_old(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        [old] = await w.append(event("old"))
        hook = webhook("crm", receiver.url, start_offset=old)
        await w.start(hook)
        [blocked] = await w.append(event("blocked", integrations={"All": True, "crm": False}))
        delivery = None

        async def is_filtered():
            nonlocal delivery
            delivery = await w.delivery(blocked, hook)
            return delivery.state == State.FILTERED

        await until(is_filtered)
        assert (delivery.reason, delivery.attempts) == ("FILTERED_BY_INTEGRATIONS_OBJECT", [])
        assert (await w.delivery(old, hook)).reason == "BEFORE_DESTINATION_EXISTED"
        assert receiver.seen == []


async def test_a_destination_that_answers_500_does_not_slow_the_healthy_one(tmp_path):
    async with receiving() as bad, receiving() as good, world(tmp_path) as w:
        bad.answer = lambda _: (500, {})
        await w.start(webhook("bad", bad.url), webhook("good", good.url))
        await w.append_many(500)
        await until(lambda: len(good.counts) == 500)
        assert set(good.counts.values()) == {1}
        assert len(bad.seen) < 40


async def test_an_outage_writes_no_rows_and_everything_arrives_once_it_is_over(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (503, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        await w.append_many(50)
        await until(lambda: len(receiver.seen) >= 10)
        await w.advance_until(lambda: len(receiver.seen) >= 28, step=1.0)
        assert (await w.status("crm")).breaker == "open"
        before = rows(w.path, "attempts")
        assert before < 10
        watermark = (await w.status("crm")).cursor
        offsets = await w.append_many(200, prefix="late")
        seen = len(receiver.seen)
        await w.advance_until(lambda: len(receiver.seen) >= seen + 20, step=5.0)
        assert rows(w.path, "attempts") == before
        assert (await w.status("crm")).cursor == watermark
        assert (await w.delivery(offsets[-1], hook)).state == State.PENDING
        receiver.answer = lambda _: (200, {})
        await w.advance_until(lambda: len(receiver.counts) == 250, step=5.0)
        await w.until_state(offsets[-1], hook, State.DELIVERED)
        await w.advance_until(lambda: rows(w.path, "retries") == 0, step=5.0)
        assert (await w.status("crm")).breaker == "closed"
        assert rows(w.path, "dead_letters") == 0


async def test_an_event_that_alone_answers_500_never_holds_up_those_behind_it(tmp_path):
    async with receiving() as receiver, world(tmp_path, limits=LaneLimits(concurrency=1, drain_seconds=1)) as w:
        receiver.answer = lambda message_id: (500 if message_id == "poison" else 200, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [poison] = await w.append(event("poison"))
        offsets = await w.append_many(30)
        await w.until_state(offsets[-1], hook, State.DELIVERED)
        assert (await w.delivery(poison, hook)).state == State.RETRYING
        receiver.answer = lambda _: (200, {})
        await w.advance_until(lambda: receiver.counts["poison"] == 2)
        await w.until_state(poison, hook, State.DELIVERED)
        assert [each.status for each in (await w.delivery(poison, hook)).attempts] == [500, 200]


async def test_more_poison_than_probes_does_not_keep_a_recovered_destination_down(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda message_id: (500 if message_id.startswith("poison") else 200, {})
        await w.start(webhook("crm", receiver.url))
        await w.append_many(40, prefix="poison")
        await until(lambda: len(receiver.seen) >= 10)
        await w.append_many(20, prefix="fine")
        await w.advance_until(lambda: sum(key.startswith("fine") for key in receiver.counts) == 20, step=10.0)


async def test_retry_after_is_honoured(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (429, {"Retry-After": "120"})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, hook, State.RETRYING)
        receiver.answer = lambda _: (200, {})
        assert await w.advance_until(lambda: len(receiver.seen) == 2, step=1.0) >= 120


async def test_a_delivery_that_fails_for_four_hours_becomes_a_dead_letter(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (423, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [offset] = await w.append(event("m"))
        await w.until_state(offset, hook, State.RETRYING)
        hours = await w.advance_until(lambda: rows(w.path, "dead_letters") == 1, step=60.0) / 3600
        assert 3.95 < hours < 4.5
        assert (await w.delivery(offset, hook)).reason.startswith("gave up (patience 4h): the receiver answered 423")


async def test_a_lonely_event_that_always_answers_500_is_given_up_too(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (500, {})
        await w.start(webhook("crm", receiver.url))
        await w.append(event("m"))
        await w.advance_until(lambda: rows(w.path, "dead_letters") == 1, step=60.0, limit=8 * 3600)


async def test_a_poison_event_becomes_a_dead_letter_with_its_exchange_sealed(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda message_id: (400 if message_id == "poison-id" else 200, {})
        hook = webhook("crm", receiver.url + "?key=hunter2", headers={"Authorization": "Bearer hunter2"})
        await w.start(hook)
        poison, fine = await w.append(event("poison-id"), event("fine"))
        await w.until_state(fine, hook, State.DELIVERED)
        await w.until_state(poison, hook, State.REJECTED)
        [letter] = await w.opened("crm")
        assert (letter.letter.message_id, letter.letter.attempts, letter.response["status"]) == ("poison-id", 1, 400)
        assert letter.response["body"] == "the answer"
        assert '"messageId":"poison-id"' in letter.request["body"]
        assert "hunter2" not in str(letter)
        await w.stop()
        assert b"the answer" not in w.path.read_bytes()
        assert b'"messageId"' not in w.path.read_bytes()
        w.build()


async def test_a_full_retry_table_pauses_the_lane_and_says_so(tmp_path):
    limits = LaneLimits(retry_rows=5, concurrency=2, drain_seconds=1)
    async with receiving() as receiver, receiving() as good, world(tmp_path, limits=limits) as w:
        receiver.answer = lambda _: (423, {})
        hook, healthy = webhook("crm", receiver.url), webhook("healthy", good.url)
        await w.start(hook, healthy)
        await w.append_many(100)
        await until(lambda: rows(w.path, "retries") >= 5)

        async def has_paused():
            return (await w.status("crm")).problem == "retry table full"

        await until(has_paused)
        for number in range(10):  # the healthy lane tells how much time has passed
            [held] = await w.append(event(f"held{number}"))
            await w.until_state(held, healthy, State.DELIVERED)
        assert len(receiver.seen) <= 6
        receiver.answer = lambda _: (200, {})
        await w.advance_until(lambda: "held9" in receiver.counts)
        await w.until_state(held, hook, State.DELIVERED)


class HoleyReader:
    """A log whose retention or erasure has taken some records."""

    def __init__(self, inner, missing):
        self.inner, self.missing = inner, missing

    async def scan(self, *, after, limit, sources):
        seen = await self.inner.scan(after=after, limit=limit, sources=sources)
        left = [each for each in seen.records if each.offset not in self.missing]
        return msgspec.structs.replace(seen, records=left)

    async def head(self):
        return await self.inner.head()


async def test_holes_in_the_log_do_not_stop_the_cursor(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        await w.ledger.close()
        w.reader, inner = HoleyReader(w.reader, {1, 2, 5, 6}), w.reader
        w.build()
        hook = webhook("crm", receiver.url)
        offsets = await w.append_many(8)
        await w.start(hook)
        await w.until_state(offsets[-1], hook, State.DELIVERED)
        assert (await w.status("crm")).lag == 0
        w.reader = inner


async def test_what_was_saved_above_a_hanging_event_is_not_repeated_after_a_restart(tmp_path):
    async with receiving() as receiver, world(tmp_path, limits=LaneLimits(drain_seconds=0.05)) as w:
        receiver.gate.clear()
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        await w.append(event("hangs"))
        await until(lambda: receiver.seen == ["hangs"])
        receiver.gate = asyncio.Event()
        receiver.gate.set()
        offsets = await w.append_many(20)
        await until(lambda: rows(w.path, "attempts") == 20)
        await w.restart()
        await w.until_state(offsets[0] - 1, hook, State.DELIVERED)
        [last] = await w.append(event("last"))
        await w.until_state(last, hook, State.DELIVERED)
        assert {key for key, count in receiver.counts.items() if count > 1} == {"hangs"}


async def test_a_redrive_sends_dead_letters_again_and_counts_attempts_on(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (400, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        offsets = await w.append_many(3)
        await until(lambda: rows(w.path, "dead_letters") == 3)
        receiver.answer = lambda _: (200, {})
        assert await w.redrive("crm") == 3
        for offset in offsets:
            await w.until_state(offset, hook, State.DELIVERED)
        assert [each.status for each in (await w.delivery(offsets[0], hook)).attempts] == [400, 200]
        assert (rows(w.path, "dead_letters"), rows(w.path, "retries")) == (0, 0)


async def test_one_hanging_event_lets_at_most_a_window_of_others_pass(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.gate.clear()
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        await w.append(event("hangs"))
        await until(lambda: receiver.seen == ["hangs"])
        gate, receiver.gate = receiver.gate, asyncio.Event()
        receiver.gate.set()
        await w.append_many(WINDOW * 2)
        await until(lambda: len(receiver.counts) == WINDOW)
        await until(lambda: rows(w.path, "attempts") == WINDOW - 1)
        assert len(receiver.counts) == WINDOW
        assert (await w.status("crm")).cursor == 0
        gate.set()
        await until(lambda: len(receiver.counts) == WINDOW * 2 + 1)
        assert set(receiver.counts.values()) == {1}


async def test_a_restart_goes_on_where_it_was_and_repeats_nothing_that_was_saved(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda message_id: (423 if message_id == "m3" else 200, {})
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        offsets = await w.append_many(100)
        await w.until_state(offsets[-1], hook, State.DELIVERED)
        await w.restart()
        receiver.answer = lambda _: (200, {})
        [last] = await w.append(event("after"))
        await w.until_state(last, hook, State.DELIVERED)
        await w.advance_until(lambda: receiver.counts["m3"] == 2)
        assert {count for key, count in receiver.counts.items() if key != "m3"} == {1}


async def test_a_disabled_destination_stops_and_continues_where_it_was(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        [first] = await w.append(event("first"))
        await w.until_state(first, hook, State.DELIVERED)
        w.destinations = [webhook("crm", receiver.url, enabled=False)]
        await w.engine.reconfigure()
        [missed] = await w.append(event("missed"))
        assert [each.destination for each in await w.engine.status()] == ["@actions"]
        w.destinations = [webhook("crm", receiver.url, method="PUT")]
        await w.engine.reconfigure()
        await w.until_state(missed, hook, State.DELIVERED)
        assert receiver.seen == ["first", "missed"]
        assert receiver.requests[-1][0].method == "PUT"


async def test_wrong_settings_hold_the_events_until_they_are_right(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        await w.start(webhook("crm", "not a url"))
        [offset] = await w.append(event("m"))

        async def says_why():
            return "`url`" in ((await w.status("crm")).problem or "")

        await until(says_why)
        hook = webhook("crm", receiver.url)
        assert (await w.delivery(offset, hook)).state == State.PENDING
        w.destinations = [hook]
        await w.engine.reconfigure()
        await w.until_state(offset, hook, State.DELIVERED)


class CrashingSender:
    def __init__(self, inner, times):
        self.inner, self.times = inner, times

    async def send(self, request):
        if "crash" in request.url and self.times:
            self.times -= 1
            raise ZeroDivisionError
        return await self.inner.send(request)


async def test_a_crashed_lane_starts_again_and_kills_no_other(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        await w.ledger.close()
        w.sender = CrashingSender(w.outbound, 2)
        w.build()
        crashing = webhook("crashing", receiver.url + "/crash")
        healthy = webhook("healthy", receiver.url)
        await w.start(crashing, healthy)
        offsets = await w.append_many(5)
        await w.until_state(offsets[-1], healthy, State.DELIVERED)
        await w.advance_until(lambda: w.sender.times == 0 and len(receiver.seen) == 10)
        await w.until_state(offsets[-1], crashing, State.DELIVERED)


def queued_record(w, url, *, trigger_id="trigger-1", rules=NO_RULES):
    action = queued.QueuedAction(
        trigger_id=trigger_id,
        action_id="a1",
        flow="registration",
        project_id="p1",
        request=queued.QueuedRequest(
            method="POST",
            url=url,
            headers=(("Authorization", "Basic hunter2"),),
            rules=rules,
            body=b'{"messageId":"t"}',
        ),
    )
    body = queued.seal(action, w.sealer)
    return Record(source=ACTIONS_SOURCE, message_id=trigger_id, type=ACTION, body=body, received_at_ms=0)


async def test_a_queued_action_arrives_with_one_trigger_id_and_a_new_request_id_per_attempt(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        receiver.answer = lambda _: (503, {})
        await w.start()
        record = queued_record(w, receiver.url)
        assert b"hunter2" not in record.body
        [offset] = await w.append(record)
        await until(lambda: rows(w.path, "retries") == 1)
        receiver.answer = lambda _: (200, {})
        await w.advance_until(lambda: len(receiver.seen) == 2)
        await until(lambda: rows(w.path, "retries") == 0)
        headers = [request.headers for request, _ in receiver.requests]
        assert [each["Ory-Webhook-Trigger-ID"] for each in headers] == ["trigger-1"] * 2
        assert len({each["Ory-Webhook-Request-ID"] for each in headers}) == 2
        assert headers[1]["Authorization"] == "Basic hunter2"
        assert (await w.report.action_deliveries([offset]))[0].state == State.DELIVERED


async def test_a_queued_action_is_sent_under_the_rules_that_its_record_carries(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        await w.start()
        refused = queued_record(w, receiver.url, trigger_id="refused", rules=AddressRules(refuses_private=True))
        allowed = AddressRules(refuses_private=True, exceptions=(f"{receiver.url}**",))
        [offset] = await w.append(refused)
        await w.append(queued_record(w, receiver.url, trigger_id="allowed", rules=allowed))
        await until(lambda: len(receiver.seen) == 1)

        async def is_dead():
            return (await w.report.action_deliveries([offset]))[0].state == State.REJECTED

        await until(is_dead)
        [(sent, _)] = receiver.requests
        assert sent.headers["Ory-Webhook-Trigger-ID"] == "allowed"


async def test_a_dead_action_receiver_holds_up_no_other_receivers_actions(tmp_path):
    async with receiving() as dead, receiving() as alive, world(tmp_path) as w:
        dead.answer = lambda _: (500, {})
        await w.start()
        await w.append(*[queued_record(w, dead.url, trigger_id=f"dead-{number}") for number in range(30)])
        await w.append(*[queued_record(w, alive.url, trigger_id=f"alive-{number}") for number in range(30)])
        await until(lambda: len(alive.seen) == 30)


async def test_of_queued_actions_only_one_at_a_time_asks_a_receiver_that_is_not_there(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with world(tmp_path) as w:
        await w.start()
        url = f"http://127.0.0.1:{port}/"
        await w.append(*[queued_record(w, url, trigger_id=f"dead-{number}") for number in range(100)])
        await until(lambda: rows(w.path, "retries") == 100)
        reasons = [attempt.reason for attempt in await w.report.recent(100)]

    assert any("one call at a time is tried" in reason for reason in reasons)
    assert not all("one call at a time is tried" in reason for reason in reasons)


@pytest.mark.parametrize("method", ["deliveries", "recent"])
async def test_the_report_answers_before_there_is_a_ledger(tmp_path, method):
    async with world(tmp_path) as w:
        w.report._ledger._path = tmp_path / "absent.db"
        hook = webhook("crm", "http://127.0.0.1/")
        arguments = {"deliveries": (1, [hook]), "recent": (5,)}[method]
        found = await getattr(w.report, method)(*arguments)
        assert [each.state for each in found] == ([State.PENDING] if method == "deliveries" else [])
        assert not (tmp_path / "absent.db").exists()


async def test_recent_lists_attempts_with_their_message_ids_newest_first(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        hook = webhook("crm", receiver.url)
        await w.start(hook)
        for message_id in ("a", "b"):
            [offset] = await w.append(event(message_id))
            await w.until_state(offset, hook, State.DELIVERED)
        assert ["b", "a"] == [each.message_id for each in await w.report.recent(5)]


async def test_the_ledger_that_outlives_an_engine_does_not_hold_it(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        await w.start(webhook("crm", receiver.url))
        await w.engine.close()
        engine, w.engine = weakref.ref(w.engine), None

        gc.collect()

        assert engine() is None
        await w.ledger.close()
        w.build()


async def test_a_change_that_comes_after_the_end_starts_nothing_again(tmp_path):
    async with receiving() as receiver, world(tmp_path) as w:
        await w.start(webhook("crm", receiver.url))
        await w.engine.close()

        await w.engine.reconfigure()

        assert [] == await w.engine.status()
