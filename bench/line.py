"""One line of the table: a figure, what it must reach, and what it was measured against."""

import math
from dataclasses import dataclass

GOAL = "goal"
FLOOR = "floor"
MISSED = "MISSED"
NOT_MEASURED = "not measured"


class NotMeasuredError(Exception):
    """A row can't be measured here and now; the message is the reason, for the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A finished measurement. `figure` is what floor and goal speak of; NaN means that there is none."""

    title: str
    figure: float = math.nan
    unit: str = ""
    floor: float
    goal: float
    is_more_better: bool = True
    ours: str = ""
    against: str = ""
    spread: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return the best mark that the figure reaches."""
        if math.isnan(self.figure):
            return NOT_MEASURED
        if self._reaches(self.goal):
            return GOAL
        return FLOOR if self._reaches(self.floor) else MISSED

    @property
    def is_floor_held(self) -> bool:
        """Tell whether the floor is shown to hold: a row that was not measured shows nothing."""
        return self.verdict in (GOAL, FLOOR)

    def _reaches(self, mark: float) -> bool:
        return self.figure >= mark if self.is_more_better else self.figure <= mark
