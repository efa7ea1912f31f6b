"""Starts a sync's process, and hears its words. Loads nothing of what that process needs."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator

import msgspec

from headwater.core.errors import UnavailableError
from headwater.lake.warehouses.sync_words import SyncOrders, Word

MODULE = "headwater.lake.warehouses.syncing"
MAX_LINE_BYTES = 16 * 1024 * 1024


class SyncDiedError(UnavailableError):
    """The process of a sync ended before its work did. What was loaded stays; the next sync goes on from there."""

    code = "sync_died"


async def words(orders: SyncOrders) -> AsyncGenerator[Word, None]:
    """Run a sync and yield what it says, to its last word; left early, it is killed. Raises SyncDiedError, OSError."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, stdin=pipe, stdout=pipe, limit=MAX_LINE_BYTES
    )
    assert process.stdin is not None  # noqa: S101  it was asked for
    assert process.stdout is not None  # noqa: S101  the same
    try:
        with contextlib.suppress(ConnectionError):  # it died: its end is heard below
            process.stdin.write(msgspec.json.encode(orders) + b"\n")
            await process.stdin.drain()
        async for line in process.stdout:
            word = msgspec.json.decode(line, type=Word)
            yield word
            if word.is_end:
                return
        raise SyncDiedError(f"{SyncDiedError.__doc__} It ended with {await process.wait()}.")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
