"""A tail shows each event as it comes, bounds what watching costs, and says what it could not show."""

import asyncio

import pytest
from live_stage import DEADLINE_SECONDS, is_resting, open_log, record, until

from headwater.core.event import ACTIONS_SOURCE
from headwater.live import newest as newest_module
from headwater.live.newest import newest
from headwater.live.tail import Missed, Quiet, Tail, TailLimits, TooManyTailsError
from headwater.live.wish import Wish
from headwater.log.event_log import Searched


@pytest.fixture
async def log(tmp_path):
    async with open_log(tmp_path / "log") as opened:
        yield opened


def a_tail(log, **limits):
    tail = Tail(reader=log.reader, clock=log.clock, limits=TailLimits(**limits))
    log.writer.on_append(lambda _newest: tail.wake())
    return tail


class Follower:
    """Follows in the background, while time passes, and keeps what it saw."""

    def __init__(self, tail, clock, *, after=0, source_id=None, who="ada"):
        self.sights = tail.follow(after=after, source_id=source_id, who=who)
        self.saw = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._clock = clock
        self.task = asyncio.create_task(self._run())

    async def _run(self):
        async for sight in self.sights:
            self.saw.append(sight)
            await self.gate.wait()

    @property
    def ids(self):
        return [one.record.message_id for one in self.saw if not isinstance(one, Missed | Quiet)]

    @property
    def missed(self):
        return [one.count for one in self.saw if isinstance(one, Missed)]

    async def until(self, condition):
        def is_so():
            self._clock.advance(0.02)
            return condition(self)

        await until(is_so, what="what the follower was to see")

    async def leave(self):
        self.task.cancel()
        await asyncio.wait([self.task])
        await self.sights.aclose()


async def test_shows_each_event_as_it_comes_in_order(log):
    await log.append(record(1))
    follower = Follower(a_tail(log), log.clock, after=1)
    for number in (2, 3, 4):
        await log.append(record(number))
        await follower.until(lambda one, number=number: one.ids[-1:] == [f"m{number}"])

    assert ["m2", "m3", "m4"] == follower.ids
    await follower.leave()


async def test_shows_neither_other_sources_nor_queued_actions(log):
    everything, web = (Follower(tail, log.clock, source_id=one) for tail in [a_tail(log)] for one in (None, "web"))
    await log.append(record(1), record(2, source="app"), record(3, source=ACTIONS_SOURCE, type="action"), record(4))
    await everything.until(lambda one: len(one.ids) == 3)
    await web.until(lambda one: len(one.ids) == 2)

    assert ["m1", "m2", "m4"] == everything.ids
    assert ["m1", "m4"] == web.ids
    await everything.leave()
    await web.leave()


async def test_mallory_takes_no_places_but_her_own(log):
    tail = a_tail(log, tails=3, tails_each=2)
    hers = [Follower(tail, log.clock, who="mallory") for _ in range(2)]
    await until(lambda: tail.followers == 2)

    with pytest.raises(TooManyTailsError, match="2 tails of yours are open"):
        await anext(tail.follow(after=0, source_id=None, who="mallory"))
    ada = tail.follow(after=0, source_id=None, who="ada")
    assert Quiet() == await anext(ada)
    await ada.aclose()
    await hers[0].leave()
    again = tail.follow(after=0, source_id=None, who="mallory")
    assert Quiet() == await anext(again)
    await again.aclose()
    await hers[1].leave()
    assert 0 == tail.followers


async def test_a_flood_of_tails_is_refused_and_one_that_left_makes_room(log):
    tail = a_tail(log, tails=2)
    first, second = Follower(tail, log.clock), Follower(tail, log.clock)
    await until(lambda: tail.followers == 2)

    with pytest.raises(TooManyTailsError):
        await anext(tail.follow(after=0, source_id=None, who="ada"))
    await first.leave()
    third = tail.follow(after=0, source_id=None, who="ada")
    assert Quiet() == await anext(third)
    await third.aclose()
    await second.leave()
    assert 0 == tail.followers


async def test_a_tail_that_was_dropped_without_a_word_takes_no_place(log):
    tail = a_tail(log)
    sights = tail.follow(after=0, source_id=None, who="ada")
    await anext(sights)
    del sights

    await until(lambda: tail.followers == 0, what="the dropped tail's place")


async def test_a_slow_reader_is_told_how_many_it_missed_and_all_of_them_add_up(log):
    follower = Follower(a_tail(log, records_per_read=5, records_behind=20), log.clock)
    follower.gate.clear()
    await log.append(*(record(n) for n in range(1, 101)))
    follower.gate.set()
    await follower.until(lambda one: "m100" in one.ids)

    assert [90] == follower.missed
    assert 100 == len(follower.ids) + sum(follower.missed)
    assert sorted(follower.ids, key=lambda one: int(one[1:])) == follower.ids
    await follower.leave()


async def test_who_is_a_little_behind_misses_nothing(log):
    await log.append(*(record(n) for n in range(1, 20)))
    follower = Follower(a_tail(log, records_per_read=5, records_behind=20), log.clock)
    await follower.until(lambda one: len(one.ids) == 19)

    assert [] == follower.missed
    await follower.leave()


class Forgetful:
    """A real log's reader whose oldest records are gone."""

    def __init__(self, reader, *, oldest):
        self._reader, self._oldest = reader, oldest

    async def read(self, *, after, limit):
        return await self._reader.read(after=max(after, self._oldest - 1), limit=limit)

    async def search(self, *, after, **what):
        found = await self._reader.search(after=after, **what)
        return Searched(records=[one for one in found.records if one.offset >= self._oldest], after=found.after)

    async def head(self):
        return await self._reader.head()


async def test_says_how_many_records_retention_took_from_under_it(log):
    await log.append(*(record(n) for n in range(1, 6)))
    tail = Tail(reader=Forgetful(log.reader, oldest=4), clock=log.clock)
    follower = Follower(tail, log.clock)
    await follower.until(lambda one: len(one.ids) == 2)

    assert (["m4", "m5"], [3]) == (follower.ids, follower.missed)
    await follower.leave()


class Counting:
    """A real log's reader that counts how often it is asked."""

    def __init__(self, reader):
        self._reader, self.reads = reader, 0

    async def read(self, *, after, limit):
        self.reads += 1
        return await self._reader.read(after=after, limit=limit)

    async def head(self):
        return await self._reader.head()


async def test_a_burst_of_appends_is_no_burst_of_reads(log):
    counting = Counting(log.reader)
    tail = Tail(reader=counting, clock=log.clock, limits=TailLimits(rest_per_tail_seconds=1.0))
    sights = tail.follow(after=0, source_id=None, who="ada")
    await anext(sights)
    following = asyncio.ensure_future(anext(sights))
    await until(lambda: is_resting(log.clock))  # it has read, and waits for more
    await log.append(record(1))
    tail.wake()
    await until(lambda: is_resting(log.clock))
    for number in range(2, 30):
        await log.append(record(number))
        tail.wake()

    assert counting.reads == 1
    log.clock.advance(1)
    await asyncio.wait_for(following, DEADLINE_SECONDS)
    assert counting.reads == 2
    await sights.aclose()


async def test_says_that_it_is_still_there_although_only_others_events_come(log):
    follower = Follower(a_tail(log, quiet_seconds=15.0), log.clock, source_id="nobody")
    await until(lambda: len(follower.saw) == 1)  # the first word of every tail
    for number in range(1, 8):
        log.clock.advance(2)
        await log.append(record(number))
    assert [Quiet()] == follower.saw
    await follower.until(lambda one: len(one.saw) == 2)

    assert [Quiet(), Quiet()] == follower.saw
    assert log.clock.monotonic() >= 15
    await follower.leave()


async def test_close_ends_every_tail_now_and_from_now_on(log):
    tail = a_tail(log)
    follower = Follower(tail, log.clock)
    await until(lambda: tail.followers == 1)
    tail.close()
    await follower.until(lambda one: one.task.done())

    assert 0 == tail.followers
    assert [Quiet()] == [one async for one in tail.follow(after=0, source_id=None, who="ada")]


async def test_the_newest_events_come_newest_first_over_many_steps(log, monkeypatch):
    monkeypatch.setattr(newest_module, "FIRST_STEP", 7)
    await log.append(*(record(n, source="web" if n % 2 else "app") for n in range(1, 41)))
    found = await newest(log.reader, limit=12, source_id="app")

    assert [f"m{n}" for n in range(40, 16, -2)] == [one.record.message_id for one in found.events]
    assert not found.is_cut


async def test_a_search_through_the_log_ends_and_says_so(log):
    await log.append(*(record(n, source="old" if n == 1 else "web") for n in range(1, 31)))

    found = await newest(log.reader, limit=5, source_id="old", most=10)
    assert ([], 10, True, 30) == (found.events, found.scanned, found.is_cut, found.head)
    enough = await newest(log.reader, limit=5, most=10)
    assert (5, False) == (len(enough.events), enough.is_cut)


async def test_the_newest_events_of_an_empty_or_shortened_log(log, monkeypatch):
    monkeypatch.setattr(newest_module, "FIRST_STEP", 2)
    assert [] == (await newest(log.reader, limit=5)).events
    await log.append(*(record(n) for n in range(1, 11)))
    found = await newest(Forgetful(log.reader, oldest=9), limit=5)

    assert ["m10", "m9"] == [one.record.message_id for one in found.events]
    assert not found.is_cut


async def test_those_wanted_can_be_asked_for_and_actions_are_never_shown(log):
    await log.append(record(1, type="page"), record(2), record(3, source=ACTIONS_SOURCE, type="action"))
    pages = await newest(log.reader, limit=5, is_wanted=Wish(type="page").fits)

    assert ["m2", "m1"] == [one.record.message_id for one in (await newest(log.reader, limit=5)).events]
    assert ["m1"] == [one.record.message_id for one in pages.events]


async def test_a_page_of_the_newest_goes_on_below_the_last_one(log):
    await log.append(*(record(n) for n in range(1, 6)))
    first = (await newest(log.reader, limit=2)).events
    second = (await newest(log.reader, limit=2, before=first[-1].offset)).events

    assert ["m5", "m4", "m3", "m2"] == [one.record.message_id for one in (*first, *second)]
    assert [] == (await newest(log.reader, limit=2, before=1)).events
