"""What a queued Action adds to a sign-up: the person waits until it is rendered and stored, and for nothing else."""

import statistics

from bench import servers, sign_ups
from bench.line import Line
from bench.rows import registration
from bench.rows.import_identities import admin_key
from bench.run import Options, Row, Run

SETUP_SECONDS = 9.0
WARM_UP_SECONDS = 2.0


def seconds(options: Options) -> float:
    return SETUP_SECONDS + WARM_UP_SECONDS + options.alternations * options.seconds


def compared(run: Run, **response: object) -> list[sign_ups.Medians]:
    """Return what each alternation found of an identify Action with this `response`."""
    with servers.of_bench("receiver") as receiver, servers.headwater(run.folder / "data") as target:
        registration.configure(target, registration.CONFIGURED)
        people = sign_ups.SignUps(target, receiver.url, key=admin_key(target))
        people.prepare()
        action = sign_ups.identify(receiver.url, **response)
        people.compare(action, seconds=WARM_UP_SECONDS)
        found = list[sign_ups.Medians]()
        for number in range(1, run.options.alternations + 1):
            run.say(f"alternation {number} of {run.options.alternations}")
            found.append(people.compare(action, seconds=run.options.seconds))
    return found


def _measure(run: Run) -> list[Line]:
    found = compared(run, ignore=True)
    added_ms = [one.added_ms for one in found]
    return [
        Line(
            title=ROW.title,
            figure=statistics.median(added_ms),
            unit=" ms",
            spread=f"{min(added_ms):.2f} to {max(added_ms):.2f}",
            ours=f"{statistics.median(one.with_ms for one in found):.2f} ms",
            against=f"without: {statistics.median(one.without_ms for one in found):.2f} ms",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note="every call arrived",
        )
    ]


ROW: Row = Row(
    name="action-queued",
    title="what a queued Action adds to a native sign-up, p50",
    seconds=seconds,
    measure=_measure,
    floor=3,
    goal=1,
)
