"""How much the schema view keeps, and how fast it may go. Anybody with a write key decides what comes in."""

import msgspec


class SchemaLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the schema view and volumes. What is beyond them is counted in a row called OTHERS, never dropped."""

    events_per_source: int = 2_000
    properties_per_event: int = 500
    # Of each minute so many sources' volumes are kept apart.
    sources_per_minute: int = 500
    # One read of the log, and one pass: many reads, one write, then a rest.
    records_per_read: int = 500
    records_per_pass: int = 10_000
    # How many different events and properties one pass may hold in memory; then it ends early.
    entries_per_pass: int = 50_000
    shortest_rest_seconds: float = 1.0
    # A pass of t seconds is followed by a rest of so many times t: collecting comes first.
    rest_per_pass: float = 3.0
    rest_after_failure_seconds: float = 30.0


# The row that counts all that found no row of its own.
OTHERS = "…"
MAX_NAME = 256
