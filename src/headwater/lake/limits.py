"""How much the lake's writer takes at once, how long it waits, and when small files become large ones."""

import msgspec

MEGABYTE = 1_000_000
MINUTE_MS = 60_000


class WriteLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one writing process. Memory follows from the first two, whatever the log holds."""

    events_per_flush: int = 100_000
    body_bytes_per_flush: int = 24 * MEGABYTE
    records_per_read: int = 2_000
    memory_bytes: int = 256 * MEGABYTE  # DuckDB's own; beyond it spills to the lake's folder
    threads: int = 1
    events_for_two: int = 50_000  # from so many on tables are made by a second process
    # So many files of one size make one of the next: each row is written again a few times, not each time.
    files_per_merge: int = 8
    largest_merged_bytes: int = 128 * MEGABYTE  # a file that has grown so large is left alone
    merges_per_run: int = 50
    # So many files of events' tables are read for `tracks` at most, of one day, before they are gathered into one.
    most_waiting: int = 64
    # How long a file that was replaced stays for queries that began before. None may take longer.
    grace_ms: int = 15 * MINUTE_MS


class LakeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When a writing process is started. Between its runs what is new is read from the log by whoever asks."""

    events: int = 20_000
    seconds: float = 60.0
    shortest_rest_seconds: float = 1.0
    rest_after_failure_seconds: float = 30.0
    write: WriteLimits = WriteLimits()
