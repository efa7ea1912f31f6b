"""Who is asking: `GET /sessions/whoami` by token, against a typed GET that does nothing, with few and many sessions."""

import itertools
import json
import shutil
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from bench import bodies, effort, load, noop_route, people, servers
from bench.alternation import alternate
from bench.line import Line, NotMeasuredError
from bench.load import Load
from bench.run import Options, Row, Run
from bench.servers import Target

COUNTS = (1, 1_000, 100_000)
PATH = "/sessions/whoami"
HEADER = "x-session-token"
TITLE = "GET /sessions/whoami by token, {count:,} stored ÷ a no-op typed GET on the same server"
SETUP_SECONDS = 6.0
STORED_PER_SECOND = 5_000
WARM_UP_SECONDS = 1.0
MICRO = 1e6


def _seconds(options: Options) -> float:
    each = SETUP_SECONDS + 2 * WARM_UP_SECONDS + options.alternations * 2 * options.seconds
    return len(COUNTS) * each + sum(COUNTS) / STORED_PER_SECOND


def _measure(run: Run) -> list[Line]:
    with servers.noop_route() as noop:
        return [_line(run, noop, count) for count in COUNTS]


def _line(run: Run, noop: Target, count: int) -> Line:
    run.say(f"storing {count:,} people with a session each")
    data = run.folder / f"data-{count}"
    with servers.headwater(data) as first:
        pass
    people.lay(data, count)
    nothing = _nothing(noop)
    with servers.again(first) as ours:
        _refuse_unless_known(ours, count)
        question = _whoami(ours, count)
        for one in (question, nothing):
            load.requests_per_second(one, seconds=WARM_UP_SECONDS)
        costs = _Costs(run.options.seconds)
        found = alternate(
            run,
            ours=lambda: costs.measure(ours, question),
            against=lambda: costs.measure(noop, nothing),
        )
    shutil.rmtree(data)
    return Line(
        title=TITLE.format(count=count),
        figure=found.ratio,
        spread=found.spread,
        ours=f"{found.ours:,.0f}/s",
        against=f"{found.against:,.0f}/s",
        floor=ROW.floor,
        goal=ROW.goal,
        note=f"processor time {costs.micros(ours):.0f} against {costs.micros(noop):.0f} µs",
    )


class _Costs:
    """Rates, and what each request took of the processor meanwhile."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._spent: dict[int, list[float]] = {}

    def measure(self, target: Target, question: Load) -> float:
        rate, cost = effort.of(target, lambda: load.requests_per_second(question, seconds=self._seconds))
        self._spent.setdefault(target.pid, []).append(cost.own_seconds / (rate * self._seconds))
        return rate

    def micros(self, target: Target) -> float:
        """Return the median of a request's microseconds."""
        spent = sorted(self._spent[target.pid])
        return spent[len(spent) // 2] * MICRO


def _whoami(target: Target, count: int) -> Load:
    numbers = _numbers(count)
    host = urlsplit(target.url).netloc

    def next_request() -> bytes:
        head = f"GET {PATH} HTTP/1.1\r\nhost: {host}\r\n{HEADER}: {people.token(next(numbers))}\r\n\r\n"
        return head.encode()

    script = f"""
local state = 0
function request()
  state = (state * {bodies.FACTOR} + {bodies.STEP}) % {bodies.MODULUS}
  local number = math.floor(state / {bodies.MODULUS} * {count})
  local token = '{people.PREFIX}' .. string.format('%0{people.DIGITS}d', number)
  return wrk.format('GET', nil, {{['{HEADER}'] = token}})
end
"""
    return Load(url=target.url + PATH, script=script, next_request=next_request)


def _numbers(count: int) -> Iterator[int]:
    """Yield people in the order in which wrk's Lua asks for them: all over the index."""
    state = 0
    while True:
        state = (state * bodies.FACTOR + bodies.STEP) % bodies.MODULUS
        yield int(state / bodies.MODULUS * count)


def _nothing(target: Target) -> Load:
    request = f"GET {noop_route.PATH} HTTP/1.1\r\nhost: {urlsplit(target.url).netloc}\r\n\r\n".encode()
    return Load(url=target.url + noop_route.PATH, script="wrk.method = 'GET'\n", next_request=lambda: request)


def _refuse_unless_known(target: Target, count: int) -> None:
    """Ask a few times and look at the answers: fast and wrong is no figure."""
    for number in {0, count // 2, count - 1, *itertools.islice(_numbers(count), 3)}:
        request = urllib.request.Request(target.url + PATH, headers={HEADER: people.token(number)})
        with urllib.request.urlopen(request) as answer:
            shown = json.loads(answer.read())
        if shown["identity"]["traits"] != {"email": people.email(number)}:
            raise NotMeasuredError(f"whoami answers with somebody else: {shown}")


ROW: Row = Row(
    name="whoami",
    title="GET /sessions/whoami by token ÷ a no-op typed GET on the same server",
    seconds=_seconds,
    measure=_measure,
    floor=0.25,
    goal=0.5,
)
