"""Files that are being made: out of sight until they are whole and on disk. The manifest makes them valid, later.

A file is written in `new/`, fsync'd, and renamed to where it belongs, whose folder is then fsync'd, too. A crash at any
point leaves files that are not in the manifest, and nothing else.
"""

import os
import shutil
from pathlib import Path

import msgspec

from headwater.lake import lake_paths
from headwater.lake.manifest import LakeFile


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A file in `new/`, and what it will be."""

    path: Path
    file: LakeFile


class NewFiles:
    """Those of one commit. `lake` is the folder; file numbers count up from `next_number`."""

    def __init__(self, lake: Path, *, next_number: int) -> None:
        self._lake = lake
        self._folder = lake / lake_paths.NEW
        self.next_number = next_number
        self._drafts: list[Draft] = []
        self.clear()

    @property
    def folder(self) -> Path:
        """Where anything may be written that is gone after the next `clear`."""
        return self._folder

    def draft(
        self,
        *,
        kind: str,
        source: str,
        first_offset: int,
        last_offset: int,
        table: str = "",
        day: str = "",
        generation: int = 0,
        is_waiting: bool = False,
    ) -> Draft:
        """Return a path to write to, and what the file will be once `finish` knows its rows and bytes."""
        name = lake_paths.name_of(
            kind=kind, first_offset=first_offset, last_offset=last_offset, number=self.next_number
        )
        self.next_number += 1
        folder = lake_paths.folder_of(kind=kind, source=source, table=table, day=day)
        file = LakeFile(
            path=f"{folder}/{name}",
            source=source,
            table=table,
            day=day,
            kind=kind,
            first_offset=first_offset,
            last_offset=last_offset,
            rows=0,
            bytes=0,
            generation=generation,
            is_waiting=is_waiting,
        )
        return Draft(path=self._folder / name, file=file)

    def finish(self, draft: Draft, *, rows: int) -> LakeFile:
        """Hear that a draft is written whole; return what it is. It is neither on disk nor in place yet."""
        file = msgspec.structs.replace(draft.file, rows=rows, bytes=draft.path.stat().st_size)
        self._drafts.append(Draft(path=draft.path, file=file))
        return file

    def finished(self, kind: str) -> list[Draft]:
        """Return the drafts of a kind that are written and not in place yet."""
        return [draft for draft in self._drafts if draft.file.kind == kind]

    def put_in_place(self) -> list[LakeFile]:
        """Bring all that is finished to disk and to where it belongs; return them. Raises OSError."""
        for draft in self._drafts:
            _sync(draft.path)
        touched: set[Path] = set()
        for draft in self._drafts:
            target = self._lake / draft.file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.path.rename(target)
            touched |= {parent for parent in target.parents if parent.is_relative_to(self._lake)}
        for folder in sorted(touched, reverse=True):
            _sync(folder)
        placed = [draft.file for draft in self._drafts]
        self._drafts = []
        return placed

    def clear(self) -> None:
        """Remove what was begun and will not be finished: a full disk isn't filled further by it."""
        self._drafts = []
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, exist_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
