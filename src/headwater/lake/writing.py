"""The process that writes the lake: `python -m headwater.lake.writing`, orders on its input, a report on its output.

A process, so that its memory goes with it and a crash costs nothing: what isn't in the manifest isn't there, and the
cursor has not moved. One at a time; whoever starts it (`writer_process.py`) sees to that. For a long stretch it has
tables made by a second one, which starts while this one loads what it needs (`write_run.py`).
"""

import gc
import importlib
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.lake import manifest, table_process
from headwater.lake.lake_lock import LakeLock
from headwater.lake.manifest import Manifest
from headwater.lake.table_process import TableProcess
from headwater.lake.write_orders import Orders

RUN = "headwater.lake.write_run"
NICE = 10  # collecting and delivering come first


def _begun(orders: Orders) -> tuple[LakeLock | None, TableProcess | None]:
    """Start the process that makes tables, where it is worth its start; it shares the lock."""
    try:
        lock = LakeLock(Path(orders.lake))
        waiting = orders.up_to - _cursor(Path(orders.lake))
        is_worth_it = table_process.is_worth_it(waiting, orders.limits)
        return lock, TableProcess(holding=[lock.descriptor]) if is_worth_it else None
    except (OSError, sqlite3.Error, HeadwaterError):  # the run meets it, too, and reports it
        return None, None


def _cursor(lake: Path) -> int:
    with closing(Manifest.open_for_reading(lake / manifest.NAME)) as book:
        return book.cursor()


def main() -> NoReturn:
    """Read the orders, and print the report."""
    os.nice(NICE)
    gc.disable()  # what makes rings of any size sees to them itself (`short_way.py`)
    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    lock, second = _begun(orders)
    report = importlib.import_module(RUN).written(orders, lock=lock, second=second)
    sys.stdout.buffer.write(msgspec.json.encode(report))
    sys.stdout.buffer.flush()
    # All is written. To put away an interpreter with all that it holds would only make whoever started this wait.
    os._exit(0)


if __name__ == "__main__":
    main()
