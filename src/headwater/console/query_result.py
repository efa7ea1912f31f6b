"""What a query answered, as a page shows it: rows of bounded text, and bars where they are labels and numbers. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from headwater.console import result_over_time
from headwater.console.time_chart import TimeChart

MAX_CELL = 500  # characters
MAX_BARS = 50
BAR_HEIGHT, BAR_ROOM, LABEL_ROOM, NUMBER_ROOM = 24, 400, 180, 120  # of a drawing, in its own units


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a drawing."""

    y: int
    width: float
    label: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars of one length unit, and how large the drawing is."""

    bars: Sequence[Bar]
    label: str
    number: str
    height: int
    width: int = LABEL_ROOM + BAR_ROOM + NUMBER_ROOM
    left: int = LABEL_ROOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`problem` is why it broke off; `is_cut`: there is more; `behind`: so many events are not in it yet."""

    columns: Sequence[Any]
    rows: Sequence[Sequence[str]]
    chart: Chart | None
    over_time: TimeChart | None
    is_cut: bool
    behind: int
    problem: str | None


def read(answer: bytes, *, is_whole: bool) -> Result:
    """Read the lines of /api/query. What is not whole ends with a line cut in two, which is left out."""
    lines = answer.split(b"\n") if is_whole else answer.split(b"\n")[:-1]
    first, *rest = [msgspec.json.decode(line) for line in lines if line]
    rows = [one for one in rest if isinstance(one, list)]
    end = next((one for one in rest if isinstance(one, dict)), {})
    over_time = result_over_time.of(first["columns"], rows)
    return Result(
        columns=first["columns"],
        over_time=over_time,
        rows=[[_cell(value) for value in row] for row in rows],
        chart=None if over_time else _chart([one["name"] for one in first["columns"]], rows),
        is_cut=not is_whole or end.get("is_cut", False),
        behind=end.get("behind", 0),
        problem=end["error"]["reason"] if "error" in end else None,
    )


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_CELL else f"{text[:MAX_CELL]}…"


def _chart(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Chart | None:
    """Return bars for two columns, a label and a number that is not below nothing; None for what is no such thing."""
    drawn = rows[:MAX_BARS]
    if len(names) != 2 or not drawn or not all(_is_length(row[1]) for row in drawn):  # noqa: PLR2004  a pair
        return None
    longest = max(row[1] for row in drawn) or 1
    bars = [
        Bar(
            y=place * BAR_HEIGHT,
            width=round(BAR_ROOM * row[1] / longest, 1),
            label=_cell(row[0])[:24],
            number=f"{row[1]:,}",
        )
        for place, row in enumerate(drawn)
    ]
    return Chart(bars=bars, label=names[0], number=names[1], height=BAR_HEIGHT * len(bars))


def _is_length(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
