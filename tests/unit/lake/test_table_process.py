"""Tables made by a process of their own are the same tables; what goes wrong with it is heard of."""

import os
import signal
import subprocess
import sys

import pytest
from writing_stage import START_MS, Shore, record

from headwater.lake import table_orders, table_process, writable_lake
from headwater.lake.lake_lock import LakeBusyError, LakeLock
from headwater.lake.limits import WriteLimits
from headwater.lake.table_orders import Take
from headwater.lake.table_process import TableProcess, TablesFailedError
from headwater.lake.write_run import write

LIMITS = WriteLimits(events_for_two=1)
LINES = (
    b'{"offset":1,"source":"src_web","message_id":"m1","type":"track","received_at_ms":1,"event":{"type":"track"}}\n'
)


@pytest.fixture
def tables(tmp_path):
    process = TableProcess()
    process.make_in(tmp_path / "tables", now_ms=START_MS, limits=LIMITS, columns_of=lambda _: ())
    yield process
    process.close()


def kill(tables):
    os.kill(tables.pid, signal.SIGKILL)


def take(tables):
    tables.take(LINES, source="src_web", day=20_000, are_tracks=b"\1")


def take_for_ever(tables):
    while True:
        take(tables)


def log_of():
    """Return events of two days, tables, sources and kinds; one that comes twice; some with a type that changes."""
    tracks = [record(number, properties={"price": number if number % 7 else str(number)}) for number in range(300)]
    others = [
        record(number, type="identify", source="src_app", at_ms=START_MS + 86_400_000, traits={"plan": "free"})
        for number in range(300, 360)
    ]
    return [*tracks, *others, record(400, event="Signed Up"), record(5), record(6, message_id="again")]


async def test_makes_the_same_tables_in_the_same_run(tmp_path):
    alone = Shore(tmp_path / "alone", events_per_flush=100)
    by_two = Shore(tmp_path / "by_two", events_per_flush=100, events_for_two=1)
    for shore in (alone, by_two):
        await shore.append(*log_of())
        await shore.write()

    assert alone.tables() == by_two.tables()
    assert (alone.archived(), alone.archived(source="src_app")) == (
        by_two.archived(),
        by_two.archived(source="src_app"),
    )


async def test_goes_on_with_the_columns_that_there_are_and_makes_them_anew(tmp_path):
    shore = Shore(tmp_path, events_for_two=1)
    await shore.append(record(1, properties={"price": 1}))
    await shore.write()
    await shore.append(record(2, properties={"price": "two"}))
    await shore.write()
    assert [("1",), ("two",)] == shore.rows("order_completed", "price")
    await shore.write(rebuild=True)

    assert [("1",), ("two",)] == shore.rows("order_completed", "price")


def test_that_it_died_is_heard_of_by_who_waits(tables):
    take(tables)
    tables.begin()
    kill(tables)
    with pytest.raises(TablesFailedError, match="ended with -9"):
        tables.made()


def test_that_it_died_is_heard_of_by_who_has_more_for_it(tables):
    kill(tables)
    with pytest.raises(TablesFailedError, match="ended with -9"):
        take_for_ever(tables)


def test_what_could_not_be_written_is_heard_of(tables, tmp_path):
    (tmp_path / "tables").rmdir()
    take(tables)
    tables.begin()
    with pytest.raises(TablesFailedError, match="FileNotFoundError"):
        tables.made()


async def test_a_run_whose_tables_failed_says_so_and_the_next_goes_on(tmp_path):
    shore = Shore(tmp_path)
    await shore.append(record(1))
    dead = TableProcess()
    kill(dead)
    report = await write(shore.orders(), second=dead)

    assert (0, 0) == (report.cursor, report.events)
    assert "The process that makes tables ended with -9." == report.reason
    await shore.write()
    assert ["m1"] == shore.ids()


def test_who_writes_next_waits_for_its_end(tmp_path):
    lock = LakeLock(tmp_path)
    lock.hold()
    process = TableProcess(holding=[lock.descriptor])
    lock.close()
    after = LakeLock(tmp_path)
    with pytest.raises(LakeBusyError):
        after.hold()
    process.close()

    after.hold()
    after.close()


def test_is_worth_its_start_for_many_events_only():
    limits = WriteLimits()

    assert not table_process.is_worth_it(limits.events_for_two - 1, limits)
    assert ((os.cpu_count() or 1) > 1) == table_process.is_worth_it(limits.events_for_two, limits)


def test_what_could_not_even_be_told_is_no_part_of_what_was_made(tables, monkeypatch):
    tell = table_orders.tell

    def without_memory(to, order, lines=b""):
        if type(order) is Take:
            raise MemoryError("there is none for these")
        tell(to, order, lines)

    def take_and_begin():
        take(tables)
        tables.begin()
        tables.made()

    monkeypatch.setattr(table_orders, "tell", without_memory)
    with pytest.raises(MemoryError):
        take_and_begin()


ENDING = """
import threading
from concurrent.futures import ThreadPoolExecutor
from headwater.lake import table_making

def broken(orders, *, to):
    ThreadPoolExecutor(1).submit(threading.Event().wait)  # as whoever waits for room in a pipe that nobody reads
    raise RuntimeError("nobody foresaw this")

table_making.follow = broken
table_making.main()
"""


@pytest.mark.parametrize("stderr", [subprocess.PIPE, "nobody reads it"])
def test_ends_of_what_nobody_foresaw_whoever_still_waits(stderr):
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-c", ENDING],
        stdin=subprocess.DEVNULL,
        stderr=stderr if stderr == subprocess.PIPE else writing,
        timeout=30,
        check=False,
    )
    os.close(writing)

    assert 1 == ended.returncode
    assert stderr != subprocess.PIPE or b"nobody foresaw this" in ended.stderr


async def test_where_no_other_process_can_be_started_it_makes_them_itself(tmp_path, monkeypatch):
    def no_room(**_):
        raise BlockingIOError("there are too many processes")

    monkeypatch.setattr(writable_lake, "TableProcess", no_room)
    shore = Shore(tmp_path, events_for_two=1)
    await shore.append(record(1))
    await shore.write()

    assert ["m1"] == shore.ids()
