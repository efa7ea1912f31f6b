"""Batches of 100 events over HTTP against a bare loop that stores the same bytes without HTTP (bench/yardstick.py)."""

from bench import bodies, load, servers, yardstick
from bench.alternation import alternate
from bench.line import Line
from bench.run import Options, Row, Run
from bench.warm_up import warm_up

SETUP_SECONDS = 8.0
WARM_UP_SECONDS = 1.0


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + WARM_UP_SECONDS + options.alternations * 2.4 * options.seconds


def _measure(run: Run) -> list[Line]:
    body = bodies.batch()
    with servers.headwater(run.folder / "data") as ours, yardstick.opened(run.folder / "bare.db") as bare:
        warm_up(ours, body)
        bare.events_per_second(body, seconds=WARM_UP_SECONDS)
        found = alternate(
            run,
            ours=lambda: load.events_per_second(ours, body, seconds=run.options.seconds),
            against=lambda: bare.events_per_second(body, seconds=run.options.seconds),
        )
    size_bytes = len(body.filled(bodies.ids())) // body.events
    return [
        Line(
            title=ROW.title,
            figure=found.ratio,
            spread=found.spread,
            ours=f"{found.ours:,.0f} events/s",
            against=f"{found.against:,.0f} events/s",
            floor=ROW.floor,
            goal=ROW.goal,
            note=f"{size_bytes} bytes an event",
        )
    ]


ROW: Row = Row(
    name="batches",
    title="100-event batches over HTTP ÷ a bare loop that decodes, deduplicates, appends, fsyncs",
    seconds=_seconds,
    measure=_measure,
    floor=0.6,
    goal=0.8,
)
