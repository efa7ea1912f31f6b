"""The lake's depot, for its one writer: files first, then a copy of the manifest, then the pointer, then what is here.

The pointer is the truth. A writer that dies before it is moved leaves files that nobody knows; one that dies behind it
finds, the next time, that the depot is ahead, and takes over what it says. So the cursor is only ever where files are.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import zstandard

from headwater.core import ids
from headwater.lake import lake_paths, manifest_book, manifest_tables
from headwater.lake.depot import pointer
from headwater.lake.depot.depot_errors import DepotMismatchError, DepotTakenError
from headwater.lake.depot.objects import Objects
from headwater.lake.depot.place import Place
from headwater.lake.depot.pointer import Home, Pointer
from headwater.lake.manifest import ARCHIVE, IDS, PARQUET, LakeFile

AT_ONCE = 4
SUFFIX = ".db.zst"


class Depot:
    """`open` it first. `book` is the manifest in the folder; what is taken over goes into it."""

    def __init__(self, place: Place, lake: Path, *, book: sqlite3.Connection) -> None:
        self._place = place
        self._lake = lake
        self._book = book
        self._objects = Objects(place)
        self._owner = ""
        self._tag: str | None = None
        self._manifest = ""
        self._published_changes = -1

    def open(self) -> None:
        """Make the folder's manifest what the depot says, or begin a depot with it.

        Raises DepotError, DepotTakenError, DepotMismatchError, OSError, sqlite3.Error.
        """
        known = pointer.home(self._lake)
        self._owner = known.owner if known else ids.new_uuid()
        found = self._objects.read(pointer.NAME)
        if found is None:
            self._bring_all(known)
            return
        there, self._tag = pointer.decode(found[0]), found[1]
        self._manifest = there.manifest
        if known is not None and known.owner != there.owner:
            raise DepotTakenError
        if known is None or known.manifest != there.manifest:
            self._take_over(there, is_strange=known is None)
        self._published_changes = self._book.total_changes
        if known is None:
            self.publish()
        self._remember()

    def upload(self, files: Sequence[LakeFile]) -> None:
        """Bring files that are in place here to the depot, too. Raises DepotError."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda file: self._objects.put(file.path, self._lake / file.path), files):
                pass

    def publish(self) -> None:
        """Make what the manifest says now, committed or about to be, what the depot says. Raises DepotError."""
        path = f"{pointer.MANIFESTS}/{ids.new_uuid()}{SUFFIX}"
        self._objects.put_bytes(path, zstandard.compress(self._book.serialize()))
        said = Pointer(owner=self._owner, manifest=path)
        self._tag = self._objects.replace(pointer.NAME, said.encoded(), tag=self._tag)
        self._objects.remove([self._manifest] if self._manifest else [])
        self._manifest = path
        self._published_changes = self._book.total_changes

    def committed(self) -> None:
        """Hear that what was published is committed here."""
        self._published_changes = self._book.total_changes
        self._remember()

    def publish_changes(self) -> None:
        """Publish what changed in the manifest besides commits, if anything did."""
        if self._book.total_changes != self._published_changes:
            self.publish()
            self._remember()

    def sweep(self) -> None:
        """Remove what is in the depot and in no manifest."""
        known = manifest_book.every_path(self._book) | {self._manifest}
        for folder in (*lake_paths.FOLDERS.values(), pointer.MANIFESTS):
            self.remove(sorted(self._objects.paths(folder) - known))

    def remove(self, paths: Sequence[str]) -> None:
        """Remove files that no query can have any more."""
        self._objects.remove(paths)

    def keep(self, files: Sequence[LakeFile]) -> None:
        """See that files are in the folder, for good."""
        for file in files:
            target = self._lake / file.path
            if not target.is_file():
                self._fetch(file, target)

    @contextlib.contextmanager
    def at_hand(self, files: Sequence[LakeFile], *, scratch: Path) -> Iterator[list[Path]]:
        """Give paths of files that stay meanwhile, whatever becomes of the folder's own. Raises DepotError, OSError."""
        made: list[Path] = []
        try:
            for file in files:
                made.append(scratch / f"held-{file.path.rsplit('/', 1)[1]}")
                try:
                    os.link(self._lake / file.path, made[-1])
                except FileNotFoundError:
                    self._objects.get(file.path, made[-1])
            yield made
        finally:
            for path in made:
                path.unlink(missing_ok=True)

    def _fetch(self, file: LakeFile, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        half = self._lake / lake_paths.NEW / target.name
        self._objects.get(file.path, half)
        half.rename(target)

    def _bring_all(self, known: Home | None) -> None:
        """Begin a depot with the lake that is here, all of it. Raises DepotMismatchError where it isn't all here."""
        files = [file for kind in (PARQUET, ARCHIVE, IDS) for file in manifest_book.valid_files(self._book, kind=kind)]
        if known is not None and known.url == self._place.url and known.manifest:
            raise DepotMismatchError(
                f"There is no lake at {self._place.url} any more, though this data folder had one there. Put its"
                f" objects back; or remove lake/{pointer.HOME} to bring there what this folder has."
            )
        if lacking := [file for file in files if not (self._lake / file.path).is_file()]:
            raise DepotMismatchError(
                f"There is no lake at {self._place.url}, and this folder has not all of its own: {lacking[0].path} is"
                " missing. Copy the objects of the old prefix to the new one."
            )
        self.upload(files)
        self.publish()
        self._remember()

    def _take_over(self, there: Pointer, *, is_strange: bool) -> None:
        copy = self._lake / lake_paths.NEW / "manifest.db"
        copy.parent.mkdir(parents=True, exist_ok=True)
        for path in copy.parent.glob(f"{copy.name}*"):
            path.unlink()
        packed = self._objects.read(there.manifest)
        if packed is None:
            raise DepotMismatchError(f"{self._place.url}/{there.manifest} is gone, which said what the lake has.")
        copy.write_bytes(zstandard.decompress(packed[0]))
        if is_strange and self._holds_files():
            raise DepotMismatchError
        with contextlib.closing(manifest_tables.open_for_writing(copy)) as found:
            found.backup(self._book)

    def _holds_files(self) -> bool:
        """Tell whether there is a lake here that was never the depot's."""
        return any((self._lake / path).is_file() for path in manifest_book.every_path(self._book))

    def _remember(self) -> None:
        pointer.remember(self._lake, Home(url=self._place.url, owner=self._owner, manifest=self._manifest))
