"""`actions.db` in the hands of its one writer: whole batches or nothing, and the limits kept. On one thread."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from headwater.actions.firing import Firing
from headwater.actions.journal import entries, logged, rows, tables
from headwater.actions.journal.entries import Entry
from headwater.actions.journal.limits import JournalLimits
from headwater.core.event import Stored
from headwater.core.secrets import Sealer

logger = structlog.get_logger(__name__)

# A firing, or where in the log a queued one is.
Note = Firing | Stored
_Fit = Entry | Stored

# All other errors of SQLite are the disk's or the file's, and met by every note alike.
NOTES_OWN_ERRORS = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)


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
        """Write them in one transaction and return how many can't be written at all. Raises sqlite3.Error.

        One that fails costs the others that they are written each in a transaction of its own.
        """
        self._open()  # its errors are no note's
        fit = [one for note in notes if (one := _fit_or_none(note)) is not None]
        is_whole = self._is_written(fit)
        return len(notes) - (len(fit) if is_whole else sum(self._is_written([one]) for one in fit))

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

    def _open(self) -> sqlite3.Connection:
        self._connection = self._connection or tables.open_for_writing(self._path)
        return self._connection

    def _is_written(self, batch: Sequence[_Fit]) -> bool:
        """Write all of it and return True, or nothing and return False. Raises the sqlite3.Error of a disk or file."""
        try:
            with self._transaction() as connection:
                for one in batch:
                    self._write(connection, one)
        # Every Exception: a note that can't be written would be tried again for ever, in the way of all others.
        except Exception as error:
            if isinstance(error, sqlite3.Error) and not isinstance(error, NOTES_OWN_ERRORS):
                raise
            logger.error("action_deliveries_refused", error=type(error).__name__, notes=len(batch))  # noqa: TRY400
            return False
        return True

    def _write(self, connection: sqlite3.Connection, one: _Fit) -> None:
        if isinstance(one, Entry):
            rows.keep(connection, one, sealer=self._sealer)
        elif not rows.move(connection, one.record.message_id, one.offset):
            self._write_unknown(connection, one)

    def _write_unknown(self, connection: sqlite3.Connection, stored: Stored) -> None:
        """A process that died had no time to note it: the log says less of it, but enough to be found by."""
        firing = logged.firing_or_none(stored, self._sealer)
        if firing is not None:
            rows.keep(connection, entries.entry(firing), sealer=self._sealer)
            rows.move(connection, firing.trigger_id, stored.offset)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _fit_or_none(note: Note) -> _Fit | None:
    return _entry_or_none(note) if isinstance(note, Firing) else note


def _entry_or_none(firing: Firing) -> Entry | None:
    try:
        return entries.entry(firing)
    # Every Exception: what one hook's receiver sent, or its ctx holds, must not cost the other hooks their rows.
    except Exception as error:  # noqa: BLE001  logged by its kind: its text may quote what must not be quoted
        logger.error("action_delivery_unfit", error=type(error).__name__)  # noqa: TRY400
        return None
