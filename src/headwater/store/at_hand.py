"""The event loop's own connection to a database that is a local file: for a few rows that an index leads to.

To hand such work to a thread and back takes several times as long as the work. It waits for nobody: what can't be had
at this very moment is left to the threads. Reading is never in a writer's way (WAL). Writing is for what needn't
survive a power cut, because nothing here waits for the disk; whoever moves the write-ahead log into the file does so on
the writer's thread, so that has to come by now and then.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from headwater.store.writer import ONE_LINE_ERRORS, TOPICS

Result = TypeVar("Result")

PRAGMAS = ("PRAGMA busy_timeout = 0", "PRAGMA synchronous = NORMAL", "PRAGMA wal_autocheckpoint = 0")
MOST_IN_A_ROW = 100
PRIMARY_CODE = 0xFF  # the rest of SQLite's error codes says more of the same


class BusyError(Exception):
    """Somebody else has the file. Nothing was read or written."""


class AtHand:
    """Made on the event loop, used nowhere else. Close it at the end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._driver: Any = None
        self._written_in_a_row = 0

    def read(self, query: Callable[[Connection], Result], *, is_one_statement: bool) -> Result:
        """Run `query` on one consistent snapshot, which one statement is by itself. Raises BusyError."""
        with ONE_LINE_ERRORS:
            connection, driver = self._connected()
            if not is_one_statement:
                driver.execute("BEGIN")
            try:
                return query(connection)
            except (OperationalError, sqlite3.OperationalError) as error:
                if _is_busy(error):
                    raise BusyError from error
                raise
            finally:
                if not is_one_statement:
                    driver.execute("ROLLBACK")

    def write(
        self, transaction: Callable[[Connection], Result], *, is_one_statement: bool = False
    ) -> tuple[Result, set[str]]:
        """Run `transaction`, commit, and return its result and what it announced; what it raises is raised here.

        Raises BusyError, too, when it is the writer's turn. One statement is a transaction by itself.
        """
        self._written_in_a_row += 1
        if self._written_in_a_row > MOST_IN_A_ROW:
            self._written_in_a_row = 0
            raise BusyError
        with ONE_LINE_ERRORS:
            connection, driver = self._connected()
            topics: set[str] = set()
            connection.info[TOPICS] = topics
            try:
                if not is_one_statement:
                    driver.execute("BEGIN IMMEDIATE")
                result = transaction(connection)
                if not is_one_statement:
                    driver.execute("COMMIT")
            except (OperationalError, sqlite3.OperationalError) as error:
                if _is_busy(error):
                    raise BusyError from error
                raise
            finally:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
        return result, topics

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _connected(self) -> tuple[Connection, Any]:
        """Return the connection: to SQLAlchemy its one transaction never ends; the real ones are ours, at a tenth."""
        if self._connection is None:
            self._connection = self._engine.connect()
            self._connection.begin()
            for pragma in PRAGMAS:
                self._connection.exec_driver_sql(pragma)
            self._driver = self._connection.connection.driver_connection
        return self._connection, self._driver


def _is_busy(error: Exception) -> bool:
    code: int = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
    return code & PRIMARY_CODE == sqlite3.SQLITE_BUSY
