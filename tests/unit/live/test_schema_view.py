"""The schema view counts every event once: over restarts, crashes, floods of names and what retention took."""

import asyncio
import os
import random
import signal
import sqlite3
import sys
from pathlib import Path

import pytest
from live_stage import (
    START,
    counted_up_to,
    counts,
    is_resting,
    open_log,
    reading,
    record,
    schema_of,
    types,
    until,
    volume_of,
)

from headwater.core import periods
from headwater.core.clock import SystemClock, epoch_ms
from headwater.core.event import ACTIONS_SOURCE, Record
from headwater.live import live_tables
from headwater.live.limits import MAX_NAME, OTHERS, SchemaLimits
from headwater.live.live_tables import NewerSchemaViewError
from headwater.live.sightings import Sightings

FLOOD = 4_000
KILLS = 4


@pytest.fixture
async def log(tmp_path):
    async with open_log(tmp_path / "log") as opened:
        yield opened


@pytest.fixture
def path(tmp_path):
    return tmp_path / "live.db"


async def seen(path, log, *records, **options):
    """Append, count, and return the schema."""
    await log.append(*records)
    async with reading(path, log, **options) as reader:
        await counted_up_to(reader, log.writer.newest_offset, clock=log.clock)
    return await schema_of(path)


async def test_every_json_type_of_a_property_is_told_from_the_others(log, path):
    values = ["text", 1, 1.5, True, {}, [], None, "again"]
    schema = await seen(path, log, *(record(n, event="Seen", properties={"p": v}) for n, v in enumerate(values, 1)))

    [event] = schema.events
    [prop] = event.properties
    assert {"string": 2, "integer": 1, "number": 1, "boolean": 1, "object": 1, "array": 1, "null": 1} == prop.types
    assert (8, 8) == (prop.count, prop.last_seen_ms)
    assert (8, 1, 8) == (event.count, event.first_seen_ms, event.last_seen_ms)


async def test_events_are_told_apart_by_source_type_and_their_own_name(log, path):
    schema = await seen(
        path,
        log,
        record(1, event="Order Completed"),
        record(2, event="Order Completed"),
        record(3, event="Order Completed", source="app"),
        record(4, type="page", name="Home", event="not a page's name"),
        record(5, type="screen", name="Home"),
        record(6, type="identify", name="not an identify's name", traits={"email": "ada@example.org"}),
        record(7, type="group", groupId="g", traits={"plan": "pro"}, properties={"no": "trait"}),
        record(8, type="alias", previousId="x"),
    )

    assert {
        ("web", "track", "Order Completed"): 2,
        ("app", "track", "Order Completed"): 1,
        ("web", "page", "Home"): 1,
        ("web", "screen", "Home"): 1,
        ("web", "identify", ""): 1,
        ("web", "group", ""): 1,
        ("web", "alias", ""): 1,
    } == counts(schema)
    by_type = {one.type: types(one) for one in schema.events}
    assert {"email": {"string": 1}} == by_type["identify"]
    assert {"plan": {"string": 1}} == by_type["group"]


async def test_looks_two_levels_deep_and_no_deeper(log, path):
    properties = {"address": {"city": "Paris", "geo": {"lat": 1}}, "tags": [{"not": "looked at"}]}
    schema = await seen(path, log, record(1, event="Moved", properties=properties))

    assert {
        "address": {"object": 1},
        "address.city": {"string": 1},
        "address.geo": {"object": 1},
        "tags": {"array": 1},
    } == types(schema.events[0])


async def test_never_keeps_a_value(log, path):
    traits = {"email": "ada@example.org", "inner": {"secret": "hunter2"}}
    await seen(path, log, record(1, type="identify", traits=traits))

    content = b"".join(one.read_bytes() for one in path.parent.glob("live.db*"))
    assert b"email" in content
    assert b"ada@example.org" not in content
    assert b"hunter2" not in content


async def test_a_queued_action_is_no_event(log, path):
    schema = await seen(path, log, record(1, source=ACTIONS_SOURCE, type="action"), record(2, event="Seen"))

    assert {("web", "track", "Seen"): 1} == counts(schema)
    assert 2 == schema.progress.cursor


@pytest.mark.parametrize("body", [b"\xff not JSON", b"[1]", b'{"event": 7, "properties": [1]}', b"[" * 100_000])
async def test_a_body_it_can_not_read_stops_nothing_and_is_counted(log, path, body):
    odd = Record(source="web", message_id="odd", type="track", body=body, received_at_ms=1)
    schema = await seen(path, log, odd, record(2, event="Seen"))

    assert {("web", "track", ""): 1, ("web", "track", "Seen"): 1} == counts(schema)


async def test_a_second_run_goes_on_where_the_first_one_stopped(log, path):
    await seen(path, log, record(1, event="Seen", properties={"p": 1}))
    schema = await seen(path, log, record(2, event="Seen", properties={"p": "x"}), record(3, event="Other"))

    assert {("web", "track", "Seen"): 2, ("web", "track", "Other"): 1} == counts(schema)
    assert {"p": {"integer": 1, "string": 1}} == types(schema.events[0])
    assert (3, 0) == (schema.progress.cursor, schema.progress.not_seen)


async def test_mallorys_flood_of_event_names_ends_in_one_row_that_counts_them(log, path):
    limits = SchemaLimits(events_per_source=3)
    flood = [record(n, event=f"e{n}") for n in range(1, 11)]
    schema = await seen(
        path, log, *flood, record(11, event="e1"), record(12, event="calm", source="app"), limits=limits
    )

    assert {
        ("web", "track", "e1"): 2,
        ("web", "track", "e2"): 1,
        ("web", "track", "e3"): 1,
        ("web", OTHERS, OTHERS): 7,
        ("app", "track", "calm"): 1,
    } == counts(schema)


async def test_mallorys_flood_of_property_names_ends_in_one_row_that_counts_them(log, path):
    limits = SchemaLimits(properties_per_event=2)
    await seen(path, log, record(1, event="Seen", properties={"a": 1, "b": 1, "c": 1}), limits=limits)
    schema = await seen(path, log, record(2, event="Seen", properties={"d": "x", "c": 1, "a": 1}), limits=limits)

    assert {"a": {"integer": 2}, "b": {"integer": 1}, OTHERS: {"integer": 2, "string": 1}} == types(schema.events[0])


async def test_a_name_is_cut_where_it_grows_too_long(log, path):
    long = "n" * (MAX_NAME + 1)
    schema = await seen(path, log, record(1, event=long, properties={long: 1, "a": {long: 1}}))

    [event] = schema.events
    assert "n" * MAX_NAME == event.name
    assert {MAX_NAME, 1} == {len(one.name) for one in event.properties}


async def test_a_pass_that_fills_its_memory_ends_early_and_loses_no_count(log, path):
    limits = SchemaLimits(entries_per_pass=7, records_per_read=5)
    names = [f"p{n % 9}" for n in range(40)]
    records = [record(n, event="Seen", properties={name: 1}) for n, name in enumerate(names, 1)]
    schema = await seen(path, log, *records, limits=limits)

    assert {("web", "track", "Seen"): 40} == counts(schema)
    assert 40 == sum(one.count for one in schema.events[0].properties)


def test_a_full_memory_takes_no_more_records():
    stored = [type("S", (), {"record": record(n, event=f"e{n}")})() for n in range(5)]

    assert 3 == Sightings().take(stored, max_size=3)


class Forgetful:
    """A real log's reader whose oldest records are gone."""

    def __init__(self, reader, *, oldest):
        self._reader, self._oldest = reader, oldest

    async def read(self, *, after, limit):
        return await self._reader.read(after=max(after, self._oldest - 1), limit=limit)

    async def head(self):
        return await self._reader.head()


async def test_goes_on_above_what_retention_took_and_says_how_much_it_never_saw(log, path):
    await seen(path, log, record(1, event="Seen"))
    records = [record(n, event="Seen") for n in range(2, 9)]
    schema = await seen(path, log, *records, reader=Forgetful(log.reader, oldest=6))

    assert {("web", "track", "Seen"): 4} == counts(schema)
    assert (8, 4) == (schema.progress.cursor, schema.progress.not_seen)


async def test_a_log_put_back_to_an_older_state_is_not_taken_for_counted(log, path, tmp_path):
    await seen(path, log, *(record(n, event="Seen") for n in range(1, 4)))
    async with open_log(tmp_path / "older") as older:
        await older.append(record(1, event="Seen"))
        async with reading(path, older) as reader:
            await until(lambda: is_resting(older.clock), what="the first pass")
            await older.append(record(2, event="Other"))
            reader.wake()
            await counted_up_to(reader, 2, clock=older.clock)
    schema = await schema_of(path)

    assert {("web", "track", "Seen"): 3, ("web", "track", "Other"): 1} == counts(schema)
    assert (2, 0) == (schema.progress.cursor, schema.progress.not_seen)


class Slow:
    """A real log's reader that takes `seconds` of the clock for each read, and remembers when it was asked."""

    def __init__(self, log, *, seconds):
        self._log, self._seconds, self.asked_at = log, seconds, []

    async def read(self, *, after, limit):
        self.asked_at.append(self._log.clock.monotonic())
        self._log.clock.advance(self._seconds)
        return await self._log.reader.read(after=after, limit=limit)

    async def head(self):
        return await self._log.reader.head()


@pytest.mark.parametrize(("pass_seconds", "rest_seconds"), [(2.0, 6.0), (0.01, 1.0)])
async def test_rests_three_times_as_long_as_a_pass_took_and_a_second_at_least(log, path, pass_seconds, rest_seconds):
    slow = Slow(log, seconds=pass_seconds)
    await log.append(record(1, event="Seen"))
    async with reading(path, log, reader=slow) as reader:
        await until(lambda: is_resting(log.clock), what="the rest after the first pass")
        ended = log.clock.monotonic()
        await log.append(record(2, event="Seen"))
        reader.wake()
        log.clock.advance(rest_seconds - 0.001)
        for _ in range(20):
            await asyncio.sleep(0)
        assert 1 == len(slow.asked_at)
        log.clock.advance(0.002)
        await until(lambda: len(slow.asked_at) == 2, what="the second pass")

    assert slow.asked_at[1] - ended >= rest_seconds


async def test_reads_nothing_while_nobody_wakes_it(log, path):
    slow = Slow(log, seconds=0.0)
    async with reading(path, log, reader=slow) as reader:
        for _ in range(30):
            await until(lambda: slow.asked_at)
            log.clock.advance(5)
            await asyncio.sleep(0.001)
        assert 1 == len(slow.asked_at)
        await log.append(record(1, event="Seen"))
        reader.wake()
        await counted_up_to(reader, 1, clock=log.clock)


async def test_a_damaged_file_stops_the_view_only_and_it_comes_back_by_itself(log, path):
    path.write_bytes(b"this is no database at all" * 100)
    await log.append(record(1, event="Seen"))
    async with reading(path, log) as reader:
        await until(lambda: is_resting(log.clock), what="the pause after the failure")
        assert 0 == await reader.cursor()
        path.unlink()
        log.clock.advance(SchemaLimits().rest_after_failure_seconds)
        await counted_up_to(reader, 1, clock=log.clock)

    assert {("web", "track", "Seen"): 1} == counts(await schema_of(path))


async def test_a_save_that_fails_moves_no_cursor_and_counts_nothing_twice(log, path):
    await seen(path, log, record(1, event="Seen"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TRIGGER full BEFORE INSERT ON progress BEGIN SELECT RAISE(ABORT, 'full'); END")
    await log.append(record(2, event="Seen"))
    async with reading(path, log) as reader:
        await until(lambda: is_resting(log.clock), what="the pause after the failure")
        assert 1 == await reader.cursor()
        assert {("web", "track", "Seen"): 1} == counts(await schema_of(path))
        other.execute("DROP TRIGGER full")
        other.close()
        log.clock.advance(SchemaLimits().rest_after_failure_seconds)
        await counted_up_to(reader, 2, clock=log.clock)

    assert {("web", "track", "Seen"): 2} == counts(await schema_of(path))


async def test_without_a_file_the_view_is_empty(path):
    schema = await schema_of(path)

    assert ([], 0) == (schema.events, schema.progress.cursor)
    assert not path.exists()


async def test_one_source_and_one_event_can_be_asked_for(log, path):
    await seen(path, log, record(1, event="A"), record(2, event="B"), record(3, event="A", source="app"))

    assert {("web", "track", "A"): 1} == counts(await schema_of(path, source_id="web", event="A"))


def test_refuses_a_file_of_a_newer_release(path):
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {live_tables.VERSION + 1}")
    connection.close()

    with pytest.raises(NewerSchemaViewError):
        live_tables.open_for_writing(path)


async def test_kill_9_at_random_moments_counts_every_event_exactly_once(log, path):
    chance = random.Random(20261123)
    # The process lives in the machine's time, and keeps no volume of 1970.
    now_ms = max(epoch_ms(START), epoch_ms(SystemClock().now()))
    records = [record(n, at_ms=now_ms, event=f"e{n % 7}", properties={f"p{n % 5}": n}) for n in range(1, FLOOD + 1)]
    await log.append(*records)
    script = Path(__file__).with_name("schema_process.py")
    saved = 0
    for _ in range(KILLS):
        process = await asyncio.create_subprocess_exec(sys.executable, script, path.parent)
        goal = saved + chance.randrange(1, FLOOD // KILLS)

        async def is_past(goal=goal):
            return (await schema_of(path)).progress.cursor >= goal

        try:
            await until(is_past, what=f"{goal} records counted")
        finally:
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
        schema = await schema_of(path)
        saved = schema.progress.cursor
        assert saved == sum(one.count for one in schema.events)
    schema = await seen(path, log)

    assert {("web", "track", f"e{n}"): len(range(n or 7, FLOOD + 1, 7)) for n in range(7)} == counts(schema)
    assert FLOOD == sum(prop.count for event in schema.events for prop in event.properties)
    for step_seconds in (periods.MINUTE, periods.HOUR):
        period = periods.period(since_ms=now_ms, until_ms=now_ms + 1, step_seconds=step_seconds)
        assert {"web": {"track": [FLOOD]}} == await volume_of(path, period)
