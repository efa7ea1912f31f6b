"""The core database: transactions as plain functions, run off the event loop.

On SQLite one thread writes (one writer per file, DESIGN decision 1) and a few read. Nothing here may await
while a transaction is open, which is what keeps outbound calls out of transactions (decision 3): a transaction
is a synchronous function of a connection.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
import structlog
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from headwater.core.errors import UnavailableError

logger = structlog.get_logger(__name__)

Result = TypeVar("Result")


class DatabaseError(UnavailableError):
    """The database can't be read or written just now (is the disk full?); nothing was changed. Try again soon."""

    code = "database_unavailable"


Listener = Callable[[str], Awaitable[None]]

READERS = 3
BUSY_TIMEOUT_MS = 5_000
TOPICS = "topics"

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an ack means fsync'd
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
)


def sqlite_url(path: Path) -> str:
    """Return the SQLAlchemy URL of a SQLite file."""
    return f"sqlite:///{path}"


class Database:
    """Runs transactions. Build one per process; close it at the end."""

    def __init__(self, url: str) -> None:
        self._engine = build_engine(url)
        self._is_near = self._engine.dialect.name == "sqlite"
        self._near: Connection | None = None
        self._writer = ThreadPoolExecutor(1, "core-write")
        self._readers = ThreadPoolExecutor(READERS, "core-read")
        self._listeners: list[Listener] = []

    @property
    def engine(self) -> Engine:
        return self._engine

    def on_commit(self, listener: Listener) -> None:
        """Await `listener(topic)` after a commit that announced `topic`, before the writer gets its result.

        So whoever made a change sees it in force. A listener may read; it must not write.
        """
        self._listeners.append(listener)

    async def write(self, transaction: Callable[[Connection], Result]) -> Result:
        """Run `transaction` alone, commit, and return its result; an exception rolls everything back."""
        loop = asyncio.get_running_loop()
        result, topics = await loop.run_in_executor(self._writer, self._write, transaction)
        for topic in topics:
            for listener in self._listeners:
                await listener(topic)
        return result

    async def read(self, query: Callable[[Connection], Result]) -> Result:
        """Run `query` on one consistent snapshot; it must not write."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    async def glance(self, query: Callable[[Connection], Result]) -> Result:
        """Run a `query` for a few rows that an index leads to: on the event loop where the database is a local file.

        To hand such a query to a thread and back takes several times as long as the query; writers never block it
        (WAL). Elsewhere it is a `read`.
        """
        return self._glance(query) if self._is_near else await self.read(query)

    def close(self) -> None:
        """Finish what runs and close every connection."""
        self._writer.shutdown()
        self._readers.shutdown()
        if self._near is not None:
            self._near.close()
        self._engine.dispose()

    def _write(self, transaction: Callable[[Connection], Result]) -> tuple[Result, set[str]]:
        with _one_line_errors(), self._engine.connect() as connection:
            topics: set[str] = set()
            connection.info[TOPICS] = topics
            with connection.begin():
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                result = transaction(connection)
            return result, topics

    def _glance(self, query: Callable[[Connection], Result]) -> Result:
        with _one_line_errors():
            if self._near is None:
                self._near = self._engine.connect()
            with self._near.begin():
                self._near.exec_driver_sql("BEGIN")
                return query(self._near)

    def _read(self, query: Callable[[Connection], Result]) -> Result:
        with _one_line_errors(), self._engine.connect() as connection, connection.begin():
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            return query(connection)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        logger.error("database_unavailable", reason=str(error.orig))  # noqa: TRY400  the reason says it all
        raise DatabaseError from error


def announce(connection: Connection, topic: str) -> None:
    """Let listeners hear of `topic` once this transaction is committed."""
    connection.info[TOPICS].add(topic)


def build_engine(url: str) -> Engine:
    """Return an engine; SQLite ones get our pragmas and leave transactions to us."""
    # hide_parameters: a statement that fails must not carry traits or password hashes into the logger.
    engine = sqlalchemy.create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own implicit BEGIN comes too late (only before the first write) and is not IMMEDIATE.
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
