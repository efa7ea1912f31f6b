"""What a server costs that nobody talks to: processor time of all its processes, after a little traffic, with a
source and a destination. Whatever polls shows here."""

import time

from bench import load, processes, servers
from bench.bodies import SINGLE
from bench.line import Line
from bench.run import Options, Row, Run

SETUP_SECONDS = 5.0
TRAFFIC_SECONDS = 1.0
SETTLE_SECONDS = 10.0
UNUSED_URL = "http://127.0.0.1:9/"  # never sent to: the destination comes after the last event


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + TRAFFIC_SECONDS + SETTLE_SECONDS + options.idle_seconds


def _measure(run: Run) -> list[Line]:
    data = run.folder / "data"
    with servers.headwater(data) as target:
        load.events_per_second(target, SINGLE, seconds=TRAFFIC_SECONDS)
        servers.command(data, "create", "destination", "webhook", "--source", "bench", "--set", f"url={UNUSED_URL}")
        run.say(f"settling for {SETTLE_SECONDS:.0f} s, then {run.options.idle_seconds:.0f} s of silence")
        time.sleep(SETTLE_SECONDS)
        before, started = processes.cpu_seconds(target.pid), time.monotonic()
        time.sleep(run.options.idle_seconds)
        after, passed = processes.cpu_seconds(target.pid), time.monotonic() - started
    used = processes.used_seconds(before, after)
    return [
        Line(
            title=ROW.title,
            figure=sum(used.values()) / passed * 100,
            unit=" %",
            ours=f"{sum(used.values()) * 1000:.1f} ms",
            against=f"{passed:.0f} s",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note=f"front {used[target.pid] * 1000:.1f} ms, the other {len(used) - 1} processes the rest",
        )
    ]


ROW: Row = Row(
    name="idle",
    title="idle CPU of all processes, of one core",
    seconds=_seconds,
    measure=_measure,
    floor=1,
    goal=0.2,
)
