"""The one thread that writes to the core database: what waits for it is committed together, each part of it whole.

A commit costs a sync of the disk and a turn of two threads, many times what most transactions take. So whoever comes
while one is under way shares the next. Nobody is answered before the commit that holds their change.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from headwater.store.errors import DatabaseError

logger = structlog.get_logger(__name__)

Result = TypeVar("Result")
Transaction = Callable[[Connection], Any]

NEAR = "sqlite"
TOPICS = "topics"
MOST_TOGETHER = 32


class _Job:
    """A transaction that somebody waits for, and what became of it."""

    __slots__ = ("failure", "future", "is_synced", "loop", "result", "topics", "transaction")

    def __init__(self, transaction: Transaction, *, is_synced: bool) -> None:
        self.transaction = transaction
        self.is_synced = is_synced
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[tuple[Any, set[str]]] = self.loop.create_future()
        self.topics: set[str] = set()
        self.result: Any = None
        self.failure: BaseException | None = None

    def settle(self) -> None:
        """Wake whoever waits, unless they went away."""
        if self.future.done():
            return
        if self.failure is None:
            self.future.set_result((self.result, self.topics))
        else:
            self.future.set_exception(self.failure)


class Writer:
    """Runs transactions one after the other. Close it at the end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._connection: Connection | None = None
        self._syncs = True
        self._is_closed = False
        self._awaited = 0
        self._thread = threading.Thread(target=self._run, name="core-write", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Nobody waits for it, and it isn't closed."""
        return not self._awaited and not self._is_closed

    async def write(self, transaction: Callable[[Connection], Result], *, is_synced: bool) -> tuple[Result, set[str]]:
        """Run `transaction`, commit, and return its result and what it announced. What it raises is raised here.

        Raises DatabaseError where the database can't be written; nothing of it is stored then.
        """
        if self._is_closed:
            raise RuntimeError("The database is closed.")
        job = _Job(transaction, is_synced=is_synced)
        self._jobs.put(job)
        self._awaited += 1
        try:
            return await job.future
        finally:
            self._awaited -= 1

    def close(self) -> None:
        """Commit what waits, and end."""
        self._is_closed = True
        self._jobs.put(None)
        self._thread.join()

    # -- the writer's thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._gathered()
            # Whoever went away before their turn wants nothing any more.
            wanted = [job for job in jobs if not job.future.cancelled()]
            if wanted:
                self._commit(wanted)
            _answer(wanted)
        if self._connection is not None:
            self._connection.close()

    def _gathered(self) -> tuple[list[_Job], bool]:
        """Wait for a job and take what else is there; False at the end."""
        jobs: list[_Job] = []
        more = self._jobs.get()
        while more is not None:
            jobs.append(more)
            if len(jobs) == MOST_TOGETHER:
                return jobs, True
            try:
                more = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            with ONE_LINE_ERRORS:
                if self._engine.dialect.name == NEAR:
                    self._commit_together(jobs)
                else:
                    for job in jobs:
                        self._commit_alone(job)
        # Every exception: without this thread all callers would wait for ever.
        except Exception as error:  # noqa: BLE001  told to those who wait
            for job in jobs:
                job.failure = job.failure or error

    def _commit_together(self, jobs: list[_Job]) -> None:
        connection = self._connected()
        driver: Any = connection.connection.driver_connection
        self._sync(driver, is_synced=any(job.is_synced for job in jobs))
        driver.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                _attempt(job, connection, savepoints=driver if len(jobs) > 1 else None)
            if len(jobs) > 1 or jobs[0].failure is None:
                driver.execute("COMMIT")
        finally:
            if driver.in_transaction:
                driver.execute("ROLLBACK")

    def _commit_alone(self, job: _Job) -> None:
        with self._engine.connect() as connection:
            try:
                with connection.begin():
                    _run_in(connection, job)
            except Exception as error:  # noqa: BLE001  told to whoever waits
                job.failure = _translated(error)

    def _connected(self) -> Connection:
        """Return the connection that stays: to SQLAlchemy its one transaction never ends, the real ones are ours."""
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.begin()
        return self._connection

    def _sync(self, driver: Any, *, is_synced: bool) -> None:
        if is_synced != self._syncs:
            driver.execute(f"PRAGMA synchronous = {'FULL' if is_synced else 'NORMAL'}")
            self._syncs = is_synced


class OneLineErrors:
    """Lets what the database refuses be one sentence."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if error is not None and (translated := _translated(error)) is not error:
            raise translated


ONE_LINE_ERRORS = OneLineErrors()


def _translated(error: BaseException) -> BaseException:
    if not isinstance(error, OperationalError | sqlite3.OperationalError):
        return error
    logger.error("database_unavailable", reason=str(getattr(error, "orig", error)))
    found = DatabaseError()
    found.__cause__ = error
    return found


def _run_in(connection: Connection, job: _Job) -> None:
    connection.info[TOPICS] = job.topics
    job.result = job.transaction(connection)


def _attempt(job: _Job, connection: Connection, *, savepoints: Any) -> None:
    """Run a job so that its failure is its own, with savepoints where it has company. Raises where all is lost."""
    if savepoints is not None:
        savepoints.execute("SAVEPOINT job")
    try:
        _run_in(connection, job)
    # Every exception, as its caller's own: they wait on another thread.
    except BaseException as error:  # noqa: BLE001  told to whoever waits
        job.failure = _translated(error)
        if savepoints is not None:
            savepoints.execute("ROLLBACK TO job")
    if savepoints is not None:
        savepoints.execute("RELEASE job")


def _answer(jobs: list[_Job]) -> None:
    for loop in {job.loop for job in jobs}:
        if not loop.is_closed():  # else nobody is left to hear it
            loop.call_soon_threadsafe(_settle, [job for job in jobs if job.loop is loop])


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        job.settle()
