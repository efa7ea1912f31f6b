"""How long a newcomer waits: from the command on an empty folder to the first 200 of /health/ready."""

import statistics

from bench import servers
from bench.line import Line
from bench.run import Options, Row, Run

NAME = "start"
TITLE = "from `serve` on an empty folder to ready"
FLOOR_SECONDS, GOAL_SECONDS = 3.0, 1.5
START_AND_STOP_SECONDS = 2.0


def _seconds(options: Options) -> float:
    return options.alternations * START_AND_STOP_SECONDS


def _measure(run: Run) -> list[Line]:
    starts = []
    for number in range(1, run.options.alternations + 1):
        run.say(f"start {number} of {run.options.alternations}")
        starts.append(servers.ready_seconds(run.folder / f"start{number}"))
    return [
        Line(
            title=TITLE,
            figure=statistics.median(starts),
            unit=" s",
            spread=f"{min(starts):.2f} to {max(starts):.2f}",
            floor=FLOOR_SECONDS,
            goal=GOAL_SECONDS,
            is_more_better=False,
        )
    ]


ROW: Row = Row(name=NAME, title=TITLE, seconds=_seconds, measure=_measure, floor=FLOOR_SECONDS, goal=GOAL_SECONDS)
