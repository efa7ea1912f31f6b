"""An emulator's log and database: the real ones, which can be told to refuse for a while, as with a full disk."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from headwater.core.errors import BadRequestError
from headwater.core.event import Record
from headwater.log.event_log import Appended, Position
from headwater.log.sqlite_writer import LogWriteError, SqliteLogWriter
from headwater.store.database import Database
from headwater.store.errors import DatabaseError

Result = TypeVar("Result")

LOG, DATABASE = "log", "database"
PARTS = (LOG, DATABASE)


class Refusals:
    """How often each part is still to refuse; None for until it is told otherwise."""

    def __init__(self) -> None:
        self._left: dict[str, int | None] = {}

    @property
    def left(self) -> dict[str, int | None]:
        return dict(self._left)

    def begin(self, part: str, *, times: int | None) -> None:
        """Let `part` refuse the next so many writes. Raises BadRequestError."""
        if part not in PARTS:
            raise BadRequestError(f"{part!r} can't refuse; {' and '.join(PARTS)} can.")
        if times is not None and times < 1:
            raise BadRequestError("times must be 1 or more; null is until DELETE /emulator/refusals.")
        self._left[part] = times

    def clear(self) -> None:
        self._left.clear()

    def takes(self, part: str) -> bool:
        """Tell whether `part` refuses this time, and count it."""
        if part not in self._left:
            return False
        left = self._left[part]
        if left is not None:
            self._left[part] = left - 1
            if left == 1:
                del self._left[part]
        return True


class RefusingLog(SqliteLogWriter):
    """A log that refuses as one whose disk is full. `refusals` is set by whoever builds it."""

    refusals: Refusals

    async def append(self, records: Sequence[Record], *, position: Position | None = None) -> list[Appended]:
        if self.refusals.takes(LOG):
            raise LogWriteError
        return await super().append(records, position=position)


class RefusingDatabase(Database):
    """A database that refuses writes as one whose disk is full."""

    refusals: Refusals

    async def write(self, transaction: Callable[[Connection], Result], **how: bool) -> Result:
        if self.refusals.takes(DATABASE):
            raise DatabaseError
        return await super().write(transaction, **how)
