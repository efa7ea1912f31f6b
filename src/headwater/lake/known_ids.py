"""Which message ids the lake has: sorted runs of 8-byte hashes on disk, each looked into by a bisection.

A run comes with each flush, and small ones are merged into large ones, so a look costs a few microseconds however many
ids there are, and memory is whatever pages the system keeps. A hash that is found is a suspicion only: whoever asked
makes sure (`repeats.py`).
"""

import hashlib
import mmap
import sys
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

KEY_BYTES = 8
KEY_BITS = 64
LOOKS_LIKE_STEPS = 50  # a look costs as much as so many steps through a run
MOST_IN_MEMORY = 250_000  # keys: 18 MB
RUNS_PER_MERGE = 4  # of those that were added
TOGETHER = "together.ids"
SLICES = 256  # of a merge: each in memory by itself
SPREAD = 6  # hashes lie evenly: a key is within so many deviations of where it should be, or it is looked for anywhere


def key_of(source: str, message_id: str) -> int:
    """Return the hash of an id within its source."""
    return keys_of([(source, message_id)])[0]


def keys_of(ids: Collection[tuple[str, str]]) -> list[int]:
    """Return the hash of each id within its source, all in one go."""
    begun = {
        source: hashlib.blake2b(f"{source}\0".encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES)
        for source in {one for one, _ in ids}
    }
    digests = []
    for source, message_id in ids:
        digest = begun[source].copy()
        digest.update(message_id.encode("utf-8", "surrogatepass"))
        digests.append(digest.digest())
    keys = array("Q")
    keys.frombytes(b"".join(digests))
    if sys.byteorder == "little":
        keys.byteswap()
    return keys.tolist()


class Run:
    """One sorted run. Close it after use."""

    def __init__(self, path: Path) -> None:
        self._map: mmap.mmap | None = None
        self.keys: Sequence[int] = ()
        with path.open("rb") as file:
            if path.stat().st_size:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                self._view = memoryview(self._map)
                self.keys = self._view.cast("Q")

    def close(self) -> None:
        if self._map is not None:
            self.keys.release()  # type: ignore[attr-defined]
            self._view.release()
            self._map.close()

    def among(self, wanted: set[int]) -> set[int]:
        """Return those of `wanted` that are here; a run that isn't much longer is gone through, which is quicker."""
        if len(self.keys) < LOOKS_LIKE_STEPS * len(wanted):
            return wanted.intersection(self.keys)
        return {key for key in wanted if self._has(key)}

    def _has(self, key: int) -> bool:
        place = _place(self.keys, key)
        return place < len(self.keys) and self.keys[place] == key


class KnownIds:
    """Several runs. Close it after use. It takes a `scratch` folder to add runs without end."""

    def __init__(
        self, paths: Iterable[Path], *, scratch: Path | None = None, most_in_memory: int = MOST_IN_MEMORY
    ) -> None:
        self._runs = [Run(path) for path in paths]
        self._added: defaultdict[int, list[Run]] = defaultdict(list)  # by how often they were merged
        self._newest: set[int] = set()  # of runs that were added, in memory as long as they are few
        self._scratch = scratch
        self._most_in_memory = most_in_memory

    def close(self) -> None:
        for run in self.runs():
            run.close()

    def runs(self) -> list[Run]:
        """Return what is looked into one after the other."""
        return [*self._runs, *chain.from_iterable(self._added.values())]

    def add(self, path: Path, keys: Collection[int]) -> None:
        """Know the keys of one more run from now on. Raises OSError."""
        if len(self._newest) + len(keys) <= self._most_in_memory:
            self._newest.update(keys)
        else:
            self._keep(Run(path), merges=0)

    def among(self, keys: Collection[int]) -> set[int]:
        """Return those of `keys` that are known."""
        found = self._newest.intersection(keys) if self._newest else set()
        runs = self.runs()
        wanted = set(keys) if runs else set()
        for run in runs:
            found |= run.among(wanted)
        return found

    def _keep(self, run: Run, *, merges: int) -> None:
        """Keep one more, and make one of many that are alike: a look is into few, however long the stretch is."""
        alike = self._added[merges]
        alike.append(run)
        if len(alike) == RUNS_PER_MERGE and self._scratch is not None:
            merged = _merged(alike, self._scratch / TOGETHER)
            for one in alike:
                one.close()
            alike.clear()
            self._keep(merged, merges=merges + 1)


def write(path: Path, keys: Iterable[int]) -> int:
    """Write a run of `keys`; return how many they are."""
    run = array("Q", sorted(keys if isinstance(keys, set) else set(keys)))
    path.write_bytes(run.tobytes())
    return len(run)


def merge(paths: Sequence[Path], target: Path) -> int:
    """Write one run of all the keys of several, little by little; return how many they are."""
    runs = [Run(path) for path in paths]
    try:
        return _merge(runs, target)
    finally:
        for run in runs:
            run.close()


def _merged(runs: Sequence[Run], scratch: Path) -> Run:
    """Return a run of all the keys of several, which has no name: it is gone once it is closed."""
    _merge(runs, scratch)
    try:
        return Run(scratch)
    finally:
        scratch.unlink()


def _merge(runs: Sequence[Run], target: Path) -> int:
    count = 0
    with target.open("wb") as file:
        for part in _slices([run.keys for run in runs]):
            file.write(array("Q", part).tobytes())
            count += len(part)
    return count


def _slices(runs: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the keys of all runs in order, by their beginnings."""
    ends = [0] * len(runs)
    for number in range(1, SLICES + 1):
        starts, bound = ends, (number << KEY_BITS) // SLICES
        ends = [len(run) if number == SLICES else _place(run, bound) for run in runs]
        slices = [run[start:end] for run, start, end in zip(runs, starts, ends, strict=True)]
        yield sorted({key for part in slices for key in part})


def _place(keys: Sequence[int], key: int) -> int:
    """Return where `key` is, or would be."""
    number = len(keys)
    middle = key * number >> KEY_BITS
    reach = SPREAD * (int(number**0.5) + 1)
    low, high = max(0, middle - reach), min(number, middle + reach)
    is_between = (low == 0 or keys[low - 1] < key) and (high == number or keys[high] >= key)
    return bisect_left(keys, key, low, high) if is_between else bisect_left(keys, key)
