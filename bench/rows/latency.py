"""How long an ack takes at half the rate that the server can do at most, counted from when its request was due.

The same client at the same rate against the no-op server says how much of the figure is the client's own.
"""

import statistics

from bench import load, open_loop, servers
from bench.bodies import SINGLE
from bench.line import Line
from bench.run import Options, Row, Run
from bench.warm_up import warm_up

SETUP_SECONDS = 8.0
CLIENT_SHARE = 0.25
HALF = 0.5


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + options.alternations * (options.seconds + (1 + CLIENT_SHARE) * options.window_seconds)


def _measure(run: Run) -> list[Line]:
    options = run.options
    rates, ours, floors = [], [], []
    with servers.headwater(run.folder / "data") as target, servers.noop() as noop:
        warm_up(target, SINGLE)
        for number in range(1, options.alternations + 1):
            rate = HALF * load.events_per_second(target, SINGLE, seconds=options.seconds)
            run.say(f"window {number} of {options.alternations}, {options.window_seconds:.0f} s at {rate:,.0f}/s")
            client_seconds = options.window_seconds * CLIENT_SHARE
            floors.append(open_loop.measure(noop, SINGLE, rate=rate, seconds=client_seconds))
            ours.append(open_loop.measure(target, SINGLE, rate=rate, seconds=options.window_seconds))
            rates.append(rate)
    p99s_ms = [window.p99_ms for window in ours]
    worst_ms = max(window.worst_ms for window in ours)
    return [
        Line(
            title=ROW.title,
            figure=statistics.median(p99s_ms),
            unit=" ms",
            spread=f"{min(p99s_ms):.1f} to {max(p99s_ms):.1f}",
            ours=f"p50 {statistics.median(window.p50_ms for window in ours):.1f} ms",
            against=f"client alone: p99 {statistics.median(window.p99_ms for window in floors):.1f} ms",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note=f"at {statistics.median(rates):,.0f}/s; worst of all {worst_ms:.0f} ms",
        )
    ]


ROW: Row = Row(
    name="latency",
    title="p99 of an ack at half the maximum rate, open loop",
    seconds=_seconds,
    measure=_measure,
    floor=50,
    goal=20,
)
