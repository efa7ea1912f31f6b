"""Where a new destination may start: any point of the log that is still there, and no other."""

from datetime import UTC, datetime

import pytest

from headwater.core.clock import ManualClock, epoch_ms
from headwater.core.event import Record
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.log.starts import BadStartError, Oldest, Starts

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOON_MS = epoch_ms(NOON)


@pytest.fixture
async def log(tmp_path):
    """Five events, received a minute apart from noon on; it is now one o'clock."""
    clock = ManualClock(NOON)
    writer, reader = SqliteLogWriter(tmp_path, clock=clock), SqliteLogReader(tmp_path)
    for number in range(5):
        at_ms = NOON_MS + number * 60_000
        await writer.append(
            [Record(source="s", message_id=f"m{number}", type="track", body=b"{}", received_at_ms=at_ms)]
        )
    clock.advance(3_600)
    yield writer, reader, clock
    reader.close()
    await writer.close()


def starts(log, *, oldest=None):
    writer, reader, clock = log
    known = oldest or Oldest(offset=1, at_ms=NOON_MS, is_first=True)
    return Starts(reader=reader, clock=clock, oldest=lambda: known, newest_offset=lambda: writer.newest_offset)


@pytest.mark.parametrize(
    ("start", "above"),
    [
        ("now", None),
        ("beginning", 0),
        ({"offset": 1}, 0),
        ({"offset": 3}, 2),
        ({"offset": 6}, 5),  # the next event
        ({"at": "2026-11-23T12:02:00Z"}, 2),
        ({"at": "2026-11-23T13:02:00.001+01:00"}, 3),
        ({"at": "2026-11-23T11:00:00Z"}, 0),  # nothing came before, and nothing was forgotten
        ({"at": "2026-11-23T12:30:00Z"}, 5),
    ],
)
async def test_starts_at_any_point_of_the_log(log, start, above):
    assert above == await starts(log).offset_before(start)


async def test_starts_at_a_moment_in_an_empty_log(tmp_path):
    clock = ManualClock(NOON)
    writer, reader = SqliteLogWriter(tmp_path, clock=clock), SqliteLogReader(tmp_path)
    found = await starts((writer, reader, clock)).offset_before({"at": "2026-11-23T11:00:00Z"})
    reader.close()
    await writer.close()

    assert found == 0


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ({"offset": 0}, "The log has the offsets 1 to 5; 0 is not among them."),
        ({"offset": 7}, "7 is not among them"),
        ({"offset": True}, '`start` is "now", "beginning"'),
        ("tomorrow", '`start` is "now", "beginning"'),
        (None, '`start` is "now", "beginning"'),
        ({"at": "2026-11-23T13:00:00.001Z"}, "has not come yet"),
        ({"at": "2026-11-23T12:00:00"}, "has no zone"),
        ({"at": "noon"}, "'noon' is no moment such as"),
        ({"at": "2026-11-23T12:00:00Z", "offset": 1}, '`start` is "now", "beginning"'),
    ],
)
async def test_refuses_to_start_where_the_log_is_not(log, start, expected):
    with pytest.raises(BadStartError) as caught:
        await starts(log).offset_before(start)

    assert expected in caught.value.message


async def test_refuses_what_the_log_has_forgotten_and_says_since_when_it_has_all(log):
    trimmed = starts(log, oldest=Oldest(offset=4, at_ms=NOON_MS + 180_000, is_first=False))
    for start, expected in (
        ({"at": "2026-11-23T12:02:59Z"}, "The log has events since 2026-11-23T12:03:00.000Z only"),
        ({"offset": 3}, "The log has the offsets 4 to 5"),
    ):
        with pytest.raises(BadStartError) as caught:
            await trimmed.offset_before(start)

        assert expected in caught.value.message
    assert (3, 3) == (
        await trimmed.offset_before("beginning"),
        await trimmed.offset_before({"at": "2026-11-23T12:03:00Z"}),
    )


async def test_what_the_relay_brings_late_does_not_hide_what_came_before_it(tmp_path):
    """A lifecycle event of the morning is appended at the end of a thousand calls of the afternoon."""
    clock = ManualClock(NOON)
    writer, reader = SqliteLogWriter(tmp_path, clock=clock), SqliteLogReader(tmp_path)
    calls = [
        Record(source="s", message_id=f"m{number}", type="track", body=b"{}", received_at_ms=NOON_MS + number * 1_000)
        for number in range(1_000)
    ]
    late = [
        Record(source="identity", message_id=f"l{number}", type="track", body=b"{}", received_at_ms=NOON_MS - 1)
        for number in range(3_000)
    ]
    await writer.append([*calls[:500], *late, *calls[500:]])
    clock.advance(3_600)
    found = starts((writer, reader, clock))

    assert 100 == await found.offset_before({"at": "2026-11-23T12:01:40Z"})
    assert 900 + 3_000 == await found.offset_before({"at": "2026-11-23T12:15:00Z"})
    reader.close()
    await writer.close()
