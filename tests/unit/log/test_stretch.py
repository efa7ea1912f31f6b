"""Stretches of the log: all that was received in some time lies in them, whatever came late."""

from datetime import UTC, datetime

import pytest

from headwater.core.clock import ManualClock
from headwater.core.event import IDENTITY_SOURCE, Record
from headwater.log import stretch
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.log.stretch import RELAYED_LATER

MINUTE_MS = 60_000
COUNT = 3_000


@pytest.fixture
async def log(tmp_path):
    writer = SqliteLogWriter(tmp_path / "log", clock=ManualClock(datetime(2026, 11, 23, tzinfo=UTC)))
    reader = SqliteLogReader(tmp_path / "log")
    yield writer, reader
    reader.close()
    await writer.close()


def received(minute, number, *, source="web"):
    return Record(
        source=source, message_id=f"{source}{number}", type="track", body=b"{}", received_at_ms=minute * MINUTE_MS
    )


async def test_it_holds_what_was_received_then_and_not_the_whole_log(log):
    writer, reader = log
    await writer.append([received(number, number) for number in range(COUNT)])  # offset = minute + 1
    after, _ = await stretch.stretch(reader, since_ms=2_000 * MINUTE_MS, until_ms=2_100 * MINUTE_MS)

    assert 2_000 - 300 < after <= 2_000


async def test_it_ends_soon_after_the_time(log):
    writer, reader = log
    for start in range(0, 10 * COUNT, COUNT):
        await writer.append([received(number, number) for number in range(start, start + COUNT)])
    _, up_to = await stretch.stretch(reader, since_ms=0, until_ms=2_100 * MINUTE_MS)

    assert 2_100 <= up_to <= 2_100 + RELAYED_LATER + 300 < 10 * COUNT


async def test_calls_that_overtook_each_other_are_in_it(log):
    writer, reader = log
    jitter = [received(number + (5 if number % 2 else -4), number) for number in range(4, COUNT)]
    await writer.append(jitter)
    since, until = 2_000 * MINUTE_MS, 2_100 * MINUTE_MS
    after, up_to = await stretch.stretch(reader, since_ms=since, until_ms=until)
    wanted = [offset for offset, one in enumerate(jitter, 1) if since <= one.received_at_ms < until]

    assert after < min(wanted)
    assert max(wanted) <= up_to


async def test_what_the_relay_brought_a_day_late_misleads_nobody(log):
    writer, reader = log
    early = [received(number, number) for number in range(1_000)]
    relayed = [received(10, number, source=IDENTITY_SOURCE) for number in range(1_000)]
    late = [received(2_440 + number, number + 1_000) for number in range(1_000)]
    await writer.append([*early, *relayed, *late])
    of_the_gap = await stretch.stretch(reader, since_ms=9 * MINUTE_MS, until_ms=11 * MINUTE_MS)
    after_it = await stretch.stretch(reader, since_ms=2_500 * MINUTE_MS, until_ms=3_000 * MINUTE_MS)

    assert of_the_gap[0] < 10
    assert of_the_gap[1] >= 2_000
    assert 1_000 <= after_it[0] <= 2_060


async def test_an_empty_log_has_an_empty_one(log):
    _, reader = log

    assert (0, 0) == await stretch.stretch(reader, since_ms=0, until_ms=MINUTE_MS)
