"""Exact deduplication: which events of a stretch the lake has already, whenever they came.

The log takes an id that comes again within its window for a repetition; the lake does so for as long as it keeps the
event. A hash says which ids may be known (`known_ids.py`), and the files themselves say which are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from headwater.core.event import Stored
from headwater.lake import known_ids
from headwater.lake.duck import Duck
from headwater.lake.known_ids import KnownIds

Id = tuple[str, str]


class Repeats:
    """Finds them, record by record. `runs` are of the ids that are known; `files_of` a source, in lots, have them."""

    def __init__(
        self, runs: Iterable[Path], *, files_of: Callable[[str], Iterable[Sequence[Path]]], duck: Duck
    ) -> None:
        self._known = KnownIds(runs)
        self._files_of = files_of
        self._duck = duck
        self._taken: set[Id] = set()
        self._spilled: set[Id] = set()
        self._keys: list[int] = []
        self._spilled_keys: list[int] = []

    def close(self) -> None:
        self._known.close()

    def spill(self) -> list[int]:
        """Hear that what was new is about to be written; return its hashes. What was spilled before is settled."""
        self._spilled, self._taken = self._taken, set()
        self._spilled_keys, self._keys = self._keys, []
        return self._spilled_keys

    def settle(self, run: Path) -> None:
        """Hear that what was spilled is in files now, and its hashes in `run`."""
        self._known.add(run, self._spilled_keys)
        self._spilled, self._spilled_keys = set(), []

    def new_ones(self, records: Sequence[Stored]) -> Sequence[Stored]:
        """Return those that came for the first time, in their order; from now on they are known."""
        ids = [(one.record.source, one.record.message_id) for one in records]
        keys = known_ids.keys_of(ids)
        suspects = self._known.among(keys)
        certain = self._looked_up([one for key, one in zip(keys, records, strict=True) if key in suspects])
        seen = (self._taken, self._spilled, certain)
        if len(set(ids)) == len(ids) and all(known.isdisjoint(ids) for known in seen):
            self._taken.update(ids)
            self._keys += keys
            return records
        return [one for named, key, one in zip(ids, keys, records, strict=True) if self._is_new(named, key, certain)]

    def _is_new(self, named: Id, key: int, certain: set[Id]) -> bool:
        if named in self._taken or named in self._spilled or named in certain:
            return False
        self._taken.add(named)
        self._keys.append(key)
        return True

    def _looked_up(self, suspects: Sequence[Stored]) -> set[Id]:
        """Ask the files. What a lost file had is new again: it can't be there twice."""
        by_source: dict[str, list[str]] = defaultdict(list)
        for one in suspects:
            by_source[one.record.source].append(one.record.message_id)
        return {
            (source, message_id)
            for source, ids in by_source.items()
            for files in self._files_of(source)
            for message_id in self._duck.ids_among(files, ids)
        }
