"""The lake, open for its one writer: the manifest, the files that are being made, and DuckDB. A process of its own."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from headwater.core.errors import HeadwaterError
from headwater.lake import lake_paths, manifest, manifest_book, manifest_tables
from headwater.lake.duck import Duck
from headwater.lake.limits import WriteLimits
from headwater.lake.manifest import LakeColumn, LakeFile
from headwater.lake.manifest_book import Change
from headwater.lake.new_files import NewFiles


class ManifestLostError(HeadwaterError):
    """lake.db is gone, which says which of the lake's files are valid. `headwater rebuild lake` makes it anew."""

    code = "lake_manifest_lost"
    status = 409


class WritableLake:
    """Close it after use. Nothing it does is seen before `commit`."""

    def __init__(self, folder: Path, *, limits: WriteLimits, now_ms: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.limits = limits
        self.now_ms = now_ms
        self.book = manifest_tables.open_for_writing(folder / manifest.NAME)
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

    def commit(
        self,
        *,
        cursor: int | None = None,
        adopted: Sequence[LakeFile] = (),
        removed: Sequence[LakeFile] = (),
        columns: Sequence[LakeColumn] = (),
        rebuilt: Sequence[str] = (),
    ) -> None:
        """Make valid what was made or is `adopted`, and invalid what it replaces, in one step.

        Raises OSError, sqlite3.Error.
        """
        added = self.new.put_in_place()
        change = Change(
            cursor=self.cursor if cursor is None else cursor,
            next_file=self.new.next_number,
            added=[*adopted, *added],
            removed=[file.path for file in removed],
            columns=list(columns),
            rebuilt=list(rebuilt),
        )
        manifest_book.commit(self.book, change, now_ms=self.now_ms)
        self.cursor = change.cursor
        self.is_new = False

    def sweep(self) -> None:
        """Remove what a crash left, and what was replaced long enough ago. Raises ManifestLostError."""
        there = {path for kind in lake_paths.FOLDERS for path in lake_paths.files_in(self.folder, kind)}
        if self.is_new and there:
            raise ManifestLostError
        for path in there - manifest_book.every_path(self.book):
            (self.folder / path).unlink(missing_ok=True)
        self.remove_replaced()

    def remove_replaced(self) -> None:
        """Remove the files that no query can have any more. They are forgotten after they are gone."""
        gone = manifest_book.past_grace(self.book, removed_before_ms=self.now_ms - self.limits.grace_ms)
        for path in gone:
            (self.folder / path).unlink(missing_ok=True)
        if gone:
            manifest_book.forget(self.book, gone)
