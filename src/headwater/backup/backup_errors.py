"""What a backup or a restore says no with. Each says what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headwater.core.errors import HeadwaterError


class BackupFailedError(HeadwaterError):
    """The backup was not made; what was written of it is removed, and an earlier one in that folder is as it was."""

    code = "backup_failed"
    status = 500


def failed(error: OSError | sqlite3.Error, *, at: Path) -> BackupFailedError:
    """Return what to say of what the system said no to, at `at` unless it knows better."""
    reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    place = error.filename if isinstance(error, OSError) and error.filename else at
    return BackupFailedError(
        f"The backup was not made: {place}: {reason}. What was written of it is removed; an earlier one is as it was."
    )


@contextmanager
def told(at: Path) -> Iterator[None]:
    """Say of what SQLite finds wrong which file it is in. Raises BackupFailedError."""
    try:
        yield
    except sqlite3.Error as error:
        raise failed(error, at=at) from error


class BadBackupFolderError(HeadwaterError):
    """A backup can't go into that folder."""

    code = "bad_backup_folder"
    status = 400


class BackupUnderWayError(HeadwaterError):
    """A backup is being made just now. `GET /api/backup` shows how far it is; wait for its end."""

    code = "backup_under_way"
    status = 409


class NoBackupError(HeadwaterError):
    """There is no backup in that folder. `headwater backup DIR` makes one."""

    code = "no_backup"
    status = 404


class HalfBackupError(HeadwaterError):
    """That folder holds half a backup: it was cut short. Make it again with `headwater backup DIR`."""

    code = "half_backup"
    status = 409


class NewerBackupError(HeadwaterError):
    """That backup was made by a newer release of Headwater. Install that release to restore it."""

    code = "newer_backup"
    status = 409


class DamagedBackupError(HeadwaterError):
    """That backup is damaged. Nothing was touched; restore another one."""

    code = "damaged_backup"
    status = 409


class FolderNotEmptyError(HeadwaterError):
    """A backup is restored into an empty or absent folder only."""

    code = "folder_not_empty"
    status = 409


class RestoreFailedError(HeadwaterError):
    """The restore was not finished, and no server starts on what it left. Run it again."""

    code = "restore_failed"
    status = 500
