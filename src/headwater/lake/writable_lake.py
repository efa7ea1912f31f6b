"""The lake, open for its one writer: the manifest, the files that are being made, and DuckDB. A process of its own."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec
import zstandard

from headwater.core.errors import HeadwaterError
from headwater.lake import lake_paths, manifest, manifest_book, manifest_tables, table_process
from headwater.lake.depot import pointer
from headwater.lake.depot.depot import Depot
from headwater.lake.depot.depot_errors import DepotUnsetError
from headwater.lake.depot.place import Place
from headwater.lake.duck import Duck
from headwater.lake.duck_engine import engine
from headwater.lake.lake_lock import LakeLock
from headwater.lake.limits import WriteLimits
from headwater.lake.manifest import LakeColumn, LakeFile
from headwater.lake.manifest_book import Change
from headwater.lake.new_files import NewFiles
from headwater.lake.table_process import TableProcess

# What may stop a run, and be better the next time: a full disk, a damaged file.
FAILURES = (OSError, sqlite3.Error, engine.Error, zstandard.ZstdError, msgspec.MsgspecError, HeadwaterError)


class ManifestLostError(HeadwaterError):
    """lake.db is gone, which says which of the lake's files are valid. `headwater rebuild lake` makes it anew."""

    code = "lake_manifest_lost"
    status = 409


class WritableLake:
    """Close it after use. Nothing it does is seen before `commit`. Raises LakeBusyError.

    `second` is a process that makes tables, where one was started with the `lock`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limits: WriteLimits,
        now_ms: int,
        place: Place | None = None,
        lock: LakeLock | None = None,
        second: TableProcess | None = None,
    ) -> None:
        self.folder = folder
        self.limits = limits
        self.now_ms = now_ms
        self._second = second
        self._held = contextlib.ExitStack()  # to the end, whatever comes of it
        self._lock = self._held.enter_context(contextlib.closing(lock or LakeLock(folder)))
        if second is not None:
            self._held.callback(second.close)
        try:
            self._lock.hold()
            self.book = manifest_tables.open_for_writing(folder / manifest.NAME)
            self._depot = self._opened(place)
        except BaseException:
            self._held.close()
            raise
        progress = manifest_book.progress(self.book)
        self.is_new = progress is None
        progress = progress or manifest_book.Progress()
        self.cursor = progress.cursor
        self.new = NewFiles(folder, next_number=progress.next_file)
        self.duck = Duck(self.new.folder, limits=limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.duck.close()
        with contextlib.suppress(OSError):
            self.new.clear()
        self.book.close()
        self._held.close()

    def second_or_none(self, events: int) -> TableProcess | None:
        """Return a process to make tables of so many events, if it is worth its start; for one flush."""
        second, self._second = self._second, None
        if second is None and table_process.is_worth_it(events, self.limits):
            try:
                second = TableProcess(holding=[self._lock.descriptor])
            except OSError:  # no room for another process: this one makes them, too
                return None
            self._held.callback(second.close)
        return second

    def commit(
        self,
        *,
        cursor: int | None = None,
        adopted: Sequence[LakeFile] = (),
        removed: Sequence[LakeFile] = (),
        columns: Sequence[LakeColumn] = (),
        rebuilt: Sequence[str] = (),
        gathered: Sequence[LakeFile] = (),
    ) -> None:
        """Make valid what was made or is `adopted`, and invalid what it replaces, in one step.

        Raises OSError, sqlite3.Error.
        """
        added = self.new.put_in_place()
        self._upload([*adopted, *added])
        change = Change(
            cursor=self.cursor if cursor is None else cursor,
            next_file=self.new.next_number,
            added=[*adopted, *added],
            removed=[file.path for file in removed],
            columns=list(columns),
            rebuilt=list(rebuilt),
            gathered=[file.path for file in gathered],
        )
        depot = self._depot
        manifest_book.commit(self.book, change, now_ms=self.now_ms, before_end=depot.publish if depot else None)
        if depot is not None:
            depot.committed()
        self.cursor = change.cursor
        self.is_new = False

    def sweep(self) -> None:
        """Remove what a crash left, and what was replaced long enough ago. Raises ManifestLostError."""
        there = {path for kind in lake_paths.FOLDERS for path in lake_paths.files_in(self.folder, kind)}
        if self.is_new and there:
            raise ManifestLostError
        for path in there - manifest_book.every_path(self.book):
            (self.folder / path).unlink(missing_ok=True)
        if self._depot is not None:
            self._depot.sweep()
        self.remove_replaced()

    def remove_replaced(self) -> None:
        """Remove the files that no query can have any more. They are forgotten after they are gone."""
        gone = manifest_book.past_grace(self.book, removed_before_ms=self.now_ms - self.limits.grace_ms)
        for path in gone:
            (self.folder / path).unlink(missing_ok=True)
        if gone and self._depot is not None:
            self._depot.remove(gone)
        if gone:
            manifest_book.forget(self.book, gone)

    def finish(self) -> None:
        """Bring to the depot what changed in the manifest besides commits. Raises DepotError."""
        if self._depot is not None:
            self._depot.publish_changes()

    def has(self, file: LakeFile) -> bool:
        """Tell whether a valid file is there to be read; a depot's is, until it says no."""
        return self._depot is not None or (self.folder / file.path).is_file()

    @contextlib.contextmanager
    def at_hand(self, files: Sequence[LakeFile]) -> Iterator[list[Path]]:
        """Give the paths where files can be read meanwhile. Raises DepotError, OSError."""
        if self._depot is None:
            yield [self.folder / file.path for file in files]
        else:
            with self._depot.at_hand(files, scratch=self.new.folder) as paths:
                yield paths

    def in_turn(self, files: Sequence[LakeFile]) -> Iterator[list[Path]]:
        """Yield where those of `files` that are there can be read: all at once, or one by one if they are away."""
        there = [file for file in files if self.has(file)]
        for some in [[one] for one in there] if self._depot is not None else [there] if there else []:
            with self.at_hand(some) as paths:
                yield paths

    def kept(self, files: Sequence[LakeFile]) -> list[Path]:
        """Return where files are that are to stay in the folder. Raises DepotError, OSError."""
        if self._depot is not None:
            self._depot.keep(files)
        return [self.folder / file.path for file in files]

    def _opened(self, place: Place | None) -> Depot | None:
        """Return the depot, with the manifest as it says. Raises DepotUnsetError where nobody says where it is."""
        if place is None:
            if (known := pointer.home(self.folder)) is not None:
                raise DepotUnsetError(
                    f"The lake of this data folder is at {known.url}: set HEADWATER_LAKE_URL to that."
                )
            return None
        depot = Depot(place, self.folder, book=self.book)
        depot.open()
        return depot

    def _upload(self, files: Sequence[LakeFile]) -> None:
        if self._depot is None:
            return
        try:
            self._depot.upload(files)
        except HeadwaterError:
            for file in files:
                (self.folder / file.path).unlink(missing_ok=True)
            raise


def said(error: Exception) -> str:
    """Return what people are told of a failure."""
    return error.message if isinstance(error, HeadwaterError) else f"{type(error).__name__}: {error}"
