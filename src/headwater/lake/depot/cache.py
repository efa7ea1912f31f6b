"""What of the lake's depot is at hand in the folder: fetched when somebody needs it, removed when there is too much.

A file's time of change says when it was last wanted. What was, a moment ago, stays: a query may have it, in whichever
process. So nobody has to say when it has done, and whoever dies leaves nothing held.
"""

import contextlib
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from headwater.core import ids
from headwater.lake import manifest
from headwater.lake.depot.depot_errors import CacheTooSmallError, DepotLostError
from headwater.lake.depot.objects import Objects
from headwater.lake.depot.place import Place
from headwater.lake.manifest import ARCHIVE, PARQUET, Manifest

FETCHING = "fetching"
AT_ONCE = 4
KEPT_MS = 15 * 60_000  # longer than any query may take
NS_PER_MS = 1_000_000
MEGABYTE = 10**6


class Cache:
    """The files of the lake in `lake` that are at home at `place`. Any process may have one."""

    def __init__(self, lake: Path, place: Place) -> None:
        self._lake = lake
        self._place = place
        self._objects: Objects | None = None

    def fetch(self, paths: Sequence[str], *, now_ms: int, stop: threading.Event | None = None) -> None:
        """See that files are here, and stay for a while; `stop` ends it between two of them.

        Raises CacheTooSmallError, DepotError, DepotLostError, OSError.
        """
        sizes = self._sizes()
        wanted = {path: sizes[path] for path in paths if path in sizes}
        if unknown := [path for path in paths if path not in wanted]:
            raise DepotLostError(f"{unknown[0]} is no file of the lake any more. Ask again.")
        lacking = [path for path, size in wanted.items() if not self._touch(path, size, now_ms=now_ms)]
        if not lacking:
            return
        self._make_room(wanted, sum(wanted[path] for path in lacking), sizes, now_ms=now_ms)
        self._objects = self._objects or Objects(self._place)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda path: self._fetch(path, now_ms=now_ms, stop=stop), lacking):
                pass

    def trim(self, *, now_ms: int) -> None:
        """Remove what is too much, oldest use first, and what somebody began to fetch and died."""
        for half in (self._lake / FETCHING).glob("*"):
            with contextlib.suppress(FileNotFoundError):
                if half.stat().st_mtime_ns < (now_ms - KEPT_MS) * NS_PER_MS:
                    half.unlink()
        sizes = self._sizes()
        self._remove_oldest(self._held(sizes), free=self._place.cache_bytes, now_ms=now_ms)

    def held_bytes(self) -> int:
        """Return how much is here."""
        return sum(size for _, _, size in self._held(self._sizes()))

    def _sizes(self) -> dict[str, int]:
        book = Manifest.open_for_reading(self._lake / manifest.NAME)
        try:
            return book.sizes((PARQUET, ARCHIVE))
        finally:
            book.close()

    def _held(self, sizes: dict[str, int]) -> list[tuple[int, str, int]]:
        """Return the files that are here, by when they were last wanted."""
        found = []
        for path in sizes:
            try:
                stat = (self._lake / path).stat()
            except FileNotFoundError:
                continue
            found.append((stat.st_mtime_ns // NS_PER_MS, path, stat.st_size))
        return sorted(found)

    def _touch(self, path: str, size: int, *, now_ms: int) -> bool:
        """Note that a file is wanted; tell whether it is here, and whole."""
        try:
            _stamp(self._lake / path, now_ms)
            return (self._lake / path).stat().st_size == size
        except FileNotFoundError:
            return False

    def _make_room(self, wanted: dict[str, int], lacking: int, sizes: dict[str, int], *, now_ms: int) -> None:
        limit = self._place.cache_bytes
        held = self._held(sizes)
        left = self._remove_oldest(held, free=limit - lacking, now_ms=now_ms)
        if left + lacking > limit:
            raise CacheTooSmallError(
                f"This needs {_megabytes(sum(wanted.values()))} MB of the lake's files here, and HEADWATER_LAKE_CACHE"
                f" is {_megabytes(limit)} MB, {_megabytes(left)} MB of which were in use within the last"
                f" {KEPT_MS // 60_000} minutes. Ask for fewer tables, wait, or raise it."
            )

    def _remove_oldest(self, held: list[tuple[int, str, int]], *, free: int, now_ms: int) -> int:
        """Remove until no more than `free` is here, or nothing may go; return how much is left."""
        left = sum(size for _, _, size in held)
        for at_ms, path, size in held:
            if left <= free or at_ms > now_ms - KEPT_MS:
                break
            (self._lake / path).unlink(missing_ok=True)
            left -= size
        return left

    def _fetch(self, path: str, *, now_ms: int, stop: threading.Event | None) -> None:
        if self._objects is None or (stop is not None and stop.is_set()):
            return
        target, half = self._lake / path, self._lake / FETCHING / ids.new_uuid()
        for folder in (target.parent, half.parent):
            folder.mkdir(parents=True, exist_ok=True)
        try:
            self._objects.get(path, half)
            _stamp(half, now_ms)
            half.rename(target)
        finally:
            half.unlink(missing_ok=True)


def _stamp(path: Path, now_ms: int) -> None:
    os.utime(path, ns=(now_ms * NS_PER_MS, now_ms * NS_PER_MS))


def _megabytes(size: int) -> int:
    return -(-size // MEGABYTE)
