"""The proportional memory of all processes: idle, and (with --soak) after minutes at half the maximum rate."""

import statistics
import time

from bench import load, open_loop, processes, servers
from bench.bodies import SINGLE
from bench.line import Line
from bench.run import Options, Row, Run

SETTLE_SECONDS = 5.0
SETUP_SECONDS = 4.0
MINUTE_SECONDS = 60.0
SAMPLES, SAMPLE_GAP_SECONDS = 5, 0.5
MEGA = 1e6
HALF = 0.5
GROWTH_FLOOR, GROWTH_GOAL = 10, 5


def _seconds(options: Options) -> float:
    soak = options.seconds + options.soak_minutes * MINUTE_SECONDS if options.soak_minutes else 0.0
    return SETUP_SECONDS + SETTLE_SECONDS + SAMPLES * SAMPLE_GAP_SECONDS + soak


def _measure(run: Run) -> list[Line]:
    with servers.headwater(run.folder / "data") as target:
        run.say("idle")
        time.sleep(SETTLE_SECONDS)
        idle = _megabytes(target.pid)
        count = len(processes.tree(target.pid))
        lines = [
            Line(
                title=ROW.title,
                figure=idle,
                unit=" MB",
                floor=ROW.floor,
                goal=ROW.goal,
                is_more_better=False,
                note=f"{count} processes; {processes.anonymous_bytes(target.pid) / MEGA:.0f} MB of it anonymous",
            )
        ]
        if run.options.soak_minutes:
            lines.append(_soak(run, target, idle))
    return lines


def _soak(run: Run, target: servers.Target, idle: float) -> Line:
    """Keep half the maximum rate up for the asked minutes; compare with idle (and with the first minute)."""
    left_seconds = run.options.soak_minutes * MINUTE_SECONDS
    idle_anonymous = processes.anonymous_bytes(target.pid)
    rate = HALF * load.events_per_second(target, SINGLE, seconds=run.options.seconds)
    seen: list[float] = []
    while left_seconds > 0:
        piece_seconds = min(left_seconds, MINUTE_SECONDS)
        open_loop.measure(target, SINGLE, rate=rate, seconds=piece_seconds)
        left_seconds -= piece_seconds
        seen.append(_megabytes(target.pid))
        run.say(f"minute {len(seen)} at {rate:,.0f}/s: {seen[-1]:.0f} MB")
    anonymous = processes.anonymous_bytes(target.pid)
    return Line(
        title=f"the same after {run.options.soak_minutes:g} minutes at half the maximum rate: growth",
        figure=(seen[-1] / idle - 1) * 100,
        unit=" %",
        ours=f"{seen[-1]:.0f} MB",
        against=f"idle {idle:.0f} MB",
        floor=GROWTH_FLOOR,
        goal=GROWTH_GOAL,
        is_more_better=False,
        note=(
            f"at {rate:,.0f}/s; {(seen[-1] / seen[0] - 1) * 100:+.1f} % since the first minute's {seen[0]:.0f} MB;"
            f" anonymous {idle_anonymous / MEGA:.0f} → {anonymous / MEGA:.0f} MB"
        ),
    )


def _megabytes(pid: int) -> float:
    sizes = []
    for _ in range(SAMPLES):
        sizes.append(processes.pss_bytes(pid) / MEGA)
        time.sleep(SAMPLE_GAP_SECONDS)
    return statistics.median(sizes)


ROW: Row = Row(
    name="memory",
    title="proportional memory (PSS) of all processes, idle",
    seconds=_seconds,
    measure=_measure,
    floor=200,
    goal=130,
)
