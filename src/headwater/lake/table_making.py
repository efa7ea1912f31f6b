"""The process that makes tables (`python -m headwater.lake.table_making`): orders on its input, answers on its output.

So a second processor reads events while the first prepares them. What it makes is nobody's until whoever started it
takes it over; when its input closes, that one is gone, and so is this.
"""

import gc
import os
import sys
import traceback
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, NoReturn

import msgspec

from headwater.lake import table_orders
from headwater.lake.duck import Duck
from headwater.lake.duck_engine import engine
from headwater.lake.made_tables import Made
from headwater.lake.table_maker import TableMaker
from headwater.lake.table_orders import Begin, Known, Making, Take
from headwater.lake.tables import KnownColumn

FAILURES = (OSError, engine.Error)


class TableMaking:
    """Does as ordered, and says what came of it to `to`."""

    def __init__(self, making: Making, *, to: IO[bytes]) -> None:
        self._to = to
        self._columns: dict[str, Sequence[KnownColumn]] = {}
        folder = Path(making.folder)
        self._maker = TableMaker(
            Duck(folder, limits=making.limits), folder, now_ms=making.now_ms, columns_of=self._columns.__getitem__
        )
        self._telling = ThreadPoolExecutor(1, "telling")
        self._failed: str | None = None

    def know(self, known: Known) -> None:
        self._columns[known.source] = known.columns

    def take(self, take: Take, lines: bytes) -> None:
        """Take lines. What fails is told with what is begun next."""
        try:
            self._maker.take(lines, source=take.source, day=take.day, are_tracks=take.are_tracks)
        except FAILURES as error:
            self._failed = _said(error)

    def begin(self, begin: Begin) -> None:
        """Begin to write what was taken, and tell when it is."""
        try:
            self._maker.begin(is_last=begin.is_last)
        except FAILURES as error:
            self._failed = _said(error)
        self._telling.submit(self._tell).add_done_callback(_end_if_failed)

    def _tell(self) -> None:
        told = Made(failed=self._failed) if self._failed is not None else self._made()
        table_orders.send(self._to, msgspec.msgpack.encode(told))
        self._to.flush()

    def _made(self) -> Made:
        try:
            return self._maker.made()
        except FAILURES as error:
            return Made(failed=_said(error))


def follow(orders: IO[bytes], *, to: IO[bytes]) -> None:
    """Do as ordered until nothing is."""
    first = table_orders.hear(orders)
    if first is None:
        return
    making, _ = first
    assert isinstance(making, Making)  # noqa: S101  it comes first
    tables = TableMaking(making, to=to)
    while (heard := table_orders.hear(orders)) is not None:
        order, lines = heard
        match order:
            case Take():
                tables.take(order, lines)
            case Begin():
                tables.begin(order)
            case Known():
                tables.know(order)


def _end_if_failed(telling: Future[None]) -> None:
    """Die of what nobody foresaw: else whoever waits for a word would wait for ever."""
    if (error := telling.exception()) is not None:
        _end(error)


def _end(error: BaseException | None) -> NoReturn:
    """End at once, whichever threads still wait for somebody: nobody wants any more what is being written."""
    try:
        if error is not None:
            traceback.print_exception(error)
    finally:
        os._exit(0 if error is None else 1)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def main() -> NoReturn:
    gc.disable()  # as in the process that writes
    try:
        follow(sys.stdin.buffer, to=sys.stdout.buffer)
    except BaseException as error:  # noqa: BLE001  it is told, and this process ends of it
        _end(error)
    _end(None)


if __name__ == "__main__":
    main()
