"""A destination that resumes with a long log before it, against one with a short log; and what memory that takes.

The same mapping and the same tools as `delivery`. `--backlog 1000000` is the issue's figure.
"""

import statistics
from contextlib import ExitStack
from dataclasses import replace

from bench import processes, servers
from bench.alternation import alternate
from bench.deliveries import Deliveries
from bench.line import Line
from bench.rows.delivery import Race
from bench.run import Options, Row, Run
from bench.taken import Taken

SETUP_SECONDS = 20.0
EVENTS_PER_SECOND = 800
LONG_EVENTS, SHORT_TIMES = 100_000, 2
FIRST_SHARE = 0.2
GROWTH_FLOOR, GROWTH_GOAL = 10, 5
MEGA = 1e6


class Weight:
    """Memory of all the server's processes, while events arrive: in the first fifth, and in all that follows."""

    def __init__(self, pid: int, *, events: int) -> None:
        self._pid = pid
        self._events = events
        self._first: list[int] = []
        self._later: list[int] = []

    def look(self, taken: Taken) -> None:
        seen = processes.anonymous_bytes(self._pid)
        if taken.count >= FIRST_SHARE * self._events:
            self._later.append(seen)
        elif taken.count:
            self._first.append(seen)

    @property
    def growth_percent(self) -> float:
        return (max(self._later) / statistics.median(self._first) - 1) * 100

    @property
    def most_mb(self) -> float:
        return max(self._later) / MEGA


def _seconds(options: Options) -> float:
    events = options.backlog_events + options.delivered_events
    return SETUP_SECONDS + _times(options) * events / EVENTS_PER_SECOND


def _times(options: Options) -> int:
    """A long backlog repeats itself."""
    return 1 if options.backlog_events >= LONG_EVENTS else SHORT_TIMES


def _measure(run: Run) -> list[Line]:
    few, many = run.options.delivered_events, run.options.backlog_events
    twice = replace(run, options=replace(run.options, alternations=_times(run.options)))
    with ExitStack() as running:
        tool = running.enter_context(servers.of_bench("tool"))
        short = running.enter_context(servers.headwater(run.folder / "short"))
        long = running.enter_context(servers.headwater(run.folder / "long"))
        races = []
        for name, target, events in (("short", short, few), ("long", long, many)):
            lane = Deliveries(target, tool.url)
            run.say(f"filling the {name} log with {events:,} events")
            lane.fill(events)
            races.append(Race(lane, tool.url, events=events, name=name))
        races[0].ours()  # warm
        weight = Weight(long.pid, events=many)
        found = alternate(twice, ours=lambda: races[1].ours(look=weight.look), against=races[0].ours)
    return [
        Line(
            title=ROW.title,
            figure=found.ratio,
            spread=found.spread,
            ours=f"{found.ours:,.0f} events/s",
            against=f"{found.against:,.0f} events/s",
            floor=ROW.floor,
            goal=ROW.goal,
            note=f"{many:,} events against {few:,}",
        ),
        Line(
            title="the same: growth of the server's memory after the first fifth",
            figure=weight.growth_percent,
            unit=" %",
            floor=GROWTH_FLOOR,
            goal=GROWTH_GOAL,
            is_more_better=False,
            ours=f"{weight.most_mb:.0f} MB at most",
            note="anonymous memory of all its processes",
        ),
    ]


ROW: Row = Row(
    name="backlog",
    title="a long backlog to one webhook by a mapping: events/s ÷ the same with a short one",
    seconds=_seconds,
    measure=_measure,
    floor=0.8,
    goal=1.0,
)
