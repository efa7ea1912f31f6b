"""Counts what was answered 200 and dropped, and writes the counts behind the answers, a tenth of a second at most.

Aggregated in memory by (source, reason), both bounded, so that a flood of bad events costs one row.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import UnavailableError
from headwater.workspace.rejections import Rejection

logger = structlog.get_logger(__name__)

FLUSH_SECONDS = 0.1
PAUSE_SECONDS = 1.0
SAMPLE_CHARACTERS = 500

Save = Callable[[Sequence[Rejection]], Awaitable[None]]
Listener = Callable[[str, str, str, int], None]


class Tally:
    """Collects rejections; `flush` writes them."""

    def __init__(self, save: Save, *, clock: Clock) -> None:
        self._save = save
        self._clock = clock
        self._counts: dict[tuple[str, str], Rejection] = {}
        self._flushing: asyncio.Task[None] | None = None
        self._listeners: list[Listener] = []

    def on_count(self, listener: Listener) -> None:
        """Call `listener(source_id, code, sample, times)` with what is counted from now on."""
        self._listeners.append(listener)

    def count(self, *, source_id: str, code: str, sample: str, times: int = 1) -> None:
        """Count dropped events."""
        for listener in self._listeners:
            listener(source_id, code, sample, times)
        now_ms = epoch_ms(self._clock.now())
        before = self._counts.get((source_id, code))
        self._counts[source_id, code] = Rejection(
            source_id=source_id,
            code=code,
            count=times + (before.count if before else 0),
            first_at_ms=before.first_at_ms if before else now_ms,
            last_at_ms=now_ms,
            sample=sample[:SAMPLE_CHARACTERS],
        )
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_soon())

    async def flush(self) -> None:
        """Write what has been counted so far."""
        saving, self._counts = self._counts, {}
        if saving:
            try:
                await self._save(list(saving.values()))
            except UnavailableError:
                self._merge_back(saving)
                raise

    async def _flush_soon(self) -> None:
        while self._counts:
            await self._clock.sleep(FLUSH_SECONDS)
            try:
                await self.flush()
            except UnavailableError as error:  # a full disk, say: the next try has them all
                logger.warning("rejections_not_saved_yet", reason=error.message)
                await self._clock.sleep(PAUSE_SECONDS)

    def _merge_back(self, unsaved: dict[tuple[str, str], Rejection]) -> None:
        for key, old in unsaved.items():
            new = self._counts.get(key)
            if new is not None:
                old = msgspec.structs.replace(new, count=old.count + new.count, first_at_ms=old.first_at_ms)  # noqa: PLW2901
            self._counts[key] = old
