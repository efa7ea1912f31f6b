"""What an inline Action adds to a sign-up, against the bare call of its receiver: what we take beside the network."""

import statistics

from bench.line import Line
from bench.rows import action_queued
from bench.run import Row, Run


def _measure(run: Run) -> list[Line]:
    found = action_queued.compared(run)
    ratios = [one.added_ms / one.bare_ms for one in found]
    return [
        Line(
            title=ROW.title,
            figure=statistics.median(ratios),
            unit=" times",
            spread=f"{min(ratios):.2f} to {max(ratios):.2f}",
            ours=f"{statistics.median(one.added_ms for one in found):.2f} ms",
            against=f"bare call: {statistics.median(one.bare_ms for one in found):.2f} ms",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note=f"sign-up without: {statistics.median(one.without_ms for one in found):.2f} ms",
        )
    ]


ROW: Row = Row(
    name="action-inline",
    title="what an inline Action adds to a native sign-up, p50 ÷ a bare call of its receiver",
    seconds=action_queued.seconds,
    measure=_measure,
    floor=2.5,
    goal=1.5,
)
