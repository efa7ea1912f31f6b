"""What seven well destinations notice of three that aren't: one answers 500, one never, one takes an event a second.

Two servers take turns: one with the seven alone, one with all ten. The lag counts from when an event was sent.
"""

from contextlib import ExitStack
from dataclasses import dataclass

from bench import paced, servers
from bench.alternation import alternate
from bench.deliveries import Deliveries
from bench.line import Line
from bench.paced import percentile
from bench.run import Options, Row, Run
from bench.servers import Target
from bench.taken import FAILING, HANGING, SLOW, WELL

SETUP_SECONDS = 20.0
PER_SECOND = 20.0
MS = 1000
ALONE, BESIDE = "alone", "beside"
WELL_ONES = 7
BAD = (FAILING, HANGING, SLOW)


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + (2 * options.alternations + 2) * options.seconds


@dataclass(kw_only=True)
class Side:
    """One server with its destinations."""

    target: Target
    lane: Deliveries
    paths: list[str]
    sent: int = 0

    def p99_ms(self, seconds: float) -> float:
        """Send events for so long, and return the p99 of the well ones' lags."""
        before = self.sent
        self.sent += paced.post(self.target, per_second=PER_SECOND, seconds=seconds)
        lags = [lag for path in self.paths for lag in self.lane.arrived(path, self.sent).lags[before:]]
        return percentile(lags, 0.99) * MS


def _measure(run: Run) -> list[Line]:
    with ExitStack() as running:
        tool = running.enter_context(servers.of_bench("tool"))
        sides = {}
        for name, bad in ((ALONE, ()), (BESIDE, BAD)):
            target = running.enter_context(servers.headwater(run.folder / name))
            lane = Deliveries(target, tool.url)
            paths = [f"{WELL}/{name}/{number}" for number in range(WELL_ONES)]
            for path in (*paths, *bad):
                lane.add(path)
            sides[name] = Side(target=target, lane=lane, paths=paths)
            sides[name].p99_ms(run.options.seconds)  # warm
        found = alternate(
            run,
            ours=lambda: sides[BESIDE].p99_ms(run.options.seconds),
            against=lambda: sides[ALONE].p99_ms(run.options.seconds),
        )
    return [
        Line(
            title=ROW.title,
            figure=found.ratio,
            unit="x",
            spread=found.spread,
            ours=f"{found.ours:.1f} ms",
            against=f"{found.against:.1f} ms",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note=f"{PER_SECOND:.0f} events a second, each to all",
        )
    ]


ROW: Row = Row(
    name="bad-tools",
    title="lag p99 of seven destinations beside three bad ones ÷ without those",
    seconds=_seconds,
    measure=_measure,
    floor=1.3,
    goal=1.1,
)
