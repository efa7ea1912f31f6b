"""Each page of the console on a server that has lived: how long its reader waits, and what the first one weighs.

`--console-people 100000 --console-events 10000000` is the issue's figure.
"""

import statistics
import time
from dataclasses import dataclass

from bench import console_pages, effort, lived_server
from bench.console_pages import Browser
from bench.line import Line
from bench.lived_server import Size
from bench.run import Options, Row, Run
from bench.servers import Target

TIMES, WARM_UPS = 50, 3
PAGES_ABOUT, SECONDS_A_PAGE = 60, 1.5
LAID_PER_SECOND = 8_000
SETUP_SECONDS, SETTLE_SECONDS = 40.0, 15.0
LATE = 0.95
WORST_NAMED = 3
MS = 1e3
KILO = 1e3
HOME = "/console"
WEIGHT_FLOOR, WEIGHT_GOAL = 150, 75


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What one took: 19 of 20 times no longer than this, as its reader waits, and the server's own work for it."""

    path: str
    late_ms: float
    usual_ms: float
    work_ms: float


def _seconds(options: Options) -> float:
    laid = (options.console_events + 10 * options.console_people) / LAID_PER_SECOND
    return SETUP_SECONDS + SETTLE_SECONDS + laid + PAGES_ABOUT * SECONDS_A_PAGE


def _measure(run: Run) -> list[Line]:
    size = Size(people=run.options.console_people, events=run.options.console_events)
    with lived_server.running(run.kept, size, say=run.say) as (target, operator, lived):
        time.sleep(SETTLE_SECONDS)  # what a start does for itself is over
        browser = Browser(target, operator.key)
        paths = list(dict.fromkeys(console_pages.addresses(operator, lived)))
        run.say(f"{len(paths)} pages, {TIMES} times each")
        pages = sorted((_seen(target, browser, path) for path in paths), key=lambda one: -one.late_ms)
        weight = browser.weight_bytes(HOME)
    return [
        Line(
            title=ROW.title,
            figure=pages[0].late_ms,
            unit=" ms",
            spread=f"medians {min(one.usual_ms for one in pages):.0f} to {max(one.usual_ms for one in pages):.0f} ms",
            ours=f"{statistics.median(one.usual_ms for one in pages):.0f} ms in the middle",
            against=f"processor time: {max(one.work_ms for one in pages):.0f} ms at most",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note=f"{size.people:,} people, {size.events:,} events; " + "; ".join(map(_told, pages[:WORST_NAMED])),
        ),
        Line(
            title="the first page with all its files",
            figure=weight / KILO,
            unit=" KB",
            floor=WEIGHT_FLOOR,
            goal=WEIGHT_GOAL,
            is_more_better=False,
        ),
    ]


def _seen(target: Target, browser: Browser, path: str) -> _Page:
    for _ in range(WARM_UPS):
        browser.see(path)
    took: list[float] = []
    _, cost = effort.of(target, lambda: took.extend(_timed(browser, path) for _ in range(TIMES)))
    took.sort()
    return _Page(
        path=path,
        late_ms=took[int(LATE * len(took))] * MS,
        usual_ms=statistics.median(took) * MS,
        work_ms=cost.all_seconds / TIMES * MS,
    )


def _timed(browser: Browser, path: str) -> float:
    started = time.perf_counter()
    browser.see(path)
    return time.perf_counter() - started


def _told(page: _Page) -> str:
    return f"{page.path.removeprefix(HOME) or 'home'} {page.late_ms:.0f} ms, work {page.work_ms:.0f} ms"


ROW: Row = Row(
    name="console",
    title="the console's slowest page, p95 of what its reader waits",
    seconds=_seconds,
    measure=_measure,
    floor=50,
    goal=25,
)
