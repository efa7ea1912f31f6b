"""What a column of an older file is, read by the type that the column has now. Pure.

Types only grow, so nothing is lost. A moment becomes the text that an event would have: ISO 8601, UTC, to the
millisecond, and to the microsecond where it has any.
"""

from headwater.lake import quoting

TIMESTAMP, VARCHAR = "TIMESTAMP", "VARCHAR"
MILLISECONDS, MICROSECONDS = "%Y-%m-%dT%H:%M:%S.%gZ", "%Y-%m-%dT%H:%M:%S.%fZ"


def as_now(column: str, *, was: str, now: str) -> str:
    """Return SQL for a column that a file has as `was`, as `now`."""
    name = quoting.name(column)
    if was == now:
        return name
    if was == TIMESTAMP and now == VARCHAR:
        return f"{_text_of_moment(name)} AS {name}"
    return f"CAST({name} AS {now}) AS {name}"


def _text_of_moment(name: str) -> str:
    coarse, fine = quoting.text(MILLISECONDS), quoting.text(MICROSECONDS)
    return f"CASE WHEN epoch_us({name}) % 1000 = 0 THEN strftime({name}, {coarse}) ELSE strftime({name}, {fine}) END"
