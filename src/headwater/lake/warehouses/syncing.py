"""The process of one sync: `python -m headwater.lake.warehouses.syncing`, orders on its input, words on its output.

A process, so that the memory of DuckDB and of the driver goes with it, and a crash costs nothing: where each table is
stands in the warehouse. When its input closes, whoever started it is gone, and so is this.
"""

import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from headwater.core.clock import SystemClock, epoch_ms
from headwater.core.errors import HeadwaterError
from headwater.lake.depot.cache import Cache
from headwater.lake.erasures import Erased
from headwater.lake.warehouses import kinds
from headwater.lake.warehouses.lake_rows import Bring, LakeRows
from headwater.lake.warehouses.selection import Selection, exclusion
from headwater.lake.warehouses.sync import Sync
from headwater.lake.warehouses.sync_erasing import SyncErasing
from headwater.lake.warehouses.sync_words import SyncOrders, Word
from headwater.net.addresses import AddressPolicy

INPUT = 0
CHUNK_BYTES = 65_536
NICE = 10  # collecting and delivering come first


async def sync(orders: SyncOrders, *, say: Callable[[Word], None]) -> None:
    """Do as ordered, and say how far it is, and at the end that it ended."""
    last = Word()

    def tell(word: Word) -> None:
        nonlocal last
        last = word
        say(word)

    reason = ""
    try:
        await _sync(orders, tell)
    except HeadwaterError as error:
        reason = error.message
    say(msgspec.structs.replace(last, table=None, reason=reason, is_end=True))


async def _sync(orders: SyncOrders, say: Callable[[Word], None]) -> None:
    policy = AddressPolicy(allow_private=orders.private_addresses, own_listeners=frozenset(orders.own_listeners))
    warehouse = kinds.warehouse(orders.kind, orders.settings, policy=policy, clock=SystemClock())
    selection = Selection(tuple(exclusion(text) for text in orders.exclude))
    lake = Path(orders.lake)
    with tempfile.TemporaryDirectory(prefix="headwater-") as scratch:
        rows = LakeRows(
            lake,
            scratch=Path(scratch),
            limits=orders.limits,
            bring=_bringing(lake, orders),
            erased=Erased(orders.unsettled),
        )
        made = Sync(
            warehouse,
            rows,
            lake=lake,
            schemas=orders.schemas,
            selection=selection,
            erasing=SyncErasing(warehouse, rows, lake=lake, erasures=orders.erasures),
            every_schema=orders.every_schema,
            say=say,
        )
        try:
            await made.run()
        finally:
            await warehouse.close()
            rows.close()


def _bringing(lake: Path, orders: SyncOrders) -> Bring:
    if orders.place is None:
        return lambda _: None
    cache, clock = Cache(lake, orders.place), SystemClock()
    return lambda paths: cache.fetch(paths, now_ms=epoch_ms(clock.now()))


def main() -> int:
    """Read the orders from the first line; say a word a line."""
    os.nice(NICE)
    orders = msgspec.json.decode(_line(), type=SyncOrders)
    threading.Thread(target=_end_with_input, daemon=True).start()
    asyncio.run(sync(orders, say=_say))
    return 0


def _say(word: Word) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(word) + b"\n")
    sys.stdout.buffer.flush()


def _line() -> bytes:
    line = b""
    while not line.endswith(b"\n") and (chunk := os.read(INPUT, CHUNK_BYTES)):
        line += chunk
    return line


def _end_with_input() -> None:
    # Not by a buffer: its lock would be held when this process ends by itself.
    while os.read(INPUT, CHUNK_BYTES):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
