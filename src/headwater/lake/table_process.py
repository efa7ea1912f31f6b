"""Tables made by a process of their own: what `TableMaker` does, on another processor, where it is worth its start."""

import contextlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec

from headwater.core.errors import UnavailableError
from headwater.lake import table_orders
from headwater.lake.limits import WriteLimits
from headwater.lake.made_tables import ColumnsOf, Made
from headwater.lake.table_orders import Begin, Known, Making, Order, Take
from headwater.lake.tables import KnownColumn

MODULE = "headwater.lake.table_making"
MOST_ON_THE_WAY = 8  # orders that wait to be heard: so many lots of lines are in memory


class TablesFailedError(UnavailableError):
    """A table of the lake could not be written. Nothing is lost; it is tried again."""

    code = "lake_tables_failed"


def is_worth_it(events: int, limits: WriteLimits) -> bool:
    """Tell whether it is worth its start for so many events, and has a processor."""
    return events >= limits.events_for_two and len(os.sched_getaffinity(0)) > 1


class TableProcess:
    """Close it after use. `holding` are descriptors that it keeps open: who writes after it waits for its end."""

    def __init__(self, *, holding: Sequence[int] = ()) -> None:
        self._columns_of: ColumnsOf = _no_columns
        self._known: set[str] = set()
        self._is_begun = False
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603  ourselves
            [sys.executable, "-m", MODULE], stdin=pipe, stdout=pipe, pass_fds=holding
        )
        self._telling = ThreadPoolExecutor(1, "to-tables")
        self._on_the_way: deque[Future[None]] = deque()

    def make_in(self, folder: Path, *, now_ms: int, limits: WriteLimits, columns_of: ColumnsOf) -> None:
        """Say how, first of all: what `TableMaker` is made with. Raises OSError."""
        folder.mkdir()
        self._columns_of = columns_of
        self._tell(Making(str(folder), now_ms, limits))

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._telling.shutdown()
        self._process.wait()
        for end in (self._process.stdin, self._process.stdout):
            assert end is not None  # noqa: S101  it is a pipe
            with contextlib.suppress(OSError):
                end.close()

    def take(self, lines: bytes, *, source: str, day: int, are_tracks: bytes) -> None:
        """As `TableMaker.take`; what it fails with is raised by `made`. Raises TablesFailedError where it is gone."""
        if source not in self._known:
            self._known.add(source)
            self._tell(Known(source, list(self._columns_of(source))))
        self._tell(Take(source, day, are_tracks, len(lines)), lines)

    def begin(self, *, is_last: bool = False) -> None:
        """As `TableMaker.begin`. Raises TablesFailedError where it is gone."""
        self._tell(Begin(is_last))
        self._is_begun = True

    def made(self) -> Made:
        """Wait for what was begun. Raises TablesFailedError."""
        if not self._is_begun:
            return Made()
        self._is_begun = False
        while self._on_the_way:  # what could not even be told is no part of the answer
            self._hear_oldest()
        assert self._process.stdout is not None  # noqa: S101  it is a pipe
        packed = table_orders.receive(self._process.stdout)
        if packed is None:
            raise self._died()
        made = msgspec.msgpack.decode(packed, type=Made)
        if made.failed is not None:
            raise TablesFailedError(f"A table of the lake could not be written: {made.failed}")
        return made

    def _tell(self, order: Order, lines: bytes = b"") -> None:
        self._on_the_way.append(self._telling.submit(self._write, order, lines))
        while len(self._on_the_way) > MOST_ON_THE_WAY or (self._on_the_way and self._on_the_way[0].done()):
            self._hear_oldest()

    def _hear_oldest(self) -> None:
        """Wait until it is told. Raises TablesFailedError, or whatever kept it from being told."""
        try:
            self._on_the_way.popleft().result()
        except OSError:
            raise self._died() from None

    def _write(self, order: Order, lines: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101  it is a pipe
        table_orders.tell(self._process.stdin, order, lines)
        self._process.stdin.flush()

    def _died(self) -> TablesFailedError:
        return TablesFailedError(f"The process that makes tables ended with {self._process.wait()}.")


def _no_columns(_source: str) -> Iterable[KnownColumn]:
    return ()
