"""`make bench`: the speed table. Each row: our figure, what it is measured against in the same run, floor and goal.

Both sides of a ratio alternate on the same machine; medians are printed. Absolute figures say little about another
machine. Let nothing else run meanwhile.
"""

import argparse
import math
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import disk, load, neighbours
from bench.line import Line, NotMeasuredError
from bench.rows import ROWS
from bench.run import Options, Progress, Row, Run

ALTERNATIONS = 5
SECONDS = 3.0
WINDOW_SECONDS = 20.0
IDLE_SECONDS = 30.0
SOAK_MINUTES = 10.0
IDS = 50_000_000
DELIVERED_EVENTS = 2_000
BACKLOG_EVENTS = 10_000
LAKE_EVENTS = 10_000_000
CONSOLE_PEOPLE, CONSOLE_EVENTS = 10_000, 200_000

HEADINGS = ("row", "figure", "floor", "goal", "reaches", "spread", "ours", "against", "note")


def main() -> int:
    arguments = _arguments()
    options = Options(
        alternations=arguments.alternations,
        seconds=arguments.seconds,
        window_seconds=arguments.window,
        idle_seconds=arguments.idle,
        soak_minutes=arguments.soak or 0.0,
        ids=arguments.ids,
        delivered_events=arguments.events,
        backlog_events=arguments.backlog,
        lake_events=arguments.lake_events,
        console_people=arguments.console_people,
        console_events=arguments.console_events,
    )
    rows = [row for row in ROWS if row.name in (arguments.row or [one.name for one in ROWS])]
    progress = Progress(rows, options)
    lines = [line for row in rows for line in _measured(row, options, progress, arguments)]
    kind = disk.file_system(arguments.folder)
    Console(width=arguments.width).print(_table(lines, options, where=f"{kind}, {progress.passed} min"))
    if kind in disk.IN_MEMORY:
        print(f"{arguments.folder} is in memory: an fsync costs nothing there. Name a real disk with --folder.")
    is_good = all(line.is_floor_held for line in lines)
    return 1 if arguments.check and not is_good else 0


def _measured(row: Row, options: Options, progress: Progress, arguments: argparse.Namespace) -> list[Line]:
    """Measure one row in a folder of its own, which is gone afterwards."""
    busy = neighbours.wait_until_quiet(arguments.patience)
    if busy > neighbours.QUIET_CORES:
        progress.say(row, f"something else uses {busy:.1f} cores of this machine; the figures will be poor")
    with tempfile.TemporaryDirectory(prefix="headwater-bench-", dir=arguments.folder) as own:
        run = Run(options=options, folder=Path(own), kept=arguments.folder, say=lambda what: progress.say(row, what))
        try:
            return row.measure(run)
        except NotMeasuredError as reason:
            return [Line(title=row.title, floor=row.floor, goal=row.goal, note=str(reason))]


def _table(lines: list[Line], options: Options, *, where: str) -> Table:
    table = Table(title=f"headwater bench ({load.GENERATOR}, {options.alternations} alternations, medians, {where})")
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading in ("figure", "floor", "goal") else "left")
    for line in lines:
        figure = "" if math.isnan(line.figure) else f"{line.figure:.2f}{line.unit}"
        marks = (f"{line.floor:g}{line.unit}", f"{line.goal:g}{line.unit}")
        table.add_row(line.title, figure, *marks, line.verdict, line.spread, line.ours, line.against, line.note)
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("--row", action="append", choices=names, help="only this row; may be given several times")
    parser.add_argument("--check", action="store_true", help="exit 1 when a floor is missed or was not measured")
    parser.add_argument("--alternations", type=int, default=ALTERNATIONS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of one closed-loop measurement")
    parser.add_argument("--window", type=float, default=WINDOW_SECONDS, help="seconds of one window of `latency`")
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS, help="seconds of silence in `idle`")
    parser.add_argument(
        "--soak", type=float, nargs="?", const=SOAK_MINUTES, help=f"minutes of load in `memory` ({SOAK_MINUTES:g})"
    )
    parser.add_argument("--ids", type=int, default=IDS, help=f"how many ids `single-50m` has in the index ({IDS:,})")
    parser.add_argument(
        "--events", type=int, default=DELIVERED_EVENTS, help=f"how many `delivery` has each time ({DELIVERED_EVENTS:,})"
    )
    parser.add_argument(
        "--backlog", type=int, default=BACKLOG_EVENTS, help=f"how many `backlog` has in its log ({BACKLOG_EVENTS:,})"
    )
    parser.add_argument(
        "--lake-events", type=int, default=LAKE_EVENTS, help=f"how many `query` has in its lake ({LAKE_EVENTS:,})"
    )
    for what, count in (("people", CONSOLE_PEOPLE), ("events", CONSOLE_EVENTS)):
        parser.add_argument(f"--console-{what}", type=int, default=count, help=f"how many `console` has ({count:,})")
    parser.add_argument(
        "--patience", type=float, default=0.0, help="seconds that each row may wait for the rest of the machine to rest"
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the data may lie")
    parser.add_argument("--width", type=int, help="of the table, where the terminal's is wrong")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
