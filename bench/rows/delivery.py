"""Events of the log to one webhook by a Jsonnet mapping, against a bare loop of the same client posting bodies."""

import itertools

from bench import bare_delivery, deliveries, servers
from bench.alternation import alternate
from bench.deliveries import MAPPING, Deliveries, Look, unseen
from bench.line import Line
from bench.run import Options, Row, Run
from bench.taken import WELL

SETUP_SECONDS = 10.0
EVENTS_PER_SECOND = 800  # of both sides together, to say how long the row may take


def _seconds(options: Options) -> float:
    return SETUP_SECONDS + options.alternations * options.delivered_events / EVENTS_PER_SECOND


class Race:
    """Both sides, again and again: the same server and tools, each time with a path of its own."""

    def __init__(self, lane: Deliveries, tool_url: str, *, events: int, name: str = "") -> None:
        self._lane = lane
        self._tool_url = tool_url
        self._events = events
        self._paths = (f"{WELL}/{name}{number}" for number in itertools.count())
        self._body = b"{}"

    def ours(self, *, look: Look = unseen) -> float:
        """Deliver all the log's events to a new destination. `look` is shown what has come meanwhile."""
        path = next(self._paths)
        destination = self._lane.add(path, mappings=[{"template": MAPPING}], start="beginning")
        found = self._lane.arrived(path, self._events, look=look)
        self._lane.remove(destination)
        self._body = found.last_body.encode()
        return found.per_second

    def bare(self) -> float:
        """Post what ours had sent."""
        path = next(self._paths)
        bare_delivery.post(self._tool_url + path, self._body, times=self._events)
        return deliveries.taken(self._tool_url, path).per_second


def _measure(run: Run) -> list[Line]:
    events = run.options.delivered_events
    with servers.of_bench("tool") as tool, servers.headwater(run.folder / "data") as target:
        lane = Deliveries(target, tool.url)
        lane.fill(events)
        race = Race(lane, tool.url, events=events)
        race.ours()  # warm
        found = alternate(run, ours=race.ours, against=race.bare)
    return [
        Line(
            title=ROW.title,
            figure=found.ratio,
            spread=found.spread,
            ours=f"{found.ours:,.0f} events/s",
            against=f"{found.against:,.0f} events/s",
            floor=ROW.floor,
            goal=ROW.goal,
            note=f"{events:,} events each time",
        )
    ]


ROW: Row = Row(
    name="delivery",
    title="events to one webhook by a Jsonnet mapping ÷ the same client posting ready bodies",
    seconds=_seconds,
    measure=_measure,
    floor=0.4,
    goal=0.7,
)
