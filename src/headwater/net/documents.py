"""What other servers publish, fetched when needed and kept for a while, in memory. Pure but for the fetch.

Bounded in weight and in age. A copy that can't be renewed serves on for a while: a server that is down for a moment
doesn't lock people out. Many who ask at once cause one fetch.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from headwater.core.clock import Clock
from headwater.core.errors import HeadwaterError

Key = TypeVar("Key", bound=Hashable)
Document = TypeVar("Document")

MOST_KEPT = 256
# After a renewal that failed, the old copy is used for so long before the next try.
RETRY_SECONDS = 30.0
# Whoever sends us forged tokens can make us ask for newer keys: at most once in so long.
NEWER_SECONDS = 5.0


@dataclass(slots=True)
class _Kept(Generic[Document]):
    document: Document
    fetched_at: float
    retry_at: float = 0.0
    newer_at: float = 0.0


def _one(_document: object) -> int:
    return 1


class Documents(Generic[Key, Document]):
    """Documents of one sort. Fresh for `fresh_seconds`; usable, if there is no newer, for `usable_seconds`.

    They weigh `most` together at most, each what `weigh` says: the one that was used longest ago goes first. A fetch
    fails with a HeadwaterError.
    """

    def __init__(
        self,
        fetch: Callable[[Key], Awaitable[Document]],
        *,
        clock: Clock,
        fresh_seconds: float,
        usable_seconds: float,
        weigh: Callable[[Document], int] = _one,
        most: int = MOST_KEPT,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._fresh_seconds = fresh_seconds
        self._usable_seconds = usable_seconds
        self._weigh = weigh
        self._most = most
        self._weight = 0
        self._kept: OrderedDict[Key, _Kept[Document]] = OrderedDict()
        self._under_way: dict[Key, asyncio.Task[Document]] = {}

    async def get(self, key: Key) -> Document:
        """Return a fresh copy, or an old one while there is no other. Raises what the fetch raised if there is none."""
        kept = self._kept.get(key)
        if kept is None:
            return await self._renewed(key)
        self._kept.move_to_end(key)
        now = self._clock.monotonic()
        age_seconds = now - kept.fetched_at
        if age_seconds < self._fresh_seconds or (now < kept.retry_at and age_seconds < self._usable_seconds):
            return kept.document
        try:
            return await self._renewed(key)
        except HeadwaterError:
            if age_seconds >= self._usable_seconds:
                raise
            kept.retry_at = self._clock.monotonic() + RETRY_SECONDS
            return kept.document

    async def newer(self, key: Key, *, than: Document) -> Document | None:
        """Return a newer copy, None if it is too early to ask again. Raises what the fetch raises."""
        kept = self._kept.get(key)
        if kept is None or kept.document is not than:
            return await self.get(key)
        if key not in self._under_way:
            now = self._clock.monotonic()
            if now < kept.newer_at:
                return None
            kept.newer_at = now + NEWER_SECONDS
        return await self._renewed(key)

    async def _renewed(self, key: Key) -> Document:
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._keep(key))
            task.add_done_callback(lambda done: self._landed(key, done))
        # Shielded: others may be waiting for the same fetch when one of them gives up.
        return await asyncio.shield(task)

    async def _keep(self, key: Key) -> Document:
        document = await self._fetch(key)
        before = self._kept.pop(key, None)
        newer_at = before.newer_at if before else 0.0
        self._kept[key] = _Kept(document, fetched_at=self._clock.monotonic(), newer_at=newer_at)
        self._weight += self._weigh(document) - (self._weigh(before.document) if before else 0)
        while self._weight > self._most:
            _, gone = self._kept.popitem(last=False)
            self._weight -= self._weigh(gone.document)
        return document

    def _landed(self, key: Key, task: asyncio.Task[Document]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            # If everybody has gone meanwhile, nobody else looks at how it failed.
            task.exception()
