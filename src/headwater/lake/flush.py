"""A flush: a stretch of the log becomes files, and the cursor moves behind it, in one commit of the manifest.

What is taken is in memory until it is spilled, so it is bounded by what the limits say. The log is committed after each
spill; a rebuild, which is seen whole or not at all, after its last one.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from headwater.core.event import ACTION, ACTIONS_SOURCE, Record, Stored
from headwater.lake import lake_paths, manifest_book
from headwater.lake.archive_lines import Archive
from headwater.lake.batches import Batch, Batches
from headwater.lake.columns import VARCHAR, Column
from headwater.lake.lots import Lot
from headwater.lake.manifest import ARCHIVE, IDS, PARQUET, LakeColumn, LakeFile
from headwater.lake.naming import ALIASES, GROUPS, IDENTIFIES, PAGES, SCREENS, TRACKS
from headwater.lake.new_files import Draft
from headwater.lake.repeats import Repeats
from headwater.lake.short_way import ShortWay
from headwater.lake.spills import Spill, Spilling
from headwater.lake.tables import KnownColumn, Tables
from headwater.lake.writable_lake import WritableLake

# Every event has a row in one of these.
EVERY_EVENT = frozenset({TRACKS, IDENTIFIES, GROUPS, PAGES, SCREENS, ALIASES})


def is_for_lake(record: Record) -> bool:
    """Tell whether the lake keeps it: events, those of identity among them. Queued actions are sealed."""
    return record.source != ACTIONS_SOURCE and record.type != ACTION


class Archived:
    """Which records an archive has that is being written. Not frozen: it grows."""

    def __init__(self, archive: Archive, *, first_offset: int) -> None:
        self.archive = archive
        self.first_offset = self.last_offset = first_offset


class Flush:
    """`take` records in the log's order, `spill` when it is full, `commit`, and so on. Close it after use.

    With `only_sources` it is a rebuild of these: their tables are made anew, and the archive has their events already.
    `is_whole`: these are all there are.
    """

    def __init__(self, lake: WritableLake, *, only_sources: Sequence[str] = (), is_whole: bool = False) -> None:
        self._lake = lake
        self._rebuilt = tuple(only_sources)
        self._is_whole = is_whole
        runs = [] if only_sources else lake.kept(manifest_book.id_runs(lake.book))
        self._repeats = Repeats(runs, files_of=self._files_of, duck=lake.duck)
        self._spilling = Spilling(lake.duck, lake.new.folder)
        self._tables: dict[str, tuple[Tables, ShortWay]] = {}
        self._columns: dict[tuple[str, str, str], LakeColumn] = {}
        self._batches: dict[str, Batches] = {}
        self._archives: dict[tuple[str, int], Archived] = {}
        self._body_bytes = 0
        self._waiting = self._spilled = 0
        self.events = 0

    def close(self) -> None:
        self._spilling.close()
        self._repeats.close()

    @property
    def is_full(self) -> bool:
        """Whether it should be spilled before more is taken."""
        limits = self._lake.limits
        return self._waiting >= limits.events_per_flush or self._body_bytes >= limits.body_bytes_per_flush

    def take(self, records: Sequence[Stored]) -> None:
        """Take what the lake keeps of these, each once."""
        new = self._repeats.new_ones([one for one in records if is_for_lake(one.record)])
        if not self._rebuilt:
            self._archive(new)
        for stored in new:
            record = stored.record
            batches = self._batches.get(record.source) or self._batches_of(record.source)
            batches.add_body(record.body, offset=stored.offset, received_at_ms=record.received_at_ms)
        self._waiting += len(new)
        self._body_bytes += sum([len(one.record.body) for one in new])

    def spill(self) -> None:
        """Begin to write what was taken to files that nobody sees yet; more can be taken meanwhile.

        Waits for the last spill first. Raises what that failed with: OSError, duckdb.Error.
        """
        self.settle()
        self._spilling.begin(
            Spill(
                tables=[
                    self._of_table(source, batch) for source, of in self._batches.items() for batch in of.batches()
                ],
                archives=[self._of_archive(source, day, of) for (source, day), of in self._archives.items()],
                ids=self._of_ids(),
            )
        )
        self._spilled = self._waiting
        self._batches.clear()
        self._archives.clear()
        self._waiting = self._body_bytes = 0

    def settle(self) -> None:
        """Wait until what was spilled is written. Raises OSError, duckdb.Error."""
        for draft, rows in self._spilling.written():
            file = self._lake.new.finish(draft, rows=rows)
            if file.kind == IDS:
                self._repeats.settle(draft.path)
        self.events += self._spilled
        self._spilled = 0

    def commit(self, *, cursor: int) -> None:
        """Make what was spilled valid, once it is written; everything up to `cursor` is in the lake from then on.

        Raises OSError, sqlite3.Error, duckdb.Error.
        """
        self.settle()
        self._lake.commit(
            cursor=cursor, removed=self._replaced(), columns=list(self._columns.values()), rebuilt=self._rebuilt
        )
        self._columns.clear()

    def _batches_of(self, source: str) -> Batches:
        if source not in self._tables:
            tables = Tables(() if source in self._rebuilt else self._known_columns(source))
            self._tables[source] = (tables, ShortWay(tables))
        if source not in self._batches:
            tables, short_way = self._tables[source]
            self._batches[source] = Batches(tables, short_way=short_way)
        return self._batches[source]

    def _known_columns(self, source: str) -> list[KnownColumn]:
        return [
            KnownColumn(table=column.table, column=column.column, type=column.type, note=column.note)
            for column in manifest_book.columns_of(self._lake.book, source=source)
        ]

    def _of_table(self, source: str, batch: Batch) -> tuple[Draft, list[Lot]]:
        self._note(source, batch, batch.columns())
        draft = self._lake.new.draft(
            kind=PARQUET,
            source=source,
            table=batch.table,
            day=batch.day,
            first_offset=batch.first_offset,
            last_offset=batch.last_offset,
        )
        return draft, batch.lots()

    def _note(self, source: str, batch: Batch, columns: Sequence[Column]) -> None:
        for column in columns:
            self._columns[source, batch.table, column.name] = LakeColumn(
                source=source,
                table=batch.table,
                column=column.name,
                type=column.type or VARCHAR,
                first_seen_ms=self._lake.now_ms,
                note=column.note,
            )

    def _archive(self, records: Sequence[Stored]) -> None:
        """Put records into their archives, at once: so their lines aren't in memory until the spill."""
        together: dict[tuple[str, int], list[Stored]] = defaultdict(list)
        for one in records:
            together[one.record.source, one.record.received_at_ms // lake_paths.MS_PER_DAY].append(one)
        for place, alike in together.items():
            found = self._archives.get(place)
            if found is None:
                found = self._archives[place] = Archived(self._spilling.archive(), first_offset=alike[0].offset)
            found.last_offset = alike[-1].offset
            self._spilling.add(found.archive, alike)

    def _of_archive(self, source: str, day: int, found: Archived) -> tuple[Draft, Archive]:
        draft = self._lake.new.draft(
            kind=ARCHIVE,
            source=source,
            day=lake_paths.day_of(day),
            first_offset=found.first_offset,
            last_offset=found.last_offset,
        )
        return draft, found.archive

    def _of_ids(self) -> tuple[Draft, list[int]] | None:
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
            made = [draft for draft in self._lake.new.finished(PARQUET) if draft.file.source == source]
            if paths := [draft.path for draft in made if draft.file.table in EVERY_EVENT]:
                yield paths
        else:
            valid = manifest_book.valid_files(self._lake.book, kind=PARQUET, source=source)
            yield from self._lake.in_turn([file for file in valid if file.table in EVERY_EVENT])
