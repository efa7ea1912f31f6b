"""The core database: transactions as plain functions, run off the event loop.

On SQLite one thread writes (one writer per file, DESIGN decision 1) and a few read; what is small, and waits for no
disk, the event loop does itself while that thread rests. Nothing here may await while a transaction is open, which is
what keeps outbound calls out of transactions (decision 3): a transaction is a synchronous function of a
connection.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine, event

from headwater.store.at_hand import AtHand, BusyError
from headwater.store.writer import NEAR, ONE_LINE_ERRORS, TOPICS, Writer

Result = TypeVar("Result")
Listener = Callable[[str], Awaitable[None]]

READERS = 3
BUSY_TIMEOUT_MS = 5_000

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
        self._at_hand = AtHand(self._engine) if self._engine.dialect.name == NEAR else None
        self._writer = Writer(self._engine)
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

    async def write(
        self,
        transaction: Callable[[Connection], Result],
        *,
        survives_power_cut: bool = True,
        is_one_statement: bool = False,
    ) -> Result:
        """Run `transaction`, commit, and return its result; an exception rolls all of it back.

        Who says that it needn't survive a power cut doesn't wait for the disk: it is there for everybody from now on,
        and after kill -9, and with the next commit that does wait it is as safe as that. Ask this only for what nobody
        was promised, and what leaves nobody worse off than if it had never happened; and for a few rows only, as on
        SQLite the event loop itself may write them. `is_one_statement` is whole by itself, with nothing around it.
        """
        result, topics = await self._committed(
            transaction, is_synced=survives_power_cut, is_one_statement=is_one_statement
        )
        for topic in topics:
            for listener in self._listeners:
                await listener(topic)
        return result

    async def read(self, query: Callable[[Connection], Result]) -> Result:
        """Run `query` on one consistent snapshot; it must not write."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    async def glance(self, query: Callable[[Connection], Result], *, is_one_statement: bool = False) -> Result:
        """Run a `query` for a few rows that an index leads to: on the event loop where the database is a local file.

        To hand such a query to a thread and back takes several times as long as the query; writers never block it
        (WAL). Elsewhere it is a `read`. `is_one_statement`: it needs no transaction to see one moment only.
        """
        if self._at_hand is not None:
            try:
                return self._at_hand.read(query, is_one_statement=is_one_statement)
            except BusyError:
                pass
        return await self.read(query)

    def close(self) -> None:
        """Finish what runs and close every connection."""
        self._writer.close()
        self._readers.shutdown()
        if self._at_hand is not None:
            self._at_hand.close()
        self._engine.dispose()

    async def _committed(
        self, transaction: Callable[[Connection], Result], *, is_synced: bool, is_one_statement: bool
    ) -> tuple[Result, set[str]]:
        """Run a transaction on the writer's thread, unless it waits for no disk and for nobody else."""
        if self._at_hand is not None and not is_synced and self._writer.is_idle:
            try:
                return self._at_hand.write(transaction, is_one_statement=is_one_statement)
            except BusyError:
                pass
        return await self._writer.write(transaction, is_synced=is_synced)

    def _read(self, query: Callable[[Connection], Result]) -> Result:
        with ONE_LINE_ERRORS, self._engine.connect() as connection, connection.begin():
            if connection.dialect.name == NEAR:
                connection.exec_driver_sql("BEGIN")
            return query(connection)


def announce(connection: Connection, topic: str) -> None:
    """Let listeners hear of `topic` once this transaction is committed."""
    connection.info[TOPICS].add(topic)


def build_engine(url: str) -> Engine:
    """Return an engine; SQLite ones get our pragmas and leave transactions to us."""
    # hide_parameters: a statement that fails must not carry traits or password hashes into the logger.
    engine = sqlalchemy.create_engine(url, hide_parameters=True)
    if engine.dialect.name == NEAR:
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own implicit BEGIN comes too late (only before the first write) and is not IMMEDIATE.
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
