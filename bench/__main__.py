"""`make bench`: the speed table. Each row: our figure, a ceiling measured in the same run, the ratio.

Both sides alternate on the same machine; medians are printed. Absolute figures say little about another machine.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import load, servers

ALTERNATIONS = 5
SECONDS = 3.0
EVENT = b'{"userId":"ada","event":"Order Completed","properties":{"revenue":39.95,"currency":"EUR","items":3}}'

Measure = Callable[[], float]
Row = tuple[str, ...]


def main() -> int:
    arguments = _arguments()
    table = Table(title=f"headwater bench ({load.GENERATOR}, {arguments.alternations} alternations, medians)")
    for heading in ("row", "ours", "ceiling", "ratio", "floor", "goal"):
        table.add_column(heading, justify="left" if heading == "row" else "right")
    with tempfile.TemporaryDirectory() as folder:
        table.add_row(*_start(Path(folder), arguments))
        table.add_row(*_single_events(Path(folder) / "single", arguments))
    Console().print(table)
    return 0


def _start(folder: Path, arguments: argparse.Namespace) -> Row:
    starts = [servers.ready_seconds(folder / f"start{number}") for number in range(arguments.alternations)]
    return ("from `serve` on an empty folder to ready (s)", f"{statistics.median(starts):.2f}", "", "", "3", "1.5")


def _single_events(folder: Path, arguments: argparse.Namespace) -> Row:
    with servers.headwater(folder) as ours, servers.noop() as noop:
        ceiling, figure = _alternate(
            lambda: load.requests_per_second(noop.url, EVENT, key="bench", seconds=arguments.seconds),
            lambda: load.requests_per_second(ours.url, EVENT, key=ours.write_key, seconds=arguments.seconds),
            times=arguments.alternations,
        )
    row = "single-event POST, fsync'd and deduplicated, all roles, against a no-op POST (requests/s)"
    return (row, f"{figure:,.0f}", f"{ceiling:,.0f}", f"{figure / ceiling:.2f}", "0.22", "0.45")


def _alternate(ceiling: Measure, ours: Measure, *, times: int) -> tuple[float, float]:
    """Measure both in turn and return their medians."""
    pairs = [(ceiling(), ours()) for _ in range(times)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--alternations", type=int, default=ALTERNATIONS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="length of one measurement")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
