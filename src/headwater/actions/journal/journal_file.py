"""`actions.db` in the hands of its one writer: whole batches or nothing, and the limits kept. On one thread."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import structlog

from headwater.actions.firing import Firing
from headwater.actions.journal import entries, rows, tables
from headwater.actions.journal.entries import Entry
from headwater.actions.journal.limits import JournalLimits
from headwater.core.secrets import Sealer

logger = structlog.get_logger(__name__)

Moved = tuple[str, int]  # a trigger id, and the offset of its record in the log


class Found(NamedTuple):
    """A queued firing as only the log knows it, and where: kept where nothing is known of it yet."""

    firing: Firing
    offset: int


Note = Firing | Moved | Found


class JournalFile:
    """Opens `path` at once. Raises NewerJournalError; other trouble with it is met again, and raised, by `save`."""

    def __init__(self, path: Path, *, sealer: Sealer, limits: JournalLimits) -> None:
        self._path = path
        self._sealer = sealer
        self._limits = limits
        self._connection: sqlite3.Connection | None = None
        with contextlib.suppress(sqlite3.Error):
            self._connection = tables.open_for_writing(path)

    def save(self, notes: Sequence[Note]) -> int:
        """Write them in one transaction and return how many can't be written at all. Raises sqlite3.Error."""
        made = [_entry_or_none(note) if isinstance(note, Firing) else note for note in notes]
        with self._transaction() as connection:
            for one in made:
                if isinstance(one, Entry):
                    rows.keep(connection, one, sealer=self._sealer)
                elif isinstance(one, Found):
                    rows.keep_if_unknown(connection, entries.entry(one.firing))
                    rows.move(connection, one.firing.trigger_id, one.offset)
                elif one is not None:
                    rows.move(connection, *one)
        return made.count(None)

    def last_offset(self) -> int:
        """Return the place in the log of the last queued firing that is known to be there. Raises sqlite3.Error."""
        with self._transaction() as connection:
            return rows.last_offset(connection)

    def remove_some(self, now_ms: int) -> bool:
        """Remove some of what the limits don't allow; tell whether there may be more. Raises sqlite3.Error."""
        with self._transaction() as connection:
            return rows.remove_some(connection, now_ms=now_ms, limits=self._limits) > 0

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection = self._connection or tables.open_for_writing(self._path)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _entry_or_none(firing: Firing) -> Entry | None:
    try:
        return entries.entry(firing)
    # Every Exception: what one hook's receiver sent, or its ctx holds, must not cost the other hooks their rows.
    except Exception as error:  # noqa: BLE001  logged by its kind: its text may quote what must not be quoted
        logger.error("action_delivery_unfit", error=type(error).__name__)  # noqa: TRY400
        return None
