"""An answer of the lake as lines over time: where the first column is a time, and others are numbers. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from headwater.console import time_chart
from headwater.console.time_chart import Series, TimeChart
from headwater.console.volume_charts import HUES

TIMES = ("TIMESTAMP", "DATE")
SEVERAL = 2


def of(columns: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Any]]) -> TimeChart | None:
    """Return a line for each of the first number columns; None for what is no such thing, or has a time twice."""
    if len(columns) < SEVERAL or len(rows) < SEVERAL or not columns[0]["type"].startswith(TIMES):
        return None
    by_time = {_moment_or_none(row[0]): row for row in rows}
    if None in by_time or len(by_time) < len(rows):
        return None
    times = sorted(moment for moment in by_time if moment is not None)
    numbered = [at for at in range(1, len(columns)) if _is_of_numbers([row[at] for row in rows])]
    series = [
        Series(name=columns[at]["name"], hue=hue, values=[by_time[moment][at] for moment in times])
        for at, hue in zip(numbered, HUES, strict=False)
    ]
    return time_chart.lines(f"By {columns[0]['name']}", times, series) if series else None


def _moment_or_none(value: Any) -> datetime | None:
    """Return a moment; what has no zone is UTC."""
    try:
        meant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return meant if meant.tzinfo else meant.replace(tzinfo=UTC)


def _is_of_numbers(values: Sequence[Any]) -> bool:
    given = [value for value in values if value is not None]
    return bool(given) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in given)
