"""Counts over time: by the minute for two days, by the hour for a month, days made of hours. Pure.

Whoever counts adds to one row of the minute and one of the hour, and forgets what is older than it is kept; so there
is a bounded number of rows, however much comes.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

MS_PER_SECOND = 1_000
MINUTE, HOUR, DAY = 60, 3_600, 86_400
STEPS = {"minute": MINUTE, "hour": HOUR, "day": DAY}
# How long what is counted by so many seconds is kept: 31 whole days, and the one that has begun.
KEPT_SECONDS = {MINUTE: 2 * DAY, HOUR: 32 * DAY}


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in steps of `step_seconds`, each beginning at a whole one in UTC; `until_s` is not in it."""

    since_s: int
    until_s: int
    step_seconds: int

    @property
    def stored_seconds(self) -> int:
        """By how many seconds what is in it was counted."""
        return min(self.step_seconds, HOUR)

    @property
    def size(self) -> int:
        """How many steps it has."""
        return (self.until_s - self.since_s) // self.step_seconds

    def place_of(self, began_s: int) -> int:
        """Return in which step a moment of it is."""
        return (began_s - self.since_s) // self.step_seconds

    def moments(self) -> Iterator[int]:
        """Yield when each step begins, in seconds since 1970."""
        return iter(range(self.since_s, self.until_s, self.step_seconds))


def period(*, since_ms: int, until_ms: int, step_seconds: int) -> Period:
    """Return the whole steps that the time between is in, one at least."""
    since_s = _whole(since_ms // MS_PER_SECOND, step_seconds)
    last_s = _whole(max(until_ms - 1, since_ms) // MS_PER_SECOND, step_seconds)
    return Period(since_s=since_s, until_s=last_s + step_seconds, step_seconds=step_seconds)


def rows_of(at_ms: int) -> Iterator[tuple[int, int]]:
    """Yield what a moment is counted under: by how many seconds, and when that stretch began."""
    return ((seconds, _whole(at_ms // MS_PER_SECOND, seconds)) for seconds in KEPT_SECONDS)


def forgotten(now_ms: int) -> Iterator[tuple[int, int]]:
    """Yield, for each way of counting, the moment before which it is forgotten."""
    return ((seconds, now_ms // MS_PER_SECOND - kept) for seconds, kept in KEPT_SECONDS.items())


def added_up(rows: Iterable[tuple[int, Sequence[int]]], period: Period, *, width: int) -> list[list[int]]:
    """Return a column for each of `width` counts, a place for each step; `rows` say when each began."""
    columns = [[0] * period.size for _ in range(width)]
    for began_s, counts in rows:
        place = period.place_of(began_s)
        for column, count in zip(columns, counts, strict=True):
            column[place] += count
    return columns


def _whole(seconds: int, step: int) -> int:
    return seconds - seconds % step
