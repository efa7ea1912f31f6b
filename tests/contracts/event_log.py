"""The law every event log obeys. A suite passes an `opener`; SQLite is the first, NATS will be the second."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from headwater.core.event import Record
from headwater.log.event_log import Appender, Position, Reader

Opened = tuple[Appender, Reader]
Opener = Callable[..., AbstractAsyncContextManager[Opened]]
DAY_SECONDS = 24 * 60 * 60


def record(
    message_id: str, *, source: str = "website", body: bytes = b"{}", received_at_ms: int = 0, **more: Any
) -> Record:
    return Record(source=source, message_id=message_id, type="track", body=body, received_at_ms=received_at_ms, **more)


class EventLogContract:
    """Subclass it with an `opener` fixture: `opener(limits?)` gives (appender, reader), and `clock` a ManualClock."""

    async def test_what_was_appended_is_read_back_whole_and_in_order(self, opener, clock):
        now = int(clock.now().timestamp() * 1000)
        sent = [record(f"m{n}", body=b"%d" % n, received_at_ms=now, user_id="ada", via="x") for n in range(5)]
        async with opener() as (appender, reader):
            answers = await appender.append(sent)
            stored = await reader.read(after=0, limit=100)

        assert sent == [one.record for one in stored]
        assert [answer.offset for answer in answers] == [one.offset for one in stored]
        assert [1, 2, 3, 4, 5] == [one.offset for one in stored]

    async def test_reading_stops_at_the_limit_and_goes_on_after_an_offset(self, opener):
        async with opener() as (appender, reader):
            await appender.append([record(f"m{n}") for n in range(7)])
            first = await reader.read(after=0, limit=3)
            second = await reader.read(after=first[-1].offset, limit=100)
            beyond = await reader.read(after=second[-1].offset, limit=100)

        assert ["m0", "m1", "m2"] == [one.record.message_id for one in first]
        assert ["m3", "m4", "m5", "m6"] == [one.record.message_id for one in second]
        assert [] == beyond

    async def test_a_scan_gives_only_the_wanted_sources_and_says_how_far_it_looked(self, opener):
        async with opener() as (appender, reader):
            await appender.append([record(f"m{n}", source="ours" if n % 3 == 0 else "theirs") for n in range(10)])
            all_of_it = await reader.scan(after=0, limit=100, sources={"ours"})
            cut = await reader.scan(after=0, limit=2, sources={"ours"})
            rest = await reader.scan(after=cut.up_to, limit=2, sources={"ours"})
            nothing = await reader.scan(after=0, limit=100, sources={"nobody"})
            both = await reader.scan(after=8, limit=100, sources={"ours", "theirs"})

        assert [1, 4, 7, 10] == [one.offset for one in all_of_it.records]
        assert (10, True) == (all_of_it.up_to, all_of_it.is_end)
        assert ([1, 4], 4, False) == ([one.offset for one in cut.records], cut.up_to, cut.is_end)
        assert [7, 10] == [one.offset for one in rest.records]
        assert ([], 10, True) == (nothing.records, nothing.up_to, nothing.is_end)
        assert [9, 10] == [one.offset for one in both.records]

    async def test_a_scan_at_the_head_finds_nothing_and_stays_where_it_is(self, opener):
        async with opener() as (appender, reader):
            await appender.append([record("m1")])
            seen = await reader.scan(after=1, limit=5, sources={"website"})

        assert ([], 1, True) == (seen.records, seen.up_to, seen.is_end)

    async def test_the_head_is_zero_when_empty_and_the_newest_offset_otherwise(self, opener):
        async with opener() as (appender, reader):
            empty = await reader.head()
            await appender.append([record("m1"), record("m2")])
            full = await reader.head()

        assert (0, 2) == (empty, full)

    async def test_a_retry_is_stored_once_and_told_where_the_first_one_is(self, opener, clock):
        now = int(clock.now().timestamp() * 1000)
        async with opener() as (appender, reader):
            (first,) = await appender.append([record("m1", received_at_ms=now)])
            (again,) = await appender.append([record("m1", received_at_ms=now)])
            head = await reader.head()

        assert (first.offset, True) == (again.offset, again.is_duplicate)
        assert 1 == head

    async def test_twins_within_one_call_are_stored_once(self, opener, clock):
        now = int(clock.now().timestamp() * 1000)
        twins = [record("m0", received_at_ms=now), record("m1", received_at_ms=now), record("m1", received_at_ms=now)]
        async with opener() as (appender, reader):
            answers = await appender.append(twins)
            head = await reader.head()

        assert [False, False, True] == [answer.is_duplicate for answer in answers]
        assert answers[1].offset == answers[2].offset
        assert 2 == head

    async def test_one_message_id_from_two_sources_is_two_events(self, opener, clock):
        now = int(clock.now().timestamp() * 1000)
        async with opener() as (appender, reader):
            await appender.append([record("m1", source="web", received_at_ms=now)])
            await appender.append([record("m1", source="app", received_at_ms=now)])
            both = await reader.find("m1")
            one = await reader.find("m1", source="app")

        assert ["web", "app"] == [stored.record.source for stored in both]
        assert ["app"] == [stored.record.source for stored in one]

    async def test_after_the_window_the_same_id_is_a_new_event_and_both_are_found(self, opener, clock):
        async with opener() as (appender, reader):
            await appender.append([record("m1", received_at_ms=int(clock.now().timestamp() * 1000))])
            clock.advance(DAY_SECONDS + 1)
            (again,) = await appender.append([record("m1", received_at_ms=int(clock.now().timestamp() * 1000))])
            found = await reader.find("m1")

        assert not again.is_duplicate
        assert 2 == len(found)

    async def test_just_inside_the_window_it_is_still_a_duplicate_across_segments(self, opener, clock):
        async with opener() as (appender, _reader):
            clock.advance(DAY_SECONDS / 2)
            await appender.append([record("m1", received_at_ms=int(clock.now().timestamp() * 1000))])
            clock.advance(DAY_SECONDS - 1)
            await appender.append([record("other", received_at_ms=int(clock.now().timestamp() * 1000))])
            (again,) = await appender.append([record("m1", received_at_ms=int(clock.now().timestamp() * 1000))])

        assert again.is_duplicate

    async def test_a_position_is_kept_with_the_append_that_carried_it(self, opener):
        async with opener() as (appender, _reader):
            before = await appender.position("outbox")
            await appender.append([record("m1")], position=Position("outbox", 41))
            await appender.append([record("m2")], position=Position("outbox", 42))
            after = await appender.position("outbox")

        assert (0, 42) == (before, after)

    async def test_everything_is_there_after_reopening_and_offsets_go_on(self, opener, clock):
        now = int(clock.now().timestamp() * 1000)
        async with opener() as (appender, _reader):
            await appender.append([record("m1", received_at_ms=now)], position=Position("outbox", 7))
        async with opener() as (appender, reader):
            (again, fresh) = await appender.append([record("m1", received_at_ms=now), record("m2", received_at_ms=now)])
            position = await appender.position("outbox")
            stored = await reader.read(after=0, limit=10)

        assert again.is_duplicate
        assert (2, 7) == (fresh.offset, position)
        assert ["m1", "m2"] == [one.record.message_id for one in stored]

    async def test_many_at_once_are_all_stored_and_each_gets_its_own_answer(self, opener):
        async with opener() as (appender, reader):
            answers = await asyncio.gather(*(appender.append([record(f"m{n}")]) for n in range(300)))
            stored = await reader.read(after=0, limit=1000)

        by_offset = {one.offset: one.record.message_id for one in stored}
        assert [f"m{n}" for n in range(300)] == [by_offset[answer[0].offset] for answer in answers]

    async def test_a_closed_log_refuses_and_says_so(self, opener, refusal: Callable[[Awaitable[Any]], Awaitable[str]]):
        async with opener() as (appender, _reader):
            pass

        assert "log_closed" == await refusal(appender.append([record("m1")]))
