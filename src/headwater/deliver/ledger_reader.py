"""Reads `deliver.db` beside its writer, on a thread of its own, one snapshot a question."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from headwater.deliver import ledger_schema

Result = TypeVar("Result")


class LedgerReader:
    """Asks one `deliver.db`, also while the engine hasn't made it yet. Close it at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "deliver-read")

    async def query(self, query: Callable[[sqlite3.Connection | None], Result]) -> Result:
        """Return what `query` makes of the file as it is now; it is given None while there is nothing to read."""

        def run() -> Result:
            connection = ledger_schema.open_for_reading(self._path)
            if connection is None:
                return query(None)
            try:
                connection.execute("BEGIN")  # one snapshot for all statements
                return query(connection)
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown()
