"""From an event's receipt to its delivery, at rest: one event ten times a second, to one webhook.

It counts from when the client sends the event, which is a little more than from its receipt.
"""

from bench import paced, servers
from bench.deliveries import Deliveries
from bench.line import Line
from bench.paced import percentile
from bench.run import Options, Row, Run
from bench.taken import WELL

SETUP_SECONDS = 10.0
PER_SECOND = 10.0
WARM_UP_SECONDS = 2.0
MS = 1000
P50_FLOOR, P50_GOAL = 30, 10


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + WARM_UP_SECONDS + options.window_seconds


def _measure(run: Run) -> list[Line]:
    with servers.of_bench("tool") as tool, servers.headwater(run.folder / "data") as target:
        lane = Deliveries(target, tool.url)
        lane.add(WELL)
        cold = paced.post(target, per_second=PER_SECOND, seconds=WARM_UP_SECONDS)
        run.say(f"{run.options.window_seconds:.0f} s, {PER_SECOND:.0f} events a second")
        count = cold + paced.post(target, per_second=PER_SECOND, seconds=run.options.window_seconds)
        lags_ms = [lag * MS for lag in lane.arrived(WELL, count).lags[cold:]]
    note, worst = f"{len(lags_ms)} events", f"{min(lags_ms):.1f} to {max(lags_ms):.1f}"
    p50, p99 = percentile(lags_ms, 0.5), percentile(lags_ms, 0.99)
    return [
        Line(
            title=f"{ROW.title}, p50",
            figure=p50,
            unit=" ms",
            floor=P50_FLOOR,
            goal=P50_GOAL,
            is_more_better=False,
            spread=worst,
            note=note,
        ),
        Line(
            title=f"{ROW.title}, p99",
            figure=p99,
            unit=" ms",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            spread=worst,
            note=note,
        ),
    ]


ROW: Row = Row(
    name="receipt",
    title="receipt to delivery, one event at rest",
    seconds=_seconds,
    measure=_measure,
    floor=100,
    goal=30,
)
