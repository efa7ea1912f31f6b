"""Whatever is in retention can be traced (DESIGN decision 5), be it two events of one id in one segment."""

from datetime import UTC, datetime

from contracts.event_log import record
from headwater.core.clock import ManualClock, epoch_ms
from headwater.log.log_limits import LogLimits
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter

WINDOW_SECONDS = 60


async def test_an_id_stored_again_after_the_window_is_found_twice_from_the_file_too(tmp_path):
    clock = ManualClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
    limits = LogLimits(dedupe_window_ms=WINDOW_SECONDS * 1_000)
    log = SqliteLogWriter(tmp_path / "log", clock=clock, limits=limits)
    for _ in range(2):
        await log.append([record("m1", received_at_ms=epoch_ms(clock.now()))])
        clock.advance(2 * WINDOW_SECONDS)
    await log.close()  # which moves the index from memory to its file
    reader = SqliteLogReader(tmp_path / "log")
    found = [stored.offset for stored in await reader.find("m1")]
    reader.close()

    assert [1, 2] == found
