"""What a backup or a restore says no with. Each says what to do."""

from headwater.core.errors import HeadwaterError


class BackupFailedError(HeadwaterError):
    """The backup was not made; what was written of it is removed, and an earlier one in that folder is as it was."""

    code = "backup_failed"
    status = 500


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
