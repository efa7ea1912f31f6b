"""The bounds of a lane."""

import msgspec


class LaneLimits(msgspec.Struct, frozen=True, kw_only=True):
    """`retry_rows`: more failing deliveries than this and the lane pauses, rather than forget any."""

    concurrency: int = 10
    retry_rows: int = 10_000
    read_records: int = 256
    retries_in_hand: int = 64
    drain_seconds: float = 5.0
    rows_in_a_save: int = 64
    linger_seconds: float = 0.01
