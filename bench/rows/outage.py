"""What events cost that wait for a destination which is down: bytes written to the ledger of deliveries for each.

The events themselves are in the log, down or not. Counted are the frames of the ledger's write-ahead log.
"""

import time

from bench import servers
from bench.deliveries import Deliveries
from bench.line import Line, NotMeasuredError
from bench.run import Options, Row, Run
from bench.taken import FAILING
from bench.written import Written

SETUP_SECONDS = 10.0
DOWN_SECONDS = 30.0  # within which it has to be found down: ten failures, and ten seconds without an answer
LOOK_AGAIN_SECONDS = 0.5
SETTLE_SECONDS = 2.0
FIRST_EVENTS, EVENTS = 100, 5_000
LEDGER = "deliver.db"
DOWN = "open"  # what its breaker says then


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + DOWN_SECONDS / 2 + options.window_seconds


def _measure(run: Run) -> list[Line]:
    with servers.of_bench("tool") as tool, servers.headwater(run.folder / "data") as target:
        lane = Deliveries(target, tool.url)
        destination = lane.add(FAILING)
        _wait_until_down(run, lane, destination)
        found = sorted(target.data.rglob(LEDGER))
        if not found:
            raise NotMeasuredError(f"there is no {LEDGER}")
        before, written = lane.taken(FAILING).count, Written(found[0])
        lane.fill(EVENTS)
        run.say(f"{EVENTS:,} events wait for {run.options.window_seconds:.0f} s")
        time.sleep(run.options.window_seconds)
        probes, waiting = lane.taken(FAILING).count - before, lane.lane(destination)
        spent = written.bytes  # while the server runs: it takes its write-ahead logs with it
    if waiting.get("breaker") != DOWN:
        raise NotMeasuredError(f"the destination is no longer down: {waiting}")
    return [
        Line(
            title=ROW.title,
            figure=spent / EVENTS,
            unit=" B",
            ours=f"{spent:,} bytes",
            against=f"{EVENTS:,} events",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note=f"{probes} probes meanwhile",
        )
    ]


def _wait_until_down(run: Run, lane: Deliveries, destination: str) -> None:
    run.say("waiting until it is down")
    deadline = time.perf_counter() + DOWN_SECONDS
    while lane.lane(destination).get("breaker") != DOWN:
        if time.perf_counter() > deadline:
            raise NotMeasuredError(f"after {DOWN_SECONDS:g} s the destination isn't down: {lane.lane(destination)}")
        lane.fill(FIRST_EVENTS)
        time.sleep(LOOK_AGAIN_SECONDS)
    time.sleep(SETTLE_SECONDS)


ROW: Row = Row(
    name="outage",
    title="bytes written per undelivered event while a destination is down",
    seconds=_seconds,
    measure=_measure,
    floor=1,
    goal=0,
)
