"""The lake as operators see it: what it holds, how far it is, what is missing; and their word that makes it anew."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from headwater.core.clock import Clock
from headwater.core.errors import UnavailableError
from headwater.lake import manifest
from headwater.lake.depot.cache import Cache
from headwater.lake.depot.place import Place
from headwater.lake.kept_totals import KeptTotals
from headwater.lake.manifest import Manifest, Totals

UNKNOWN = "unknown"
MOST_LOST_NAMED = 20
LOST_AFTER_SECONDS = 60.0

# Asks the process that keeps the lake: a topic, and what is to be known for it. Raises UnavailableError.
Ask = Callable[[str, Any], Awaitable[Any]]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the manifest says, and which of its files somebody took away."""

    totals: Totals
    lost: int
    lost_files: list[str]
    cached_bytes: int = 0


class LakeDesk:
    """Reads the manifest of the lake below `folder`, and asks whoever writes it.

    Of files there may be very many: once all were there, none is missed for a minute.
    """

    def __init__(self, folder: Path, *, ask: Ask, clock: Clock, place: Place | None = None) -> None:
        self._folder = folder
        self._ask = ask
        self._clock = clock
        self._place = place
        self._look_again_at = clock.monotonic()
        self._totals = KeptTotals(folder)

    async def described(self) -> dict[str, Any]:
        """Return all that is known. Without the process that writes, `state` is unknown and `reason` says why."""
        held = await asyncio.to_thread(self._held)
        try:
            state = await self._ask("lake", None)
        except UnavailableError as error:
            state = {"state": UNKNOWN, "reason": error.message}
        shown: dict[str, Any] = msgspec.to_builtins(held.totals)
        head = state.pop("head", None)
        return {
            **shown,
            **state,
            **({} if self._place is None else {"url": self._place.url, "cached_bytes": held.cached_bytes}),
            "cursor": held.totals.cursor,
            "lag": None if head is None else max(0, head - held.totals.cursor),
            "lost": held.lost,
            "lost_files": held.lost_files,
        }

    async def rebuild(self, source: str | None) -> dict[str, Any]:
        """Have the tables of a source's id, or of all, made anew; return its number. Raises UnavailableError."""
        return {"rebuild": await self._ask("rebuild_lake", {"source": source})}

    def _is_to_look(self) -> bool:
        return self._place is None and self._clock.monotonic() >= self._look_again_at

    def _paths(self) -> list[str]:
        book = Manifest.open_for_reading(self._folder / manifest.NAME)
        try:
            return book.paths()
        finally:
            book.close()

    def _held(self) -> Held:
        totals, paths = self._totals.totals(), self._paths() if self._is_to_look() else []
        if self._place is not None:  # a file that isn't here is there
            cached = Cache(self._folder, self._place).held_bytes()
            return Held(totals=totals, lost=0, lost_files=[], cached_bytes=cached)
        # No Path for each: of thousands of files, that would take ten times as long.
        lost = [path for path in paths if not os.path.isfile(f"{self._folder}/{path}")]  # noqa: PTH113
        if paths and not lost:
            self._look_again_at = self._clock.monotonic() + LOST_AFTER_SECONDS
        return Held(totals=totals, lost=len(lost), lost_files=lost[:MOST_LOST_NAMED])
