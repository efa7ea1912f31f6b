"""Dead letters as they are looked at: many without their bodies, one with everything. It reads, and never writes."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.event import ACTIONS_SOURCE, Record
from headwater.core.outcomes import State
from headwater.core.secrets import Sealer
from headwater.deliver import sealing
from headwater.deliver.ledger_reader import LedgerReader
from headwater.deliver.letters import changes, search
from headwater.deliver.letters.changes import Waiting
from headwater.deliver.letters.search import Group
from headwater.deliver.letters.wanted import LARGEST_ID, Wanted

Result = TypeVar("Result")

_LETTERS = """
    SELECT id, destination, "offset", message_id, source, at_ms, state, code, status, reason, type, name, attempts,
    record IS NOT NULL, redrive_at_ms IS NOT NULL
    FROM dead_letters WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC
"""
_BODIES = "SELECT id, record, detail FROM dead_letters WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC"


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that was given up. `has_body`: it has its event; that goes after a week, or when there are too many.

    `is_waiting`: it is to be sent again, and hasn't been yet.
    """

    id: int
    destination: str
    offset: int
    message_id: str
    source: str
    at: str
    state: State
    code: str | None
    status: int | None
    reason: str
    type: str | None
    name: str | None
    attempts: int
    has_body: bool
    is_waiting: bool


class OpenedLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter with what it holds: None for what has expired, or never was there."""

    letter: Letter
    record: Record | None
    request: dict[str, Any] | None
    response: dict[str, Any] | None

    @property
    def event(self) -> Any:
        """The event as JSON."""
        return None if self.record is None else event_of(self.record)


class Letters:
    """Answers from one `deliver.db`, also while the engine hasn't made it yet."""

    def __init__(self, path: Path, sealer: Sealer) -> None:
        self._ledger = LedgerReader(path)
        self._sealer = sealer

    async def newest(self, wanted: Wanted, *, limit: int, below: int = LARGEST_ID) -> list[Letter]:
        """Return the newest whose ids are below that, without their bodies."""
        return await self._ask(
            lambda connection: _letters(connection, self._ids(connection, wanted, limit, below)), empty=[]
        )

    async def opened(self, wanted: Wanted, *, limit: int) -> list[OpenedLetter]:
        """Return the newest, with what they hold."""

        def read(connection: sqlite3.Connection) -> list[OpenedLetter]:
            ids = self._ids(connection, wanted, limit, LARGEST_ID)
            bodies = connection.execute(_BODIES, (_json(ids),)).fetchall()
            return [
                _opened(letter, row, self._sealer)
                for letter, row in zip(_letters(connection, ids), bodies, strict=True)
            ]

        return await self._ask(read, empty=[])

    async def count(self, wanted: Wanted, *, above: int = 0) -> int:
        return await self._ask(
            lambda connection: search.count(connection, wanted, sealer=self._sealer, above=above), empty=0
        )

    async def floor(self, destination: str, *, newest: int) -> int:
        """Return the id that so many newest letters of a destination are above, 0 where there are no more."""
        return await self._ask(lambda connection: search.floor(connection, destination, newest=newest), empty=0)

    async def groups(self, wanted: Wanted, *, by: Sequence[str], above: int = 0) -> list[Group]:
        """Return how many have the columns of `by` in common, the most first."""
        return await self._ask(
            lambda connection: search.groups(connection, wanted, by=by, sealer=self._sealer, above=above), empty=[]
        )

    async def destinations(self) -> list[str]:
        """Return who has dead letters."""
        return await self._ask(search.destinations, empty=[])

    async def waiting(self) -> dict[str, Waiting]:
        """Return how many are still to be sent again, by destination."""
        return await self._ask(changes.waiting, empty={})

    def close(self) -> None:
        """Let go of the thread."""
        self._ledger.close()

    async def _ask(self, question: Callable[[sqlite3.Connection], Result], *, empty: Result) -> Result:
        return await self._ledger.query(lambda connection: empty if connection is None else question(connection))

    def _ids(self, connection: sqlite3.Connection, wanted: Wanted, limit: int, below: int) -> list[int]:
        return search.newest(connection, wanted, limit=limit, below=below, sealer=self._sealer)


def event_of(record: Record) -> Any:
    """Return an event as JSON, or as text where it is none; None for an Action's call, which has credentials in it."""
    if record.source == ACTIONS_SOURCE:
        return None
    try:
        return msgspec.json.decode(record.body)
    except msgspec.DecodeError:
        return record.body.decode(errors="replace")


def _letters(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Letter]:
    return [_letter(row) for row in connection.execute(_LETTERS, (_json(ids),))]


def _json(ids: Sequence[int]) -> str:
    return msgspec.json.encode(ids).decode()


def _letter(row: tuple[Any, ...]) -> Letter:
    id_, destination, offset, message_id, source, at_ms, state, code, status, reason, type_, name, *rest = row
    attempts, has_body, is_waiting = rest
    return Letter(
        id=id_,
        destination=destination,
        offset=offset,
        message_id=message_id,
        source=source,
        at=iso_ms(from_epoch_ms(at_ms)),
        state=State(state),
        code=code,
        status=status,
        reason=reason,
        type=type_,
        name=name,
        attempts=attempts,
        has_body=bool(has_body),
        is_waiting=bool(is_waiting),
    )


def _opened(letter: Letter, row: tuple[Any, ...], sealer: Sealer) -> OpenedLetter:
    _, record, detail = row
    opened = sealing.unseal_detail(detail, sealer=sealer)
    exchange = msgspec.json.decode(opened, type=dict[str, Any]) if opened else {}
    return OpenedLetter(
        letter=letter,
        record=None if record is None else sealing.unseal_record(record, sealer=sealer),
        request=exchange.get("request"),
        response=exchange.get("response"),
    )
