"""The outbox reaches the log once, whatever dies in between."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from contracts.event_log import record
from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.log import outbox
from headwater.log import relay as relays
from headwater.log.relay import BATCH, Relay
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.store import tables


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
async def database(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    yield database
    database.close()


@pytest.fixture
async def log(tmp_path, clock):
    async with open_log(tmp_path, clock) as opened:
        yield opened


@asynccontextmanager
async def open_log(tmp_path, clock):
    writer = SqliteLogWriter(tmp_path / "log", clock=clock)
    reader = SqliteLogReader(tmp_path / "log")
    yield writer, reader
    reader.close()
    await writer.close()


async def stored(reader):
    return [one.record.message_id for one in await reader.read(after=0, limit=10_000)]


async def left(database):
    rows = await database.read(lambda connection: connection.execute(select(tables.outbox)).all())
    return len(rows)


async def test_what_is_enqueued_reaches_the_log_in_order_and_leaves_the_outbox(database, log, clock):
    writer, reader = log
    records = [record(f"m{n}") for n in range(3)]
    await database.write(lambda connection: outbox.enqueue(connection, records))
    await Relay(database, writer, clock=clock).move_batch()

    assert ["m0", "m1", "m2"] == await stored(reader)
    assert 0 == await left(database)


async def test_a_crash_after_the_append_and_before_the_emptying_doubles_nothing_even_a_week_later(
    database, tmp_path, clock, monkeypatch
):
    await database.write(lambda connection: outbox.enqueue(connection, [record("m1"), record("m2")]))
    async with open_log(tmp_path, clock) as (writer, _reader):
        with monkeypatch.context() as patch:
            patch.setattr(outbox, "remove_through", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await Relay(database, writer, clock=clock).move_batch()
    clock.advance(7 * 24 * 3600)  # far beyond the deduplication window
    async with open_log(tmp_path, clock) as (writer, reader):
        await database.write(lambda connection: outbox.enqueue(connection, [record("m3")]))
        await Relay(database, writer, clock=clock).move_batch()

        assert ["m1", "m2", "m3"] == await stored(reader)
        assert 0 == await left(database)


async def test_tells_where_in_the_log_each_record_went(database, log, clock):
    writer, _reader = log
    relay, told = Relay(database, writer, clock=clock), []
    relay.on_move(lambda moved: told.extend((one.record.message_id, one.offset) for one in moved))
    await database.write(lambda connection: outbox.enqueue(connection, [record("m1"), record("m2")]))
    await relay.move_batch()
    await database.write(lambda connection: outbox.enqueue(connection, [record("m3")]))
    await relay.move_batch()

    assert [("m1", 1), ("m2", 2), ("m3", 3)] == told


async def test_a_long_outbox_is_moved_batch_by_batch(database, log, clock):
    writer, reader = log
    records = [record(f"m{n}") for n in range(BATCH + 1)]
    await database.write(lambda connection: outbox.enqueue(connection, records))
    relay = Relay(database, writer, clock=clock)
    more = [await relay.move_batch(), await relay.move_batch(), await relay.move_batch()]

    assert [True, False, False] == more
    assert BATCH + 1 == len(await stored(reader))


async def test_nothing_moves_while_a_backup_holds_the_relay_and_then_it_does(database, log, clock):
    writer, reader = log
    relay = Relay(database, writer, clock=clock)
    await database.write(lambda connection: outbox.enqueue(connection, [record("m1")]))
    async with relay.held():
        moving = asyncio.create_task(relay.move_batch())
        await writer.append([record("tracked")])
        assert ["tracked"] == await stored(reader)
        assert 1 == await left(database)

    await moving
    assert ["tracked", "m1"] == await stored(reader)


async def test_held_records_do_not_move_until_released_and_dropped_ones_never(database, log, clock):
    writer, reader = log
    relay = Relay(database, writer, clock=clock)
    await database.write(lambda connection: outbox.hold(connection, [record("m1"), record("m2"), record("m3")]))
    await relay.move_batch()
    before = await stored(reader)
    await database.write(lambda connection: outbox.drop_held(connection, ["m1"]))
    await database.write(lambda connection: outbox.release_held(connection, ["m2"]))
    await relay.move_batch()
    between = await stored(reader)
    released = await database.write(outbox.release_held)
    await relay.move_batch()

    assert ([], ["m2"], 1) == (before, between, released)
    assert ["m2", "m3"] == await stored(reader)


async def test_a_release_behind_the_relays_position_is_not_overlooked(database, log, clock):
    writer, reader = log
    relay = Relay(database, writer, clock=clock)
    await database.write(lambda connection: outbox.hold(connection, [record("held")]))
    await database.write(lambda connection: outbox.enqueue(connection, [record("m1"), record("m2")]))
    await relay.move_batch()
    await database.write(outbox.release_held)
    await relay.move_batch()

    assert ["m1", "m2", "held"] == await stored(reader)


async def test_a_failing_database_pauses_the_relay_and_it_goes_on_by_itself(database, log, clock, monkeypatch):
    writer, reader = log
    relay = Relay(database, writer, clock=clock)
    failures = iter([True])

    def waiting(connection, *, limit, original=outbox.waiting):
        if next(failures, False):
            raise OperationalError("SELECT", {}, Exception("database or disk is full"))
        return original(connection, limit=limit)

    monkeypatch.setattr(outbox, "waiting", waiting)
    await database.write(lambda connection: outbox.enqueue(connection, [record("m1")]))
    running = asyncio.create_task(relay.run())
    try:
        async with asyncio.timeout(5):
            while not await stored(reader):
                clock.advance(1)
    finally:
        running.cancel()

    assert ["m1"] == await stored(reader)


@pytest.mark.parametrize(
    ("since_last_seconds", "expected_seconds"),
    [(float("inf"), relays.LINGER_SECONDS), (0.0, relays.SECONDS_APART), (0.04, relays.SECONDS_APART - 0.04)],
    ids=["at rest", "in a crowd", "after a crowd"],
)
def test_batches_of_a_crowd_stay_apart_and_who_comes_alone_waits_but_a_moment(since_last_seconds, expected_seconds):
    assert expected_seconds == relays.linger_seconds(since_last_seconds=since_last_seconds)
