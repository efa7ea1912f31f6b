"""Makes a backup, in the order that loses nothing.

What never changes (closed segments, the lake's files) goes first, while everything runs on. Then comes the moment, for
which whoever asked lets the relay and the log's retention stand still, some milliseconds; what was held then is copied
after it.
"""

import sqlite3
from pathlib import Path

import headwater
from headwater.backup import backup_errors, disk_files, moment, room_needed, sqlite_copy
from headwater.backup.backup_errors import BackupFailedError
from headwater.backup.contents import KEY, LAKE_DATABASE, Contents, KeptFile
from headwater.backup.moment import Held, Moment, SegmentFile
from headwater.backup.notes import Note, Progress, Report, Wire
from headwater.backup.shelf import Shelf
from headwater.core.clock import Clock, iso_ms
from headwater.store.folder import DataFolder

UNFINISHED = ".part"


class Taking:
    """One run."""

    def __init__(self, data: DataFolder, shelf: Shelf, *, wire: Wire, clock: Clock) -> None:
        self._data = data
        self._shelf = shelf
        self._wire = wire
        self._clock = clock
        self._files: dict[str, KeptFile] = {}
        self._known: set[SegmentFile] = set()
        self._missing: list[str] = []
        self._copied: set[str] = set()
        self._progress = Progress(wire, 0, clock=clock)

    def run(self) -> Report:
        """Make the backup. Raises HeadwaterError, OSError, sqlite3.Error; the caller then discards what there is."""
        total_bytes = room_needed.check(self._data, self._shelf)
        self._progress = Progress(self._wire, total_bytes, clock=self._clock)
        self._copy_ahead()
        self._wire.say(Note(kind="ready"))
        self._wire.wait_for_go()
        taken_at = iso_ms(self._clock.now())
        now = moment.take(self._data, known=self._known)
        try:
            self._wire.say(Note(kind="held"))
            self._copy_moment(now)
        finally:
            now.close()
        return self._finish(now, taken_at=taken_at)

    def _copy_ahead(self) -> None:
        for file in moment.segment_files(self._data):
            if file.stamp and self._copy_segment(file):
                self._known.add(file)
        manifest = self._data.path / LAKE_DATABASE
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
        with backup_errors.told(self._data.path / held.path):
            sqlite_copy.copy(held.connection, target, advance=self._progress.advance)
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
        self._copied.add(path)

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
        # Once each: an index that grew meanwhile was copied twice.
        copied = [file for file in files if file.path in self._copied]
        return Report(
            run=found.run,
            taken_at=taken_at,
            newest_offset=found.newest_offset,
            files=len(files),
            bytes=found.bytes,
            copied_files=len(copied),
            copied_bytes=sum(file.bytes for file in copied),
            missing=found.missing,
        )


def _uncounted(_size: int) -> None:
    """What is read to be hashed was counted when it was written."""
