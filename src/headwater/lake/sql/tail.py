"""What is in the log and not in the lake's files yet: read by each query, by the same rows as the writer's.

Each id once, as in the files. What comes a second time within the tail is left out here; an id that the files may have
is a suspect only, since its hash is all that is looked at: the views make sure.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.core.event import Stored
from headwater.lake import known_ids
from headwater.lake.batches import Batches
from headwater.lake.erasures import Erased
from headwater.lake.known_ids import KnownIds
from headwater.log import segments


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How far the tail was read. `behind`: so many records more are in the log.

    `suspects`: by source, ids of the tail that its files may have, too.
    """

    up_to: int
    behind: int
    suspects: Mapping[str, Sequence[str]]


class Tail:
    """Reads the log at `log` above `after` into batches, by source. `erased` are people who are left out."""

    def __init__(self, log: Path, batches: Mapping[str, Batches], *, known: KnownIds, erased: Erased) -> None:
        self._log = log
        self._batches = batches
        self._known = known
        self._erased = erased
        self._taken: defaultdict[str, set[str]] = defaultdict(set)

    def read(self, *, after: int, most: int) -> Seen:
        """Take what the log holds, the oldest `most` records of it."""
        up_to, head = after, after
        for segment in _segments(self._log, after):
            connection = segments.connect(segment, mode="ro")
            try:
                for stored in segments.records_after(connection, after, limit=most - (up_to - after)):
                    if stored.record.source in self._batches and not self._erased.has(stored):
                        self._take(stored)
                    up_to = stored.offset
                head = max(head, segments.newest_offset(connection))
            finally:
                connection.close()
        return Seen(up_to=up_to, behind=head - up_to, suspects=self._suspects())

    def _take(self, stored: Stored) -> None:
        record = stored.record
        taken = self._taken[record.source]
        if record.message_id not in taken:
            taken.add(record.message_id)
            self._batches[record.source].add_records([stored])

    def _suspects(self) -> dict[str, list[str]]:
        keys = {known_ids.key_of(source, id_): (source, id_) for source, ids in self._taken.items() for id_ in ids}
        suspects: defaultdict[str, list[str]] = defaultdict(list)
        for key in self._known.among(keys.keys()):
            source, id_ = keys[key]
            suspects[source].append(id_)
        return suspects


def _segments(log: Path, after: int) -> Iterator[Path]:
    """Yield the files that hold something above `after`, oldest first."""
    found = [segments.describe(segments.path_of(log, number)) for number in segments.numbers(log)]
    for segment, following in zip(found, [*found[1:], None], strict=True):
        if following is None or following.first_offset > after + 1:
            yield segment.path
