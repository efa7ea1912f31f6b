"""A ratio that travels between machines: both sides in turn, in one run, and the median of the pairs."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from bench.run import Run

Measure = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """The medians of both sides and of the ratio of each pair, and the worst and best of those ratios."""

    ours: float
    against: float
    ratio: float
    lowest: float
    highest: float

    @property
    def spread(self) -> str:
        return f"{self.lowest:.2f} to {self.highest:.2f}"


def alternate(run: Run, *, ours: Measure, against: Measure) -> Ratio:
    """Measure both sides in turn. What is common to a pair, such as a busy neighbour, falls out of its ratio."""
    pairs: list[tuple[float, float]] = []
    for number in range(1, run.options.alternations + 1):
        run.say(f"alternation {number} of {run.options.alternations}")
        ceiling = against()
        pairs.append((ours(), ceiling))
    ratios = [mine / ceiling for mine, ceiling in pairs]
    return Ratio(
        ours=statistics.median(mine for mine, _ in pairs),
        against=statistics.median(ceiling for _, ceiling in pairs),
        ratio=statistics.median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
    )
