"""Queries over the lake: so many at once, each within its limits, each an answer that comes piece by piece."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from headwater.core.errors import BadRequestError
from headwater.lake.depot import pointer
from headwater.lake.erasures import Erased, Erasures, nobody
from headwater.lake.sql import catalogue, confinement
from headwater.lake.sql.catalogue import Table
from headwater.lake.sql.orders import FORMATS, Column, Orders, Schema, Word
from headwater.lake.sql.query_errors import NotConfinedError, QueriesBusyError, QueryLimitError
from headwater.lake.sql.query_limits import QueryLimits
from headwater.lake.sql.query_process import Fetch, QueryProcess, nothing

# So much is there before an answer begins, if it is as long: a query that fails early is then an error, and not an
# answer that breaks off.
HELD_BYTES = 256 * 1024


class Answer:
    """A query's answer. `columns` are there at once; iterate over it for the rest; then `word` says what it was."""

    def __init__(self, process: QueryProcess, columns: tuple[Column, ...], *, limits: QueryLimits) -> None:
        self._process = process
        self._limits = limits
        self._held: list[bytes] = []
        self._taken = 0
        self._is_over = False
        self.columns = columns
        self.word: Word | None = None

    async def hold(self) -> None:
        """Wait for the beginning. Raises what the query fails with before that is there."""
        while self._taken < HELD_BYTES and (piece := await self._next()):
            self._held.append(piece)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the rows, in the format asked for. Raises what the query fails with meanwhile."""
        while self._held:
            yield self._held.pop(0)
        while piece := await self._next():
            yield piece

    async def _next(self) -> bytes:
        piece = b"" if self._is_over else await self._process.piece()
        self._taken += len(piece)
        if self._taken > self._limits.result_bytes:
            megabytes = self._limits.result_bytes // 10**6
            raise QueryLimitError(
                f"The answer is larger than {megabytes} MB. Select less, or raise HEADWATER_QUERY_RESULT_SIZE."
            )
        if not piece and not self._is_over:
            self.word = await self._process.word()
            self._is_over = True
        return piece


class Queries:
    """Runs queries. `lake` and `log` are folders; `may_be_unconfined`: also where the kernel can't confine them.

    `fetch` brings what a query needs of a lake that is at home elsewhere.
    """

    def __init__(
        self,
        lake: Path,
        log: Path,
        *,
        limits: QueryLimits,
        may_be_unconfined: bool = False,
        erasures: Erasures = nobody,
        fetch: Fetch | None = None,
    ) -> None:
        self._lake, self._log = lake.absolute(), log.absolute()
        self.limits = limits
        self._may_be_unconfined = may_be_unconfined
        self._erasures = erasures
        self._fetch = fetch
        self._turns = asyncio.Semaphore(limits.at_once)
        self._listings = asyncio.Semaphore(limits.listed_at_once)
        self._waiting: Counter[asyncio.Semaphore] = Counter()
        self._running: set[QueryProcess] = set()

    @asynccontextmanager
    async def ask(
        self,
        sql: str,
        *,
        schemas: Sequence[Schema],
        is_masked: bool,
        format: str,  # noqa: A002  the word for it
        max_rows: int | None = None,
        timeout_seconds: float | None = None,
    ) -> AsyncIterator[Answer]:
        """Give the answer to one query; it is over when the context is left, whatever of it was read.

        Raises QueriesBusyError when no turn comes, and what the query fails with before its first rows.
        """
        limits = self.limits
        seconds = limits.seconds if timeout_seconds is None else timeout_seconds
        self._check(sql, format=format, max_rows=max_rows, seconds=seconds)
        orders = self._orders(schemas, is_masked=is_masked, format=format, max_rows=max_rows)
        self._check_pointer()
        async with self._turn(self._turns):
            orders = msgspec.structs.replace(orders, erasures=tuple(await self._erasures()))
            process = await QueryProcess.start(orders, sql, timeout_seconds=seconds, fetch=self._fetch or nothing)
            self._running.add(process)
            try:
                begun = await process.word()
                answer = Answer(process, begun.columns, limits=limits)
                await answer.hold()
                yield answer
            finally:
                self._running.discard(process)
                await process.close()

    async def tables(self, schemas: Sequence[Schema]) -> dict[str, dict[str, Table]]:
        """Return which tables there are, at once: without a process, and so with a bounded look into the log's end.

        Raises QueriesBusyError when no turn comes.
        """
        self._check_pointer()
        erased = Erased(tuple(await self._erasures()))
        most = self.limits.listed_tail
        async with self._turn(self._listings):
            return await asyncio.to_thread(
                catalogue.listed, self._lake, self._log, schemas, max_tail=most, erased=erased
            )

    def end_all(self) -> None:
        """End what runs: the server goes."""
        for process in self._running:
            process.end(QueriesBusyError("The server is stopping."))

    def _check_pointer(self) -> None:
        if self._fetch is not None:
            pointer.check_read(self._lake)

    def _check(self, sql: str, *, format: str, max_rows: int | None, seconds: float) -> None:  # noqa: A002
        limits = self.limits
        if len(sql.encode(errors="replace")) > limits.sql_bytes:
            raise QueryLimitError(f"The query is longer than {limits.sql_bytes} bytes, the most that SQL may be here.")
        if format not in FORMATS:
            raise BadRequestError(f"There is no format {format!r} for an answer; there are {', '.join(FORMATS)}.")
        if max_rows is not None and max_rows < 1:
            raise BadRequestError("A limit is 1 row or more; leave it out for all.")
        if not 0 < seconds <= limits.seconds:
            raise BadRequestError(
                f"A query may take {limits.seconds:g} s at most here, not {seconds:g}; HEADWATER_QUERY_TIMEOUT says so."
            )

    def _orders(self, schemas: Sequence[Schema], *, is_masked: bool, format: str, max_rows: int | None) -> Orders:  # noqa: A002
        limits = self.limits
        is_confined = confinement.is_possible()
        if not is_confined and not self._may_be_unconfined:
            raise NotConfinedError
        return Orders(
            lake=str(self._lake),
            log=str(self._log),
            schemas=tuple(schemas),
            is_masked=is_masked,
            format=format,
            max_rows=max_rows,
            max_tail=limits.max_tail,
            memory_bytes=limits.memory_bytes,
            processor_seconds=limits.processor_seconds,
            threads=limits.threads,
            is_confined=is_confined,
            asks_for_files=self._fetch is not None,
        )

    @asynccontextmanager
    async def _turn(self, turns: asyncio.Semaphore) -> AsyncIterator[None]:
        if self._waiting[turns] >= self.limits.waiting:
            raise QueriesBusyError
        self._waiting[turns] += 1
        try:
            async with asyncio.timeout(self.limits.wait_seconds):
                await turns.acquire()
        except TimeoutError as error:
            raise QueriesBusyError from error
        finally:
            self._waiting[turns] -= 1
        try:
            yield
        finally:
            turns.release()
