"""The ledger of deliveries: cursors, attempts, retries and dead letters. The only writer of `deliver.db`.

One thread writes. What settles while one transaction is on its way goes into the next one together, so the
busier it gets the larger the batches; nothing polls.
"""

import asyncio
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from headwater.core.event import Record
from headwater.core.secrets import Sealer
from headwater.deliver import ledger_schema, ledger_statements
from headwater.deliver.cursor import Cursor
from headwater.deliver.letters import changes, expiry
from headwater.deliver.letters.changes import Marked, Waiting
from headwater.deliver.letters.wanted import Order, Step
from headwater.deliver.metrics import volume
from headwater.deliver.replays import progress
from headwater.deliver.replays.progress import Progress
from headwater.deliver.settlement import Retry, Settlement

Result = TypeVar("Result")

logger = structlog.get_logger(__name__)


class Due(msgspec.Struct, frozen=True):
    """When the delivery of `offset` is to be tried again."""

    due_at_ms: int
    offset: int


class _Waiting(msgspec.Struct, frozen=True):
    destination: str
    settlement: Settlement
    saved: asyncio.Future[None]


class Ledger:
    """Opens `path` (raises NewerLedgerError). Build one per data folder; close it at the end."""

    def __init__(self, path: Path, *, sealer: Sealer) -> None:
        self._connection = ledger_schema.open_ledger(path)
        self._sealer = sealer
        self._thread = ThreadPoolExecutor(1, "deliver-write")
        self._waiting: list[_Waiting] = []
        self._flush: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[str], None]] = []

    async def settle(self, destination: str, settlement: Settlement) -> None:
        """Save the cursor and its rows in one transaction; all of it is kept on return, or nothing."""
        saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(destination, settlement, saved))
        if self._flush is None:
            self._flush = asyncio.create_task(self._flush_all())
        await saved
        if settlement.finished_retries or settlement.retries:
            for listener in self._listeners:
                listener(destination)

    async def begin(self, destination: str, offset: int, record: Record, *, at_ms: int) -> int:
        """Note that an attempt is about to be made; return its number. It is kept on return, over kill -9 too."""
        return await self._run(
            lambda: self._in_transaction(
                lambda: ledger_statements.begin(self._connection, destination, offset, record, at_ms=at_ms)
            )
        )

    async def cursor(self, destination: str, *, start_offset: int) -> Cursor:
        """Return where `destination` is; a new one begins after `start_offset`."""
        row = await self._run(lambda: ledger_statements.cursor(self._connection, destination))
        return Cursor(start_offset) if row is None else Cursor(row[0], row[1])

    async def waiting_retries(self, destination: str) -> list[Due]:
        """Return when each waiting delivery is due, without its body."""
        rows = await self._run(lambda: ledger_statements.waiting_retries(self._connection, destination))
        return [Due(due_at_ms, offset) for offset, due_at_ms in rows]

    async def retries(self, destination: str, offsets: Sequence[int]) -> list[Retry]:
        """Return the waiting deliveries of `offsets`, bodies opened."""
        return await self._run(
            lambda: ledger_statements.retries(self._connection, destination, offsets, sealer=self._sealer)
        )

    async def change_letters(self, order: Order, *, now_ms: int) -> Step:
        """Take one bounded step of what is to become of one destination's dead letters; all of it, or nothing."""
        return await self._run(
            lambda: self._in_transaction(
                lambda: changes.step(self._connection, order, now_ms=now_ms, sealer=self._sealer)
            )
        )

    async def marked_letters(self, destination: str, *, limit: int) -> list[Marked]:
        """Return the oldest dead letters that are to be sent again."""
        return await self._run(lambda: changes.marked(self._connection, destination, limit=limit))

    async def waiting_letters(self) -> dict[str, Waiting]:
        """Return how many dead letters are to be sent again, by destination."""
        return await self._run(lambda: changes.waiting(self._connection))

    async def move_letters(
        self, destination: str, ids: Sequence[int], *, found: Mapping[int, Record], lost: Sequence[int], now_ms: int
    ) -> list[Due]:
        """Move these among the retries, and let the lost ones be; kept whole on return, or not at all.

        `found` has the records of those that have no body any more.
        """

        def move() -> list[Due]:
            changes.keep(self._connection, lost)
            offsets = changes.move(self._connection, destination, ids, found, now_ms=now_ms, sealer=self._sealer)
            return [Due(now_ms, offset) for offset in offsets]

        return await self._run(lambda: self._in_transaction(move))

    def on_settled(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the destination's name whenever retries of one are tried, and that is saved."""
        self._listeners.append(listener)

    def no_longer_tell(self, listener: Callable[[str], None]) -> None:
        """Take back `on_settled`."""
        self._listeners = [one for one in self._listeners if one != listener]

    async def count_retries(self, destination: str) -> int:
        return await self._run(lambda: ledger_statements.count_retries(self._connection, destination))

    async def forget_all_but(self, destinations: Collection[str]) -> list[str]:
        """Forget cursor, retries and dead letters of all others, and return which. What happened stays on record."""

        def forget() -> list[str]:
            gone = [name for name in ledger_statements.known(self._connection) if name not in destinations]
            for name in gone:
                ledger_statements.forget(self._connection, name)
            return gone

        return await self._run(lambda: self._in_transaction(forget))

    async def last_numbers(self, replay: str, offsets: Sequence[int]) -> dict[int, int]:
        """Return how many attempts there were of each event before `replay` came to it, where there were any."""
        return await self._run(lambda: progress.last_numbers(self._connection, replay, offsets))

    async def replays(self) -> dict[str, Progress]:
        """Return how far each replay is, by its name."""
        return await self._run(lambda: progress.every(self._connection))

    async def note_replay_total(self, replay: str, total: int) -> None:
        await self._run(lambda: self._in_transaction(lambda: progress.note_total(self._connection, replay, total)))

    async def finish_replay(self, replay: str, *, at_ms: int) -> None:
        """Note that a replay has nothing more to do."""
        await self._run(lambda: self._in_transaction(lambda: progress.finish(self._connection, replay, at_ms=at_ms)))

    async def forget_replays(self, replays: Collection[str]) -> None:
        """Forget how far these were."""
        await self._run(lambda: self._in_transaction(lambda: progress.forget(self._connection, replays)))

    async def expire(self, *, before_ms: int, newest_letters: int | None = None) -> None:
        """Forget bodies and exchanges older than `before_ms`; what happened stays on record.

        Of each destination's dead letters all but the `newest_letters` lose theirs, too. Others save in between.
        """
        await self._repeat(lambda: expiry.of_old(self._connection, before_ms=before_ms))
        if newest_letters is None:
            return
        count = await self._repeat(lambda: expiry.of_too_many(self._connection, newest=newest_letters))
        if count:
            logger.warning("dead_letter_bodies_expired_early", count=count, kept=newest_letters)

    async def forget_before(self, offset: int, *, actions: str, actions_before_ms: int) -> int:
        """Forget the attempts of events that the log has forgotten; return how many. Others save in between.

        Those of queued Actions stay until then, those of what waits or was given up until it is gone.
        """
        return await self._repeat(
            lambda: expiry.of_forgotten(
                self._connection, before_offset=offset, actions=actions, actions_before_ms=actions_before_ms
            )
        )

    async def forget_volume(self, *, now_ms: int) -> None:
        """Forget the volume that is older than it is kept."""
        await self._run(lambda: self._in_transaction(lambda: volume.forget_before(self._connection, now_ms=now_ms)))

    async def _repeat(self, part: Callable[[], int]) -> int:
        """Do a part of it at a time, each in its own transaction, until there is none left; return how much it was."""
        total = 0
        while count := await self._run(lambda: self._in_transaction(part)):
            total += count
        return total

    async def close(self) -> None:
        """Save what is waiting, then let go of the file."""
        if self._flush is not None:
            await self._flush
        await self._run(self._connection.close)
        self._thread.shutdown()

    async def _flush_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            errors = await self._run(functools.partial(self._save, batch))
            for waiting, error in zip(batch, errors, strict=True):
                if waiting.saved.done():  # its lane was cancelled meanwhile
                    continue
                if error is None:
                    waiting.saved.set_result(None)
                else:
                    waiting.saved.set_exception(error)
        self._flush = None

    def _save(self, batch: list[_Waiting]) -> list[Exception | None]:
        """Save a batch in one transaction and return what became of each part.

        If that fails, each part is tried alone: what is wrong with one lane's rows is not the others' concern.
        """
        try:
            self._in_transaction(lambda: self._settle_all(batch))
        # Every Exception: this is the writer's loop, and whoever waits for it must get an answer.
        except Exception as error:  # noqa: BLE001  answered to every caller below
            if len(batch) == 1:
                return [error]
            return [self._save([waiting])[0] for waiting in batch]
        return [None] * len(batch)

    def _settle_all(self, batch: list[_Waiting]) -> None:
        for waiting in batch:
            ledger_statements.settle(self._connection, waiting.destination, waiting.settlement, sealer=self._sealer)
        volume.note(self._connection, ((waiting.destination, waiting.settlement) for waiting in batch))

    def _in_transaction(self, change: Callable[[], Result]) -> Result:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = change()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return result

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
