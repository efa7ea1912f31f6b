"""What was dropped is counted, shown by its beginning, and not forgotten while core.db can't be written."""

import asyncio

import pytest
from collecting import NOW

from headwater.collect.tally import FLUSH_SECONDS, PAUSE_SECONDS, SAMPLE_CHARACTERS, Tally
from headwater.core.clock import ManualClock, epoch_ms
from headwater.store.errors import DatabaseError
from headwater.workspace.rejections import Rejection

START_MS = epoch_ms(NOW)
PATIENCE_SECONDS = 5.0


class Shelf:
    """Where counts are saved; `is_full` is a disk that takes nothing."""

    def __init__(self) -> None:
        self.saved: list[list[Rejection]] = []
        self.refusals = 0
        self.is_full = False

    async def save(self, counted) -> None:
        if self.is_full:
            self.refusals += 1
            raise DatabaseError
        self.saved.append(list(counted))


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def clock():
    return ManualClock(NOW)


@pytest.fixture
async def tally(shelf, clock):
    tally = Tally(shelf.save, clock=clock)
    yield tally
    if tally._flushing:
        tally._flushing.cancel()


async def until(is_so, *, clock, step_seconds):
    """Let time pass in steps until `is_so`."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():
            await asyncio.sleep(0)
            clock.advance(step_seconds)


def rejection(**changes):
    usual = {"source_id": "s", "code": "bad", "count": 1, "sample": "{}"}
    return Rejection(**{**usual, "first_at_ms": START_MS, "last_at_ms": START_MS, **changes})


async def test_one_row_says_when_it_began_when_it_was_last_and_what_came_last(tally, shelf, clock):
    tally.count(source_id="s", code="bad", sample="the first")
    clock.advance(0.02)
    tally.count(source_id="s", code="bad", sample="another", times=3)
    clock.advance(0.03)
    tally.count(source_id="s", code="bad", sample="the last")
    await tally.flush()

    assert [[rejection(count=5, last_at_ms=START_MS + 50, sample="the last")]] == shelf.saved


async def test_a_source_and_a_reason_of_its_own_have_rows_of_their_own(tally, shelf):
    for source_id, code in [("s", "bad"), ("s", "worse"), ("t", "bad"), ("s", "bad")]:
        tally.count(source_id=source_id, code=code, sample="{}")
    await tally.flush()

    (rows,) = shelf.saved
    assert {("s", "bad"): 2, ("s", "worse"): 1, ("t", "bad"): 1} == {
        (row.source_id, row.code): row.count for row in rows
    }


async def test_an_endless_event_leaves_its_first_500_characters(tally, shelf):
    text = "".join(chr(ord("a") + number % 26) for number in range(5_000))
    tally.count(source_id="s", code="bad", sample=text)
    await tally.flush()

    ((row,),) = shelf.saved
    assert (500, text[:500]) == (SAMPLE_CHARACTERS, row.sample)


async def test_what_the_event_was_is_kept_to_be_recognised(bench):
    await bench.post("track", {"userId": "ada", "messageId": "m1", "properties": {"x": "y" * 1_000}})
    await bench.tally.flush()

    (row,) = bench.saved
    assert 500 == len(row.sample)
    assert row.sample.startswith('{"userId":"ada","messageId":"m1","properties":{"x":"yyy')


async def test_counts_are_written_behind_in_a_tenth_of_a_second_and_then_no_more(tally, shelf, clock):
    tally.count(source_id="s", code="bad", sample="{}")
    await asyncio.sleep(0)
    clock.advance(FLUSH_SECONDS)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await tally._flushing

    assert 0.1 == FLUSH_SECONDS
    assert [[rejection()]] == shelf.saved


async def test_a_disk_that_is_full_for_a_while_costs_no_count(tally, shelf, clock):
    shelf.is_full = True
    tally.count(source_id="s", code="bad", sample="before", times=2)
    tally.count(source_id="s", code="alone", sample="alone")
    await until(lambda: shelf.refusals == 1, clock=clock, step_seconds=FLUSH_SECONDS)
    at_ms = epoch_ms(clock.now())
    tally.count(source_id="s", code="bad", sample="meanwhile", times=3)
    await until(lambda: shelf.refusals == 3, clock=clock, step_seconds=PAUSE_SECONDS)
    shelf.is_full = False
    await until(tally._flushing.done, clock=clock, step_seconds=PAUSE_SECONDS)

    (rows,) = shelf.saved
    assert {"bad", "alone"} == {row.code for row in rows}
    assert rejection(count=5, last_at_ms=at_ms, sample="meanwhile") in rows
    assert rejection(code="alone", sample="alone") in rows


async def test_what_comes_while_a_failing_save_is_under_way_is_added_to_what_failed(tally, shelf, clock):
    """The save that fails takes its time: what is dropped meanwhile is newer, and neither count replaces the other."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow_and_failing(_counted):
        begun.set()
        await go_on.wait()
        raise DatabaseError

    tally._save = slow_and_failing
    tally.count(source_id="s", code="bad", sample="older", times=2)
    flushing = asyncio.create_task(tally.flush())
    await begun.wait()
    clock.advance(0.01)
    tally.count(source_id="s", code="bad", sample="newer", times=3)
    go_on.set()
    with pytest.raises(DatabaseError):
        await flushing
    tally._save = shelf.save
    await tally.flush()

    assert [[rejection(count=5, last_at_ms=START_MS + 10, sample="newer")]] == shelf.saved
