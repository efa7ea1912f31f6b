"""Writes down whatever has settled while the save before was on its way. What it has not saved, a crash repeats."""

from headwater.deliver.lanes.state import LaneState
from headwater.deliver.ledger import Due
from headwater.deliver.order import PARKED_MS
from headwater.deliver.settlement import Settlement


class Saver:
    """One lane's: the only one that saves its cursor and its rows, always both together."""

    def __init__(self, state: LaneState) -> None:
        self._state = state
        self._is_finished = False

    def note_settled(self) -> None:
        """Something may have settled: save it, if it is worth a save."""
        if self._state.tally.has_rows or self._state.headway.is_worth_saving:
            self._state.signals.unsaved.set()

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
            await self._save()
        await self._save()

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
