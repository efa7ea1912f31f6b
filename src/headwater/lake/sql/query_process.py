"""A query's process as whoever asked sees it: words, pieces of the answer, and its end, which is made to come."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import structlog

from headwater.core.errors import HeadwaterError
from headwater.lake.sql.orders import FAILED, WANTED, Orders, Word
from headwater.lake.sql.query_errors import ERRORS, QueryLimitError, QueryLostError

logger = structlog.get_logger(__name__)

# -I: no environment, no user site, no current folder on the path.
COMMAND = (sys.executable, "-I", "-m", "headwater.lake.sql.querying")
NEUTRAL_FOLDER = "/"
PIECE_BYTES = 64 * 1024
MAX_WORD_BYTES = 4 * 1024 * 1024

_words = msgspec.json.Decoder(Word)


# Brings files of the lake here, by their paths below its folder.
Fetch = Callable[[Sequence[str]], Coroutine[Any, Any, None]]


async def nothing(_files: Sequence[str]) -> None:
    """Bring nothing: all there is is here."""


class QueryProcess:
    """One query, under way. `start` makes it; it is to be closed."""

    def __init__(self, process: Process, *, timeout_seconds: float, fetch: Fetch) -> None:
        self._process = process
        self._fetch = fetch
        self._fetching: asyncio.Future[None] | None = None
        self._ended_by: HeadwaterError | None = None
        late = QueryLimitError(
            f"The query took longer than {timeout_seconds:g} s. Ask for less at once, or raise --timeout; the most that"
            " it may be is HEADWATER_QUERY_TIMEOUT."
        )
        self._deadline = asyncio.get_running_loop().call_later(timeout_seconds, self.end, late)

    @classmethod
    async def start(cls, orders: Orders, sql: str, *, timeout_seconds: float, fetch: Fetch = nothing) -> "QueryProcess":
        """Start it. `fetch` brings the files that it names before it goes on."""
        text = sql.encode(errors="surrogatepass")
        orders = msgspec.structs.replace(orders, sql_bytes=len(text))
        process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={}, cwd=NEUTRAL_FOLDER, limit=MAX_WORD_BYTES
        )
        assert process.stdin is not None  # noqa: S101  it is a pipe
        process.stdin.write(msgspec.json.encode(orders) + b"\n" + text)
        return cls(process, timeout_seconds=timeout_seconds, fetch=fetch)

    async def word(self) -> Word:
        """Return the next word. Raises what the query failed with, in words or without."""
        assert self._process.stderr is not None  # noqa: S101  it is a pipe
        while line := await _line(self._process.stderr):
            try:
                word = _words.decode(line)
            except msgspec.DecodeError:
                logger.warning("query_process_said", line=line.decode(errors="replace").rstrip())
                continue
            if word.kind == FAILED:
                raise ERRORS.get(word.code, QueryLostError)(word.message)
            if word.kind == WANTED:
                await self._bring(word.files)
                continue
            return word
        raise await self._fate()

    async def piece(self) -> bytes:
        """Return what of the answer is there, b"" at its end, whatever that end is."""
        assert self._process.stdout is not None  # noqa: S101  it is a pipe
        return await self._process.stdout.read(PIECE_BYTES)

    def end(self, reason: HeadwaterError) -> None:
        """End it now. Whoever waits for a word gets `reason`."""
        self._ended_by = self._ended_by or reason
        if self._fetching is not None:
            self._fetching.cancel()
        self._kill()

    async def close(self) -> None:
        """Return when it is gone, killed if need be."""
        self._deadline.cancel()
        if self._fetching is not None:
            self._fetching.cancel()
        self._kill()
        await self._process.wait()

    async def _bring(self, files: Sequence[str]) -> None:
        """Have files brought, and tell the process. Raises what that fails with, or what ended it meanwhile."""
        self._fetching = asyncio.ensure_future(self._fetch(files))
        await asyncio.wait([self._fetching])
        if self._ended_by is not None:
            raise self._ended_by
        self._fetching.result()
        assert self._process.stdin is not None  # noqa: S101  it is a pipe
        with suppress(ConnectionError):  # it died: its fate is told by what comes next
            self._process.stdin.write(b"\n")
            await self._process.stdin.drain()

    def _kill(self) -> None:
        if self._process.returncode is None:
            # Not Process.kill: it would reap the child before asyncio does, which then complains of an unknown one.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    async def _fate(self) -> HeadwaterError:
        code = await self._process.wait()
        if self._ended_by is not None:
            return self._ended_by
        if code == -signal.SIGXCPU:
            return QueryLimitError("The query used its processor time up. Ask for less at once.")
        logger.warning("query_process_lost", code=code)
        return QueryLostError()


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # a line too long for anything we say
        return b""
