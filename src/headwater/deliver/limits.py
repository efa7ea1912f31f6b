"""The bounds of a lane."""

import msgspec


class LaneLimits(msgspec.Struct, frozen=True, kw_only=True):
    """`retry_rows`: more failing deliveries than this and the lane pauses, rather than forget any.

    `redriven_in_line`: so many dead letters that are sent again wait in that table, the others where they were.
    `letter_bodies`: so many of a destination's dead letters keep their bodies; older ones have what the log has.
    """

    concurrency: int = 10
    retry_rows: int = 10_000
    read_records: int = 256
    retries_in_hand: int = 64
    drain_seconds: float = 5.0
    rows_in_a_save: int = 64
    linger_seconds: float = 0.01
    redriven_in_line: int = 1_000
    letter_bodies: int = 100_000
