"""Taking turns: one submit of a flow at a time.

A client that retries before it was answered runs no Action twice and finds its person already there.
"""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """A lock per key, which is gone when nobody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        """Return the lock of `key`; keep it while you use it (`async with` does)."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock
