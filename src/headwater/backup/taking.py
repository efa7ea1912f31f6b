"""Makes a backup: a process of its own, so that reading and hashing hold up nobody, and a crash costs nothing.

What never changes (closed segments, the lake's files) goes first, while everything runs on. Then comes the moment, for
which the server that started this lets its relay and its retention stand still, some milliseconds; what was held then
is copied after it.
"""

import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

import headwater
from headwater.backup import disk_files, moment, notes, sqlite_copy
from headwater.backup.backup_errors import BackupFailedError
from headwater.backup.contents import KEY, Contents, KeptFile
from headwater.backup.moment import Held, Moment, SegmentFile
from headwater.backup.notes import Note, Progress, Report
from headwater.backup.shelf import Shelf
from headwater.core.clock import Clock, SystemClock, iso_ms
from headwater.core.errors import HeadwaterError
from headwater.store.folder import DataFolder

LESS_URGENT = 10  # than the server, where both want the processor
SPARE_BYTES = 32 * 1024 * 1024  # left free: a server may live on that disk
UNFINISHED = ".part"
MEGABYTE = 1_000_000


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What to back up, and where to. No secrets: it stands on a command line."""

    data: str
    folder: str


class Taking:
    """One run."""

    def __init__(self, data: DataFolder, shelf: Shelf, *, clock: Clock) -> None:
        self._data = data
        self._shelf = shelf
        self._clock = clock
        self._files: dict[str, KeptFile] = {}
        self._known: set[SegmentFile] = set()
        self._missing: list[str] = []
        self._copied: list[KeptFile] = []
        self._progress = Progress(0, clock=clock)

    def run(self) -> Report:
        """Make the backup. Raises HeadwaterError, OSError, sqlite3.Error; the caller then discards what there is."""
        self._plan()
        self._copy_ahead()
        notes.say(Note(kind="ready"))
        if sys.stdin.readline().strip() != notes.GO:
            raise BackupFailedError("Whoever asked for the backup has gone away.")
        taken_at = iso_ms(self._clock.now())
        now = moment.take(self._data, known=self._known)
        try:
            notes.say(Note(kind="held"))
            self._copy_moment(now)
        finally:
            now.close()
        return self._finish(now, taken_at=taken_at)

    def _plan(self) -> None:
        """Count what there is, and see that there is room for what is new. Raises BackupFailedError."""
        sizes = {path: path.stat().st_size for path in self._originals()}
        earlier = {} if self._shelf.earlier is None else {file.path: file.bytes for file in self._shelf.earlier.files}
        self._progress = Progress(sum(sizes.values()), clock=self._clock)
        is_new = sum(
            size for path, size in sizes.items() if size != earlier.get(str(path.relative_to(self._data.path)))
        )
        free = shutil.disk_usage(self._shelf.folder).free
        if is_new + SPARE_BYTES > free:
            raise BackupFailedError(
                f"{self._shelf.folder} has {free // MEGABYTE} MB free, and the backup needs about"
                f" {(is_new + SPARE_BYTES) // MEGABYTE}. Make room there, or name a folder on another disk."
            )

    def _originals(self) -> list[Path]:
        singles = [self._data.path / path for path in (*moment.READERS, moment.CORE, KEY)]
        below = [path for folder in (self._data.log, self._data.lake, self._data.mail) for path in folder.rglob("*")]
        return [path for path in (*singles, *below) if path.is_file()]

    def _copy_ahead(self) -> None:
        for file in moment.segment_files(self._data):
            if file.stamp and self._copy_segment(file):
                self._known.add(file)
        manifest = self._data.path / moment.LAKE_DATABASE
        if manifest.exists():
            held = sqlite_copy.hold(manifest)
            try:
                paths = moment.lake_files(held)
            finally:
                held.close()
            for path in paths:
                self._copy_plain(path, is_needed=False)  # a merge may replace it meanwhile

    def _copy_segment(self, file: SegmentFile) -> bool:
        """Copy a closed segment's file; False if it is gone by now, or an index that is made anew."""
        kept = self._shelf.kept(file.path, stamp=file.stamp, advance=self._progress.advance)
        if kept is not None:
            self._files[file.path] = kept
            return True
        try:
            held = Held(path=file.path, stamp=file.stamp, connection=sqlite_copy.hold(self._data.path / file.path))
        except sqlite3.DatabaseError:
            if file.is_index or not (self._data.path / file.path).exists():
                return False
            raise
        try:
            self._copy_held(held)
        finally:
            held.connection.close()
        return True

    def _copy_moment(self, now: Moment) -> None:
        self._copy_plain(KEY, is_needed=True)
        for held in (*now.databases, *now.segments):
            self._copy_held(held)
        for path in now.lake_paths:
            if path not in self._files:
                self._copy_plain(path, is_needed=True)
        for letter in sorted(self._data.mail.glob("*")):
            if letter.suffix != UNFINISHED:
                self._copy_plain(f"mail/{letter.name}", is_needed=False)

    def _copy_held(self, held: Held) -> None:
        stored, target = self._shelf.place(held.path)
        try:
            sqlite_copy.copy(held.connection, target, advance=self._progress.advance)
        except sqlite3.DatabaseError as error:
            raise _failed(error, what=self._data.path / held.path) from error
        if (complaint := sqlite_copy.complaint(target)) is not None:
            raise BackupFailedError(
                f"{self._data.path / held.path} is damaged ({complaint}), and so would its copy be."
            )
        self._note(held.path, stored, target, stamp=held.stamp, sha256=disk_files.sha256(target, advance=_uncounted))

    def _copy_plain(self, path: str, *, is_needed: bool) -> None:
        original = self._data.path / path
        stamp = sqlite_copy.plain_stamp(original) if path != KEY else ""
        kept = self._shelf.kept(path, stamp=stamp, advance=self._progress.advance)
        if kept is not None:
            self._files[path] = kept
            return
        stored, target = self._shelf.place(path)
        try:
            sha256 = disk_files.copy(original, target, advance=self._progress.advance)
        except FileNotFoundError:
            if path == KEY:
                raise
            if is_needed:
                self._missing.append(path)
            return
        self._note(path, stored, target, stamp=stamp, sha256=sha256)

    def _note(self, path: str, stored: str, target: Path, *, stamp: str, sha256: str) -> None:
        file = KeptFile(path=path, stored=stored, bytes=target.stat().st_size, sha256=sha256, stamp=stamp)
        self._files[path] = file
        self._copied.append(file)

    def _finish(self, now: Moment, *, taken_at: str) -> Report:
        named = {*now.same, *now.lake_paths, *(held.path for held in (*now.databases, *now.segments))}
        files = [
            file
            for path, file in sorted(self._files.items())
            if path in named or path == KEY or path.startswith("mail/")
        ]
        found = Contents(
            release=headwater.__version__,
            run=self._shelf.run,
            taken_at=taken_at,
            newest_offset=now.newest_offset,
            files=tuple(files),
            missing=tuple(self._missing),
        )
        self._shelf.finish(found)
        return Report(
            run=found.run,
            taken_at=taken_at,
            newest_offset=found.newest_offset,
            files=len(files),
            bytes=found.bytes,
            copied_files=len(self._copied),
            copied_bytes=sum(file.bytes for file in self._copied),
            missing=found.missing,
        )


def main(arguments: Sequence[str]) -> int:
    """Run as a process: the orders are on the command line, the word to go on comes on the standard input."""
    orders = msgspec.json.decode(arguments[0], type=Orders)
    os.nice(LESS_URGENT)
    try:
        notes.say(Note(kind="done", report=_run(orders)))
    except HeadwaterError as error:
        return _told(error)
    except (OSError, sqlite3.Error) as error:
        return _told(_failed(error, what=Path(orders.folder)))
    return 0


def _run(orders: Orders) -> Report:
    data = DataFolder(Path(orders.data))
    with Shelf(Path(orders.folder), data=data.path) as shelf:
        try:
            return Taking(data, shelf, clock=SystemClock()).run()
        except BaseException:
            shelf.discard()
            raise


def _failed(error: OSError | sqlite3.Error, *, what: Path) -> BackupFailedError:
    reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    place = error.filename if isinstance(error, OSError) and error.filename else what
    return BackupFailedError(
        f"The backup was not made: {place}: {reason}. What was written of it is removed; an earlier one is as it was."
    )


def _told(error: HeadwaterError) -> int:
    try:
        notes.say(Note(kind="failed", code=error.code, message=error.message))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _uncounted(_size: int) -> None:
    """What is read to be hashed was counted when it was written."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
