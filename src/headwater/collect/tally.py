"""Counts what was answered 200 and dropped, and writes the counts behind the answers, a tenth of a second at most.

Aggregated in memory by (source, reason), both bounded, so that a flood of bad events costs one row.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy.exc import DBAPIError

from headwater.core.clock import Clock, epoch_ms
from headwater.workspace.rejections import Rejection

logger = structlog.get_logger(__name__)

FLUSH_SECONDS = 0.1
SAMPLE_CHARACTERS = 500

Save = Callable[[Sequence[Rejection]], Awaitable[None]]


class Tally:
    """Collects rejections; `flush` writes them."""

    def __init__(self, save: Save, *, clock: Clock) -> None:
        self._save = save
        self._clock = clock
        self._counts: dict[tuple[str, str], Rejection] = {}
        self._flushing: asyncio.Task[None] | None = None

    def count(self, *, source_id: str, code: str, sample: str) -> None:
        """Count one dropped event."""
        now_ms = epoch_ms(self._clock.now())
        before = self._counts.get((source_id, code))
        self._counts[source_id, code] = Rejection(
            source_id=source_id,
            code=code,
            count=1 + (before.count if before else 0),
            first_at_ms=before.first_at_ms if before else now_ms,
            last_at_ms=now_ms,
            sample=sample[:SAMPLE_CHARACTERS],
        )
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_soon())

    async def flush(self) -> None:
        """Write what has been counted so far."""
        counted, self._counts = list(self._counts.values()), {}
        if counted:
            await self._save(counted)

    async def _flush_soon(self) -> None:
        while self._counts:
            await self._clock.sleep(FLUSH_SECONDS)
            try:
                await self.flush()
            except DBAPIError as error:  # a full disk, say: what could not be counted is said here instead
                logger.error("rejections_not_counted", reason=str(error))  # noqa: TRY400
