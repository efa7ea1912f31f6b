"""The process that makes a backup: its own, so that reading and hashing hold up nobody, and a crash costs nothing.

It also has to be one: whoever opens a database's file by other means than SQLite, and closes it, takes the locks away
that its own process has on it. Here nobody else has any.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.backup import backup_errors
from headwater.backup.notes import Note, Orders, Pipes, Report
from headwater.backup.shelf import Shelf
from headwater.backup.taking import Taking
from headwater.core.clock import SystemClock
from headwater.core.errors import HeadwaterError
from headwater.store.folder import DataFolder

LESS_URGENT = 10  # than the server, where both want the processor


def main(arguments: Sequence[str]) -> int:
    """Make the backup; all else is said on the standard output."""
    orders = msgspec.json.decode(arguments[0], type=Orders)
    os.nice(LESS_URGENT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's: whoever started this ends it
    try:
        return _told(Note(kind="done", report=_run(orders)), code=0)
    except HeadwaterError as error:
        return _told(Note(kind="failed", code=error.code, message=error.message), code=1)
    except (OSError, sqlite3.Error) as error:
        failure = backup_errors.failed(error, at=Path(orders.folder))
        return _told(Note(kind="failed", code=failure.code, message=failure.message), code=1)


def _run(orders: Orders) -> Report:
    data = DataFolder(Path(orders.data))
    with Shelf(Path(orders.folder), data=data.path) as shelf:
        try:
            return Taking(data, shelf, wire=Pipes(), clock=SystemClock()).run()
        except BaseException:
            shelf.discard()
            raise


def _told(note: Note, *, code: int) -> int:
    try:
        Pipes().say(note)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
