"""How much the delivery log of Actions keeps, how long, and how far it may fall behind."""

import msgspec

DAY_MS = 24 * 3_600 * 1_000
MIB = 1024 * 1024


class JournalLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Beyond the `waiting_` ones the newest notes are dropped; beyond the others the oldest rows, or their bodies."""

    linger_seconds: float = 0.05  # what is noted meanwhile shares a commit
    pause_after_failure_seconds: float = 1.0
    waiting_firings: int = 4_096
    waiting_bytes: int = 32 * MIB
    firings_per_write: int = 500
    keep_ms: int = 30 * DAY_MS
    keep_bodies_ms: int = 7 * DAY_MS
    rows: int = 200_000
    body_bytes: int = 512 * MIB
    rows_per_removal: int = 1_000
    sweep_every_rows: int = 1_000
    sweep_every_seconds: float = 3_600.0
    complain_every_seconds: float = 60.0


DEFAULT_LIMITS = JournalLimits()
