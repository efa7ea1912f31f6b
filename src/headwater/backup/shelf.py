"""The folder a backup goes into. Each run writes a folder of its own there; `backup.json` says what counts.

Until that is written the earlier backup is untouched, and what doesn't count any more is removed after it. Files that
don't change are kept from run to run, and read again each time: a copy that has rotted is made anew.
"""

import contextlib
import fcntl
import os
import shutil
from pathlib import Path
from typing import IO, Self

from headwater.backup import contents, disk_files
from headwater.backup.backup_errors import BackupUnderWayError, BadBackupFolderError
from headwater.backup.contents import Contents, KeptFile
from headwater.backup.disk_files import Advance

OTHERS = 0o077
OURS = frozenset({contents.NAME, f"{contents.NAME}.new", contents.LOCK, contents.OF_THE_DISK})


def check(folder: Path, *, data: Path) -> None:
    """Raise BadBackupFolderError where no backup of `data` can go; nothing is made."""
    if not folder.is_absolute():
        raise BadBackupFolderError(
            f"{str(folder)!r} is not a whole path; the server takes one that begins with a slash."
        )
    if is_within(folder, data) or is_within(data, folder):
        raise BadBackupFolderError(
            f"{folder} and the data folder {data} are one inside of the other. Name a folder elsewhere,"
            " best on another disk."
        )
    if folder.exists() and not folder.is_dir():
        raise BadBackupFolderError(f"{folder} is a file. Name a folder, or one that isn't there yet.")
    if not folder.exists():
        return
    if folder.stat().st_uid != os.geteuid():
        raise BadBackupFolderError(f"{folder} belongs to somebody else, who could read the key in it. Name your own.")
    if strangers := [name for name in contents.entries(folder) if not _is_ours(name)]:
        raise BadBackupFolderError(
            f"{folder} holds other things ({', '.join(strangers[:3])}). Name an empty folder, or one that isn't there."
        )


def is_within(inner: Path, outer: Path) -> bool:
    """Tell whether `inner` is `outer` or lies in it, whatever links lead there."""
    return inner.resolve().is_relative_to(outer.resolve())


class Shelf:
    """One run's hold of a backup's folder; `with` lets go of it. Raises what `check` does, BackupUnderWayError."""

    def __init__(self, folder: Path, *, data: Path) -> None:
        check(folder, data=data)
        disk_files.make_folder(folder)
        folder.chmod(disk_files.OWNER_ONLY_FOLDER)
        self.folder = folder
        self._lock = _locked(folder)
        self._is_finished = False
        try:
            self.earlier = _of_this_installation(contents.read_or_none(folder), folder, data=data)
            self._remove_unnamed(self.earlier)
        except BaseException:
            self._lock.close()
            raise
        self._by_path = {file.path: file for file in self.earlier.files} if self.earlier else {}
        self.run = max([self.earlier.run if self.earlier else 0, *_runs(folder)]) + 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def place(self, path: str) -> tuple[str, Path]:
        """Return where a copy of the data folder's `path` goes: its name in this folder, and the whole of it."""
        stored = f"{self.run:04d}/{path}"
        target = self.folder / stored
        disk_files.make_folder(target.parent)
        target.unlink(missing_ok=True)
        return stored, target

    def kept(self, path: str, *, stamp: str, advance: Advance) -> KeptFile | None:
        """Return the earlier copy of a file that still looks the same, if it is still what it was."""
        file = self._by_path.get(path)
        if file is None or not stamp or file.stamp != stamp:
            return None
        try:
            is_whole = disk_files.sha256(self.folder / file.stored, advance=advance) == file.sha256
        except OSError:
            return None
        return file if is_whole else None

    def finish(self, found: Contents) -> None:
        """Make `found` what this folder holds. What it doesn't name is removed."""
        touched = {(self.folder / file.stored).parent for file in found.files}
        disk_files.sync_folders(
            {one for path in touched for one in (path, *path.parents) if is_within(one, self.folder)}
        )
        contents.write(self.folder, found)
        self._is_finished = True
        self._remove_unnamed(found)

    def discard(self) -> None:
        """Remove what this run has written, unless it counts already."""
        if not self._is_finished:
            shutil.rmtree(self.folder / f"{self.run:04d}", ignore_errors=True)

    def _remove_unnamed(self, named: Contents | None) -> None:
        keep = {self.folder / file.stored for file in named.files} if named else set()
        for number in _runs(self.folder):
            for folder, _, names in os.walk(self.folder / f"{number:04d}", topdown=False):
                for name in names:
                    if (path := Path(folder) / name) not in keep:
                        path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # something in it is still named
                    Path(folder).rmdir()


def _is_ours(name: str) -> bool:
    return name in OURS or contents.RUN.fullmatch(name) is not None


def _runs(folder: Path) -> list[int]:
    return [int(name) for name in contents.entries(folder) if contents.RUN.fullmatch(name)]


def _of_this_installation(earlier: Contents | None, folder: Path, *, data: Path) -> Contents | None:
    """Return the backup in the folder. Raises BadBackupFolderError if it is of other data: the key tells."""
    keys = {file.path: file.sha256 for file in earlier.files} if earlier else {}
    if keys and keys[contents.KEY] != disk_files.sha256(data / contents.KEY, advance=lambda _size: None):
        raise BadBackupFolderError(f"{folder} holds the backup of another installation. Name another folder.")
    return earlier


def _locked(folder: Path) -> IO[str]:
    handle = open(folder / contents.LOCK, "a+", encoding="utf-8")  # noqa: SIM115  held until the run is over
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise BackupUnderWayError(
            f"Somebody is just making or restoring the backup in {folder}. Wait for its end."
        ) from error
    return handle
