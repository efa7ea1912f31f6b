"""What the settings say of the log is what the log does: read from the rooms that the composition root builds."""

from contextlib import asynccontextmanager

import pytest

from contracts.event_log import record
from fresh_rooms import fresh_rooms
from headwater.core.clock import epoch_ms
from headwater.log.log_limits import LogLimits, RetentionLimits

SECOND_MS = 1_000
DAY_MS = 24 * 60 * 60 * SECOND_MS
GIGABYTE = 10**9


@asynccontextmanager
async def rooms_with(tmp_path, **said):
    async with fresh_rooms(tmp_path, **{f"HEADWATER_{name.upper()}": text for name, text in said.items()}) as built:
        yield built


async def limits_with(tmp_path, **said):
    async with rooms_with(tmp_path, **said) as rooms:
        return rooms.retention._limits, rooms.log._writer._limits


AGE, EVENTS, SIZE = (DAY_MS * 90, 10**8, None)
SAID = [
    ({}, RetentionLimits(age_ms=AGE, events=EVENTS, size_bytes=SIZE)),
    ({"log_retention_age": "36h"}, RetentionLimits(age_ms=DAY_MS * 3 // 2, events=EVENTS, size_bytes=SIZE)),
    ({"log_retention_age": "0"}, RetentionLimits(age_ms=None, events=EVENTS, size_bytes=SIZE)),
    ({"log_retention_events": "5000"}, RetentionLimits(age_ms=AGE, events=5_000, size_bytes=SIZE)),
    ({"log_retention_events": "0"}, RetentionLimits(age_ms=AGE, events=None, size_bytes=SIZE)),
    ({"log_retention_size": "20GB"}, RetentionLimits(age_ms=AGE, events=EVENTS, size_bytes=20 * GIGABYTE)),
]


@pytest.mark.parametrize(("said", "expected"), SAID, ids=[str(said) for said, _ in SAID])
async def test_the_log_keeps_as_long_as_much_and_as_many_as_it_was_told(tmp_path, said, expected):
    assert expected == (await limits_with(tmp_path, **said))[0]


async def test_its_segments_are_small_enough_for_a_short_retention_to_be_felt(tmp_path):
    _, log = await limits_with(
        tmp_path, log_retention_age="10m", log_retention_events="5000", log_retention_size="2GB", dedupe_window="90s"
    )

    assert (60 * SECOND_MS, 500, GIGABYTE // 5) == (log.segment_age_ms, log.segment_records, log.segment_bytes)
    assert 90 * SECOND_MS == log.dedupe_window_ms


async def test_without_a_word_a_repetition_is_known_for_a_day(tmp_path):
    _, log = await limits_with(tmp_path)

    assert DAY_MS == log.dedupe_window_ms == LogLimits().dedupe_window_ms


async def test_a_trim_removes_the_files_of_what_the_settings_no_longer_keep(tmp_path):
    async with rooms_with(tmp_path, log_retention_events="1") as rooms:
        for number in range(3):
            await rooms.log.append([record(f"m{number}", received_at_ms=epoch_ms(rooms.clock.now()))])
        before = sorted(path.name for path in rooms.folder.log.glob("0*.db"))
        trimmed = await rooms.retention.trim(overtake=True)
        after = sorted(path.name for path in rooms.folder.log.glob("0*.db"))

    assert ["00000001.db", "00000002.db", "00000003.db"] == before
    assert (2, ["00000003.db"]) == (trimmed.events, after)
