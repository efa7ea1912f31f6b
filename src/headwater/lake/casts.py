"""What a column of an older file is, read by the type that the column has now. Pure.

Types only grow, so nothing is lost. A moment becomes the text that an event would have: ISO 8601, UTC.
"""

from headwater.lake import quoting

TIMESTAMP, VARCHAR = "TIMESTAMP", "VARCHAR"
ISO = "%Y-%m-%dT%H:%M:%S.%gZ"


def as_now(column: str, *, was: str, now: str) -> str:
    """Return SQL for a column that a file has as `was`, as `now`."""
    name = quoting.name(column)
    if was == now:
        return name
    if was == TIMESTAMP and now == VARCHAR:
        return f"strftime({name}, {quoting.text(ISO)}) AS {name}"
    return f"CAST({name} AS {now}) AS {name}"
