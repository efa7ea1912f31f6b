"""What a full id index costs: one event a request on a log that has lived, against the same on an empty one."""

import json
import shutil
import time
import urllib.request
from collections.abc import Sequence

from bench import bodies, lived_log, load, servers
from bench.alternation import alternate
from bench.bodies import SINGLE
from bench.line import Line, NotMeasuredError
from bench.run import Options, Row, Run
from bench.servers import Target
from bench.warm_up import newest_offset, warm_up

SETUP_SECONDS = 15.0
IDS_BUILT_PER_SECOND = 500_000
IDS_FILTERED_PER_SECOND = 2_000_000  # by the server, after its start; less than it does
MS = 1000
MILLION = 1e6
TITLE = "single-event POST with {millions:g} M ids in the index ÷ itself with an empty one"


def _seconds(options: Options) -> float:
    """The indexes are kept, so all but the first time it takes less."""
    once = options.ids / IDS_BUILT_PER_SECOND + options.ids / IDS_FILTERED_PER_SECOND
    return SETUP_SECONDS + once + options.alternations * 2 * options.seconds


def _measure(run: Run) -> list[Line]:
    built = lived_log.indexes(run.kept, run.options.ids, say=run.say)
    with servers.headwater(run.folder / "lived") as first:
        pass
    shutil.rmtree(first.data / "log")
    known = lived_log.lay(first.data / "log", built, source=first.source, now_ms=int(time.time() * MS))
    with servers.again(first) as lived, servers.headwater(run.folder / "empty") as empty:
        _refuse_unless_known(lived, known)
        run.say("waiting for the server's filters")
        time.sleep(run.options.ids / IDS_FILTERED_PER_SECOND)
        warm_up(lived, SINGLE)
        warm_up(empty, SINGLE)
        found = alternate(
            run,
            ours=lambda: load.events_per_second(lived, SINGLE, seconds=run.options.seconds),
            against=lambda: load.events_per_second(empty, SINGLE, seconds=run.options.seconds),
        )
        _refuse_unless_known(lived, known)
    return [
        Line(
            title=TITLE.format(millions=run.options.ids / MILLION),
            figure=found.ratio,
            spread=found.spread,
            ours=f"{found.ours:,.0f}/s",
            against=f"{found.against:,.0f}/s",
            floor=ROW.floor,
            goal=ROW.goal,
            note=f"in {len(built)} closed segments",
        )
    ]


def _refuse_unless_known(target: Target, known: Sequence[str]) -> None:
    """Send what is in the closed segments again: a server that is fast because it doesn't look would store it."""
    before = newest_offset(target)
    for message_id in known:
        event = json.loads(SINGLE.filled(bodies.ids())) | {"messageId": message_id}
        headers = {"authorization": load.authorization(target), "content-type": "application/json"}
        request = urllib.request.Request(target.url + SINGLE.path, json.dumps(event).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            answer.read()
    stored = newest_offset(target) - before
    if stored:
        raise NotMeasuredError(f"{stored} of {len(known)} events that are in closed segments were stored again")


ROW: Row = Row(
    name="single-50m",
    title=TITLE.format(millions=50),
    seconds=_seconds,
    measure=_measure,
    floor=0.7,
    goal=0.9,
)
