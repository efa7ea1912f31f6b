"""A flush: a stretch of the log becomes files, and the cursor moves behind it, in one commit of the manifest.

What is taken is in memory until it is spilled, so it is bounded by what the limits say. The log is committed after each
spill; a rebuild, which is seen whole or not at all, after its last one.
"""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from headwater.core.event import ACTION, ACTIONS_SOURCE
from headwater.lake import archive_lines, lake_paths, manifest_book, tracks
from headwater.lake.archive_lines import Archive
from headwater.lake.haul import Haul
from headwater.lake.made_tables import MadeTable
from headwater.lake.manifest import ARCHIVE, IDS, PARQUET, LakeColumn, LakeFile
from headwater.lake.new_files import Draft
from headwater.lake.repeats import Repeats
from headwater.lake.short_way import TRACK
from headwater.lake.spills import Spill, Spilling
from headwater.lake.table_maker import TableMaker
from headwater.lake.table_process import TableProcess
from headwater.lake.tables import KnownColumn
from headwater.lake.writable_lake import WritableLake

OF_TABLES = "tables"  # where a process of its own makes them


def for_lake(haul: Haul) -> Haul:
    """Return what the lake keeps: events, those of identity among them. Queued actions are sealed."""
    if ACTIONS_SOURCE not in haul.sources and ACTION not in haul.types:
        return haul
    places = zip(haul.sources, haul.types, strict=True)
    return haul.chosen([source != ACTIONS_SOURCE and kind != ACTION for source, kind in places])


class Archived:
    """Which records an archive has that is being written. Not frozen: it grows."""

    def __init__(self, archive: Archive, *, first_offset: int) -> None:
        self.archive = archive
        self.first_offset = self.last_offset = first_offset


class Flush:
    """`take` records in the log's order, `spill` when it is full, `commit`, and so on. Close it after use.

    With `only_sources` it is a rebuild of these: their tables are made anew, and the archive has their events already.
    `is_whole`: these are all there are. `expected`: so many events, about.
    """

    def __init__(
        self, lake: WritableLake, *, only_sources: Sequence[str] = (), is_whole: bool = False, expected: int = 0
    ) -> None:
        self._lake = lake
        self._rebuilt = tuple(only_sources)
        self._is_whole = is_whole
        runs = [] if only_sources else lake.kept(manifest_book.id_runs(lake.book))
        self._repeats = Repeats(runs, files_of=self._files_of, duck=lake.duck, scratch=lake.new.folder)
        self._spilling = Spilling(lake.new.folder)
        self._tables = self._makers(expected)
        self._columns: dict[tuple[str, str, str], LakeColumn] = {}
        self._archives: dict[tuple[str, int], Archived] = {}
        self._body_bytes = 0
        self._waiting = self._spilled = 0
        self.events = 0

    def close(self) -> None:
        self._tables.close()
        self._spilling.close()
        self._repeats.close()

    @property
    def is_full(self) -> bool:
        """Whether it should be spilled before more is taken."""
        limits = self._lake.limits
        return self._waiting >= limits.events_per_flush or self._body_bytes >= limits.body_bytes_per_flush

    @property
    def room(self) -> int:
        """How many more records may be taken before it is full, at most."""
        return max(1, self._lake.limits.events_per_flush - self._waiting)

    def take(self, haul: Haul) -> None:
        """Take what the lake keeps of these, each once."""
        new = self._repeats.new_ones(for_lake(haul))
        for (source, day), alike in _by_source_and_day(new) if new else ():
            lines = archive_lines.together(alike)
            if not self._rebuilt:
                self._archive(source, day, alike, lines)
            self._tables.take(lines, source=source, day=day, are_tracks=bytes(map(TRACK.__eq__, alike.types)))
        self._waiting += len(new)
        self._body_bytes += sum(map(len, new.bodies))

    def spill(self, *, is_last: bool = False) -> None:
        """Begin to write what was taken to files that nobody sees yet; more can be taken meanwhile.

        Waits for the last spill first. Raises what that failed with: OSError, duckdb.Error.
        """
        self.settle()
        self._tables.begin(is_last=is_last)
        self._spilling.begin(
            Spill(
                archives=[self._of_archive(source, day, of) for (source, day), of in self._archives.items()],
                ids=self._of_ids(),
            )
        )
        self._spilled = self._waiting
        self._archives.clear()
        self._waiting = self._body_bytes = 0

    def settle(self) -> None:
        """Wait until what was spilled is written. Raises OSError, duckdb.Error."""
        made = self._tables.made()
        for table in made.tables:
            draft = self._of_table(table)
            Path(table.path).rename(draft.path)
            self._lake.new.finish(draft, rows=table.rows)
        self._columns |= {(one.source, one.table, one.column): one for one in made.columns}
        for draft, rows in self._spilling.written():
            file = self._lake.new.finish(draft, rows=rows)
            if file.kind == IDS:
                self._repeats.settle(draft.path)
        self.events += self._spilled
        self._spilled = 0

    def commit(self, *, cursor: int) -> None:
        """Make valid what was settled; everything up to `cursor` is in the lake from then on.

        Raises OSError, sqlite3.Error.
        """
        self._lake.commit(
            cursor=cursor, removed=self._replaced(), columns=list(self._columns.values()), rebuilt=self._rebuilt
        )
        self._columns.clear()

    def _makers(self, expected: int) -> TableMaker | TableProcess:
        """Return who makes the tables: a process of their own, if they are many."""
        lake = self._lake
        second = lake.second_or_none(expected)
        if second is None:
            return TableMaker(lake.duck, lake.new.folder, now_ms=lake.now_ms, columns_of=self._columns_of)
        folder = lake.new.folder / f"{OF_TABLES}-{second.pid}"
        second.make_in(folder, now_ms=lake.now_ms, limits=lake.limits, columns_of=self._columns_of)
        return second

    def _columns_of(self, source: str) -> list[KnownColumn]:
        """Return the columns that tables have already; none of those that are made anew."""
        if source in self._rebuilt:
            return []
        return [
            KnownColumn(table=column.table, column=column.column, type=column.type, note=column.note)
            for column in manifest_book.columns_of(self._lake.book, source=source)
        ]

    def _of_table(self, made: MadeTable) -> Draft:
        return self._lake.new.draft(
            kind=PARQUET,
            source=made.source,
            table=made.table,
            day=made.day,
            first_offset=made.first_offset,
            last_offset=made.last_offset,
            is_waiting=tracks.is_event_table(made.table),
        )

    def _archive(self, source: str, day: int, haul: Haul, lines: bytes) -> None:
        """Put records into their archive, at once: so their lines aren't in memory until the spill."""
        found = self._archives.get((source, day))
        if found is None:
            found = self._archives[source, day] = Archived(self._spilling.archive(), first_offset=haul.offsets[0])
        found.last_offset = haul.offsets[-1]
        self._spilling.add(found.archive, lines, count=len(haul))

    def _of_archive(self, source: str, day: int, found: Archived) -> tuple[Draft, Archive]:
        draft = self._lake.new.draft(
            kind=ARCHIVE,
            source=source,
            day=lake_paths.day_of(day),
            first_offset=found.first_offset,
            last_offset=found.last_offset,
        )
        return draft, found.archive

    def _of_ids(self) -> tuple[Draft, Collection[int]] | None:
        keys = self._repeats.spill()
        return (self._lake.new.draft(kind=IDS, source="", first_offset=0, last_offset=0), keys) if keys else None

    def _replaced(self) -> list[LakeFile]:
        """Return the files that a rebuild takes the place of."""
        book = self._lake.book
        of_ids = manifest_book.id_runs(book) if self._is_whole else []
        tables = [manifest_book.valid_files(book, kind=PARQUET, source=source) for source in self._rebuilt]
        return [*of_ids, *itertools.chain.from_iterable(tables)]

    def _files_of(self, source: str) -> Iterator[Sequence[Path]]:
        """Yield where every event of a source has a row: of what is valid, or of what a rebuild has made so far."""
        if self._rebuilt:
            # Nothing is gathered yet: each event's row is in one file.
            if paths := [draft.path for draft in self._lake.new.finished(PARQUET) if draft.file.source == source]:
                yield paths
        else:
            valid = manifest_book.valid_files(self._lake.book, kind=PARQUET, source=source)
            yield from self._lake.in_turn(tracks.files_of_every_event(valid))


def _by_source_and_day(haul: Haul) -> Iterator[tuple[tuple[str, int], Haul]]:
    """Yield records by what they have an archive of; a day is so many after 1970 began."""
    first, last = (at_ms // lake_paths.MS_PER_DAY for at_ms in (min(haul.received_at_ms), max(haul.received_at_ms)))
    if first == last and len(set(haul.sources)) == 1:  # mostly
        yield (haul.sources[0], first), haul
        return
    days = [at_ms // lake_paths.MS_PER_DAY for at_ms in haul.received_at_ms]
    together: dict[tuple[str, int], list[int]] = defaultdict(list)
    for at, place in enumerate(zip(haul.sources, days, strict=True)):
        together[place].append(at)
    for place, found in together.items():
        yield place, haul.at(found)
