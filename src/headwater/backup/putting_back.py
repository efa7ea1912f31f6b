"""Puts a backup's files into a data folder. Everything is checked before anything is touched.

From the first change to the word that all is well the folder has a mark on which no server starts, so that half of
a restore, however it was cut short, is never taken for data.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from headwater.backup import contents, disk_files, shelf, sqlite_copy
from headwater.backup.backup_errors import (
    BackupUnderWayError,
    BadBackupFolderError,
    DamagedBackupError,
    FolderNotEmptyError,
    RestoreFailedError,
)
from headwater.backup.contents import Contents
from headwater.store.folder import DataFolder

ASIDE = "replaced-"
LOCK = "lock"
SHOWN = 3
MEGABYTE = 1_000_000


class Screen(Protocol):
    """Whom it tells how far it is."""

    def begin(self, what: str, total_bytes: int) -> None:
        """Say what comes next, and how much of it."""

    def advance(self, size: int) -> None:
        """Say that so much of it is done."""


@contextmanager
def checked(folder: Path, *, screen: Screen) -> Iterator[Contents]:
    """Give what the backup in `folder` holds, each file of it read and found whole. Meanwhile nobody writes there.

    Raises NoBackupError, HalfBackupError, NewerBackupError, DamagedBackupError, BackupUnderWayError.
    """
    found = contents.read(folder)
    with _held(folder):
        screen.begin("checking the backup", found.bytes)
        bad = [complaint for file in found.files if (complaint := _complaint(folder, file, advance=screen.advance))]
        if bad:
            more = f", and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
            raise DamagedBackupError(
                f"The backup in {folder} is damaged: {', '.join(bad[:SHOWN])}{more}. Nothing was touched."
            )
        yield found


def check_target(data: DataFolder, backup: Path, *, needed_bytes: int, is_forced: bool) -> None:
    """See that the data folder can take a backup of that size.

    Raises FolderNotEmptyError, BadBackupFolderError, RestoreFailedError.
    """
    if shelf.is_within(backup, data.path) or shelf.is_within(data.path, backup):
        raise BadBackupFolderError(
            f"{backup} and {data.path} are one inside of the other. Restore into a folder elsewhere."
        )
    is_half = data.half_restored.exists()
    if _others(data.path) and not is_forced and not is_half:
        raise FolderNotEmptyError(
            f"{data.path} is not empty, and nothing was touched. Restore into another folder with --data, or with"
            f" --force: then what is there is moved to {data.path}/{ASIDE}…, and kept."
        )
    there = next(path for path in (data.path, *data.path.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(there).free + (_size(data.path) if is_half else 0)
    if free < needed_bytes:
        raise RestoreFailedError(
            f"{there} has {free // MEGABYTE} MB free, and the backup takes {needed_bytes // MEGABYTE}."
            " Make room there; nothing was touched."
        )


def put(found: Contents, backup: Path, data: DataFolder, *, aside: str, screen: Screen) -> Path | None:
    """Write everything into the locked folder, under the mark; return where what was there has gone, if anything was.

    Raises OSError, RestoreFailedError; the mark then stays.
    """
    moved = _cleared(data, aside=aside)
    screen.begin("writing", found.bytes)
    folders: set[Path] = set()
    for file in found.files:
        target = data.path / file.path
        disk_files.make_folder(target.parent)
        folders |= {parent for parent in target.parents if parent.is_relative_to(data.path)}
        if disk_files.copy(backup / file.stored, target, advance=screen.advance) != file.sha256:
            raise RestoreFailedError(f"{backup / file.stored} changed while it was read. Is that disk well?")
    disk_files.sync_folders(folders)
    databases = [file for file in found.files if contents.is_database(file.path)]
    screen.begin("checking the databases", sum(file.bytes for file in databases))
    for file in databases:
        if (complaint := sqlite_copy.complaint(data.path / file.path)) is not None:
            raise RestoreFailedError(f"{data.path / file.path} is damaged: {complaint}. Restore another backup.")
        screen.advance(file.bytes)
    return moved


def done(data: DataFolder) -> None:
    """Take the mark away: from here on it is data."""
    data.half_restored.unlink()
    disk_files.sync_folder(data.path)


def _complaint(folder: Path, file: contents.KeptFile, *, advance: Callable[[int], None]) -> str | None:
    path = folder / file.stored
    try:
        if path.stat().st_size != file.bytes:
            return f"{file.stored} has another size than it had"
        return None if disk_files.sha256(path, advance=advance) == file.sha256 else f"{file.stored} was changed"
    except OSError as error:
        return f"{file.stored} can't be read ({error.strerror})"


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep a backup from being made there meanwhile; a copy of a backup may have no lock."""
    try:
        handle = open(folder / contents.LOCK, encoding="utf-8")  # noqa: SIM115  there may be none
    except OSError:
        yield
        return
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupUnderWayError(f"A backup is being made in {folder} just now. Wait for its end.") from error
        yield


def _cleared(data: DataFolder, *, aside: str) -> Path | None:
    """Make room: what was data is moved aside, what is half a restore is removed. The mark is there from here on.

    The mark says where to it is being moved until all of it is: a second try doesn't take the rest for half a restore.
    """
    mark = data.half_restored
    if mark.exists():
        aside = json.loads(mark.read_text() or "{}").get("moving", "")
    elif not _others(data.path):
        aside = ""
    _mark(mark, {"moving": aside} if aside else {})
    moved = data.path / aside if aside else None
    if moved is not None:
        disk_files.make_folder(moved)
    for name in _others(data.path):
        if moved is not None:
            (data.path / name).rename(moved / name)
        else:
            _remove(data.path / name)
    _mark(mark, {})
    return moved


def _mark(mark: Path, said: dict[str, str]) -> None:
    fresh = mark.with_name(f"{mark.name}.new")
    fresh.unlink(missing_ok=True)
    with disk_files.created(fresh) as handle:
        handle.write(json.dumps(said).encode())
    fresh.replace(mark)
    disk_files.sync_folder(mark.parent)


def _others(folder: Path) -> list[str]:
    """Return what is in a data folder, but for the lock, the mark, and what was moved aside."""
    ours = (LOCK, "half-restored", "half-restored.new", contents.OF_THE_DISK)
    return [name for name in contents.entries(folder) if name not in ours and not name.startswith(ASIDE)]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _size(folder: Path) -> int:
    return sum((Path(at) / name).stat().st_size for at, _, names in os.walk(folder) for name in names)
