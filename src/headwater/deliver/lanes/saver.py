"""Writes down whatever has settled while the save before was on its way. What it has not saved, a crash repeats."""

import asyncio

from headwater.deliver.lanes.state import LaneState
from headwater.deliver.ledger import Due
from headwater.deliver.order import PARKED_MS
from headwater.deliver.settlement import Settlement


class Saver:
    """One lane's: the only one that saves its cursor and its rows, always both together.

    While other requests are on their way, what settles waits for them to share its save, within bounds: a save takes
    the interpreter from the loop a dozen times, whatever is in it. What comes alone waits for nobody.
    """

    def __init__(self, state: LaneState) -> None:
        self._state = state
        self._lingering: asyncio.TimerHandle | None = None
        self._is_finished = False
        self._is_saving = False

    @property
    def has_saved_all(self) -> bool:
        """Whether everything that became of a delivery is written down."""
        return not self._state.tally.rows and not self._is_saving

    def note_settled(self) -> None:
        """Something may have settled: save it soon, if it is worth a save."""
        rows = self._state.tally.rows
        if not rows and not self._state.headway.is_worth_saving:
            return
        limits = self._state.tools.limits
        if self._state.on_their_way == 0 or rows >= limits.rows_in_a_save:
            self._state.signals.unsaved.set()
        elif self._lingering is None:
            # The process's own time, not the clock's: a clock that stands still must keep nobody from being saved.
            loop, unsaved = asyncio.get_running_loop(), self._state.signals.unsaved
            self._lingering = loop.call_later(limits.linger_seconds, unsaved.set)

    def finish(self) -> None:
        """Nothing settles any more: `run` returns when everything is saved."""
        self._is_finished = True
        self._state.signals.unsaved.set()

    async def run(self) -> None:
        """Save until `finish` is called."""
        unsaved = self._state.signals.unsaved
        while not self._is_finished:
            await unsaved.wait()
            unsaved.clear()
            self._linger_no_more()
            await self._save_once()
        self._linger_no_more()
        await self._save_once()

    def _linger_no_more(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None

    async def _save_once(self) -> None:
        self._is_saving = True
        await self._save()
        self._is_saving = False

    async def _save(self) -> None:
        state = self._state
        settlement = state.tally.take(state.headway.cursor)
        if not settlement.attempts and settlement.watermark == state.headway.saved:
            return
        await state.tools.ledger.settle(state.route.name, settlement)
        state.headway.note_saved(settlement.watermark)
        # Finished in the table is what counts: until then a row takes up room.
        state.waiting.shrink(len(settlement.finished_retries))
        self._plan(settlement)
        state.signals.feed.set()

    def _plan(self, settlement: Settlement) -> None:
        """Retries are in the table now, and can be read from it."""
        waiting = self._state.waiting
        waiting.plan(Due(row.due_at_ms, row.offset) for row in settlement.retries)
        turns = self._state.order.saved([row.offset for row in settlement.retries if row.due_at_ms >= PARKED_MS])
        waiting.plan(Due(0, offset) for offset in turns)
