"""Counts over time as a page draws them: bars or lines from the server, and the numbers as a table for all. Pure.

A script may draw the same from the table (static/charts.js). What is drawn here has no text in it: it is stretched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

WIDTH, HEIGHT = 1_000, 100  # of the drawing, in its own units
GAP = 0.2  # of a bar's place
SHOWN_TIMES = {"minute": slice(11, 16), "hour": slice(11, 16), "day": slice(5, 10)}

Value = float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One thing that is counted. `hue` is the number of its colour."""

    name: str
    hue: int
    values: Sequence[Value]

    @property
    def total(self) -> float:
        """All of it."""
        return sum(value or 0 for value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One series as the `d` of a path: its bars, or a line that has a gap where there is no number."""

    path: str
    hue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeChart:
    """A chart. `times` are whole ones, `labels` the same as people read them beside a chart of that period."""

    title: str
    unit: str
    times: Sequence[str]
    labels: Sequence[str]
    series: Sequence[Series]
    most: float
    bars: Sequence[Drawn] = ()
    lines: Sequence[Drawn] = ()
    is_line: bool = False
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing happened."""
        return not any(value for one in self.series for value in one.values)


def stacked(title: str, unit: str, answer: Mapping[str, Any], series: Iterable[Series]) -> TimeChart:
    """Return bars of all series on each other; `answer` is one of the API's with `at` and `step`."""
    shown = [one for one in series if one.total]
    sums = [sum(one.values[place] or 0 for one in shown) for place in range(len(answer["at"]))]
    most = max(sums, default=0)
    return _chart(title, unit, answer, shown, most=most, bars=_bars(shown, len(sums), most=most or 1))


def line(title: str, unit: str, answer: Mapping[str, Any], one: Series) -> TimeChart:
    """Return one series, None where there is nothing to say: bars here, a line where a script draws."""
    most = max((value or 0 for value in one.values), default=0)
    bars = _bars([one], len(one.values), most=most or 1)
    return _chart(title, unit, answer, [one] if one.total else [], most=most, bars=bars, is_line=True)


def lines(title: str, times: Sequence[datetime], series: Sequence[Series]) -> TimeChart:
    """Return a line for each series, over times in their order; what is below nothing is drawn, too."""
    values = [value for one in series for value in one.values if value is not None]
    least, most = min(0, *values), max(0, *values)
    began, ended = times[0].timestamp(), times[-1].timestamp()
    across = [WIDTH * (moment.timestamp() - began) / (ended - began) for moment in times]
    return TimeChart(
        title=title,
        unit="",
        times=[moment.astimezone(UTC).isoformat() for moment in times],
        labels=[f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for moment in times],
        series=series,
        lines=[Drawn(path=_path(across, one.values, least, (most - least) or 1), hue=one.hue) for one in series],
        most=most,
        is_line=True,
    )


def _path(across: Sequence[float], values: Sequence[Value], least: float, room: float) -> str:
    parts, is_on = [], False
    for x, value in zip(across, values, strict=True):
        if value is not None:
            # Nowhere from there, so that a number between two gaps is a dot.
            start = "L" if is_on else "M"
            height = HEIGHT * (1 - (value - least) / room)
            parts.append(f"{start}{x:.1f},{height:.1f}{'' if is_on else 'h0'}")
        is_on = value is not None
    return "".join(parts)


def _chart(
    title: str,
    unit: str,
    answer: Mapping[str, Any],
    series: Sequence[Series],
    *,
    most: float,
    bars: Iterable[Drawn],
    is_line: bool = False,
) -> TimeChart:
    shown = SHOWN_TIMES[answer["step"]]
    return TimeChart(
        title=title,
        unit=unit,
        times=answer["at"],
        labels=[moment[shown] for moment in answer["at"]],
        series=series,
        bars=list(bars),
        most=most,
        is_line=is_line,
    )


def _bars(series: Sequence[Series], places: int, *, most: float) -> Iterable[Drawn]:
    """Yield each series' bars, on those of the series before."""
    room = WIDTH / max(places, 1)
    width = room * (1 - GAP)
    tops = [float(HEIGHT)] * places
    for one in series:
        parts = []
        for place in range(places):
            if height := HEIGHT * (one.values[place] or 0) / most:
                tops[place] -= height
                left = (place + GAP / 2) * room
                parts.append(f"M{left:.2f},{tops[place]:.2f}h{width:.2f}v{height:.2f}h{-width:.2f}z")
        if parts:
            yield Drawn(path="".join(parts), hue=one.hue)
