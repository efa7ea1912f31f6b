"""Bounds of one sync's process, and of what is remembered of syncs."""

import msgspec

MEGABYTE = 1_000_000


class SyncLimits(msgspec.Struct, frozen=True, kw_only=True):
    """`rows_per_load`: of one transaction, so of what is done again after a failure."""

    rows_per_load: int = 250_000
    memory_bytes: int = 400 * MEGABYTE  # DuckDB's own; beyond it spills
    threads: int = 2
