"""Exact deduplication: which events of a stretch the lake has already, whenever they came.

The log takes an id that comes again within its window for a repetition; the lake does so for as long as it keeps the
event. A hash says which ids may be known (`known_ids.py`), and the files themselves say which are; of what is in no
file yet, the ids.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import compress
from pathlib import Path

import msgspec

from headwater.lake import known_ids
from headwater.lake.duck import Duck
from headwater.lake.haul import Haul
from headwater.lake.known_ids import KnownIds

Id = tuple[str, str]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Id])


class InNoFile:
    """Ids that are about to be in files. Not frozen: it grows.

    Packed, since they are looked at only where a hash comes again, and a hundred thousand small texts that stay would
    lie among all those that don't, and make each new one slower.
    """

    def __init__(self) -> None:
        self.keys: set[int] = set()
        self._ids: list[bytes] = []

    def add(self, keys: Collection[int], ids: Sequence[Id]) -> None:
        self.keys.update(keys)
        self._ids.append(_encoder.encode(ids))

    def ids(self) -> set[Id]:
        """Return them all."""
        return {one for some in self._ids for one in _decoder.decode(some)}


class Repeats:
    """Finds them, record by record. `runs` are of the ids that are known; `files_of` a source, in lots, have them.

    `scratch` is a folder for what is gone in a moment.
    """

    def __init__(
        self, runs: Iterable[Path], *, files_of: Callable[[str], Iterable[Sequence[Path]]], duck: Duck, scratch: Path
    ) -> None:
        self._known = KnownIds(runs, scratch=scratch)
        self._files_of = files_of
        self._duck = duck
        self._taken = InNoFile()
        self._spilled = InNoFile()

    def close(self) -> None:
        self._known.close()

    def spill(self) -> Collection[int]:
        """Hear that what was new is about to be written; return its hashes. What was spilled before is settled."""
        self._spilled, self._taken = self._taken, InNoFile()
        return self._spilled.keys

    def settle(self, run: Path) -> None:
        """Hear that what was spilled is in files now, and its hashes in `run`."""
        self._known.add(run, self._spilled.keys)
        self._spilled = InNoFile()

    def new_ones(self, haul: Haul) -> Haul:
        """Return those that came for the first time; from now on they are known."""
        ids = list(zip(haul.sources, haul.message_ids, strict=True))
        keys = known_ids.keys_of(ids)
        different = set(keys)
        in_files, in_none = self._known.among(different), self._in_no_file(different)
        if not in_files and not in_none and len(different) == len(ids):
            self._taken.add(keys, ids)
            return haul
        suspects = [one for key, one in zip(keys, ids, strict=True) if key in in_files]
        seen = self._looked_up(suspects) | (self._taken.ids() | self._spilled.ids() if in_none else set())
        new = []
        for named in ids:
            new.append(named not in seen)
            seen.add(named)
        self._taken.add(list(compress(keys, new)), list(compress(ids, new)))
        return haul.chosen(new)

    def _in_no_file(self, keys: set[int]) -> bool:
        """Tell whether any of these hashes is one of what was taken, and is in no file yet."""
        return not (keys.isdisjoint(self._taken.keys) and keys.isdisjoint(self._spilled.keys))

    def _looked_up(self, suspects: Sequence[Id]) -> set[Id]:
        """Ask the files. What a lost file had is new again: it can't be there twice."""
        by_source: dict[str, list[str]] = defaultdict(list)
        for source, message_id in suspects:
            by_source[source].append(message_id)
        return {
            (source, message_id)
            for source, ids in by_source.items()
            for files in self._files_of(source)
            for message_id in self._duck.ids_among(files, ids)
        }
