"""One event a request, fsync'd and deduplicated, against a no-op POST on the same HTTP server and worker count."""

from bench import load, servers
from bench.alternation import alternate
from bench.bodies import SINGLE
from bench.line import Line
from bench.run import Options, Row, Run
from bench.warm_up import warm_up

SETUP_SECONDS = 8.0
COLLECT_ROLES = "collect,api"


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + options.alternations * 2 * options.seconds


def _measure(run: Run, row: Row, *, roles: str | None) -> list[Line]:
    with servers.headwater(run.folder / "data", roles=roles) as ours, servers.noop() as noop:
        warm_up(ours, SINGLE)
        found = alternate(
            run,
            ours=lambda: load.events_per_second(ours, SINGLE, seconds=run.options.seconds),
            against=lambda: load.events_per_second(noop, SINGLE, seconds=run.options.seconds),
        )
    return [
        Line(
            title=row.title,
            figure=found.ratio,
            spread=found.spread,
            ours=f"{found.ours:,.0f}/s",
            against=f"{found.against:,.0f}/s",
            floor=row.floor,
            goal=row.goal,
        )
    ]


ROW: Row = Row(
    name="single",
    title="single-event POST, fsync'd and deduplicated, all roles ÷ no-op POST",
    seconds=_seconds,
    measure=lambda run: _measure(run, ROW, roles=None),
    floor=0.22,
    goal=0.45,
)

COLLECT_ROW: Row = Row(
    name="single-collect",
    title=f"the same with --role {COLLECT_ROLES}",
    seconds=_seconds,
    measure=lambda run: _measure(run, COLLECT_ROW, roles=COLLECT_ROLES),
    floor=0.28,
    goal=0.5,
)
