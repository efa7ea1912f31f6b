"""SQL over the lake, against DuckDB on one file that somebody made by hand of the same rows.

Both are processes of their own, start and all: so long does whoever asks wait. Ours reads the manifest and the log,
is confined, looks at the SQL, and has a file for each day.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bench import lake_of_events
from bench.line import Line, NotMeasuredError
from bench.run import Options, Row, Run
from headwater.lake.sql.orders import Schema
from headwater.lake.sql.queries import Queries
from headwater.lake.sql.query_limits import QueryLimits

MADE_PER_SECOND = 400_000
SECONDS_EACH = 3.0
SQL = "SELECT event, count(*) AS n FROM {} GROUP BY 1 ORDER BY 2 DESC, 1"
PEER = """
import duckdb, json, sys
for row in duckdb.connect(config={"threads": 2}).execute(sys.argv[1]).fetchall():
    print(json.dumps(row))
"""
WEB = Schema(name="web", source_id=lake_of_events.SOURCE)


def _seconds(options: Options) -> float:
    return options.lake_events / MADE_PER_SECOND + options.alternations * SECONDS_EACH


def _measure(run: Run) -> list[Line]:
    events = run.options.lake_events
    run.say(f"{events:,} events are made")
    whole = lake_of_events.make(run.folder, events=events)
    queries = Queries(run.folder / "lake", run.folder / "log", limits=QueryLimits())

    def ours() -> float:
        return _timed(lambda: asyncio.run(_asked(queries)), events=events)

    def peer() -> float:
        return _timed(lambda: _by_hand(whole), events=events)

    ours()
    peer()  # the disk's cache is warm for both
    run.say("queries, in turns with DuckDB's own")
    taken = [(ours(), peer()) for _ in range(run.options.alternations)]
    ratios = [one / other for one, other in taken]
    return [
        Line(
            title=ROW.title,
            figure=statistics.median(ratios),
            unit="x",
            spread=f"{min(ratios):.2f} to {max(ratios):.2f}",
            ours=f"{statistics.median(one for one, _ in taken):.2f} s",
            against=f"DuckDB, one file: {statistics.median(other for _, other in taken):.2f} s",
            floor=ROW.floor,
            goal=ROW.goal,
            is_more_better=False,
            note=f"{events:,} events, {lake_of_events.DAYS} files; both with their process",
        )
    ]


def _timed(ask: Callable[[], list[Any]], *, events: int) -> float:
    started = time.perf_counter()
    counted = ask()
    taken = time.perf_counter() - started
    if events != sum(count for _, count in counted):
        raise NotMeasuredError(f"{events} events were made, and {counted} counted")
    return taken


async def _asked(queries: Queries) -> list[Any]:
    sql = SQL.format("web.tracks")
    async with queries.ask(sql, schemas=(WEB,), is_masked=False, format="json") as answer:
        return [msgspec.json.decode(line) for line in b"".join([piece async for piece in answer]).splitlines()]


def _by_hand(whole: Path) -> list[Any]:
    command = [sys.executable, "-I", "-c", PEER, SQL.format(f"'{whole}'")]
    run = subprocess.run(command, check=True, capture_output=True)
    return [msgspec.json.decode(line) for line in run.stdout.splitlines()]


ROW: Row = Row(
    name="query",
    title="SELECT event, count(*) … GROUP BY 1, against DuckDB on one file",
    seconds=_seconds,
    measure=_measure,
    floor=1.5,
    goal=1.1,
)
