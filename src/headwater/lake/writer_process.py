"""Starts a writing process, waits for it, and hears what it did. Loads nothing of what that process needs."""

import asyncio
import contextlib
import sys

import msgspec

from headwater.core.errors import UnavailableError
from headwater.lake.write_orders import Orders, Report

MODULE = "headwater.lake.writing"
LAST_WORDS_BYTES = 2_000


class WriterDiedError(UnavailableError):
    """The process that writes the lake ended before its work did. Nothing is lost; it is started again."""

    code = "lake_writer_died"


class WriterProcess:
    """Runs one writing process at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, orders: Orders) -> Report:
        """Have it done; when this is cancelled, the process is killed. Raises WriterDiedError, OSError."""
        pipe = asyncio.subprocess.PIPE
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", MODULE, stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            said, last_words = await process.communicate(msgspec.json.encode(orders))
        finally:
            await self._end()
        if process.returncode != 0:
            words = last_words[-LAST_WORDS_BYTES:].decode(errors="replace").strip().rsplit("\n", 1)[-1]
            raise WriterDiedError(f"The process that writes the lake ended with {process.returncode}. {words}".strip())
        return msgspec.json.decode(said, type=Report)

    async def _end(self) -> None:
        """See it gone, whatever it was doing: what it has not committed is not there."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
