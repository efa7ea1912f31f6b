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
        self._taken: dict[int, set[Id]] = defaultdict(set)

    @property
    def keys(self) -> list[int]:
        """The hashes of those that were new since the last `settle`."""
        return list(self._taken)

    def close(self) -> None:
        self._known.close()

    def settle(self, run: Path) -> None:
        """Hear that what was new is in files now, and its `keys` in `run`."""
        self._known.add(run)
        self._taken.clear()

    def new_ones(self, records: Sequence[Stored]) -> list[Stored]:
        """Return those that came for the first time, in their order; from now on they are known."""
        keyed = [(known_ids.key_of(one.record.source, one.record.message_id), one) for one in records]
        suspects = self._known.among({key for key, _ in keyed})
        certain = self._looked_up([one for key, one in keyed if key in suspects]) if suspects else set()
        return [one for key, one in keyed if self._is_new(key, (one.record.source, one.record.message_id), certain)]

    def _is_new(self, key: int, named: Id, certain: set[Id]) -> bool:
        taken = self._taken[key]
        if named in taken or named in certain:
            return False
        taken.add(named)
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
