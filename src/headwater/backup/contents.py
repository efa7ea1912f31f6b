"""`backup.json`: what a backup holds, file by file. A folder without it holds no backup, whatever else is in it.

It is written last, in one step: so it names whole files only, and while a newer backup is being made the earlier one
stands.
"""

import re
from collections import Counter
from pathlib import Path, PurePosixPath

import msgspec

import headwater
from headwater.backup import disk_files
from headwater.backup.backup_errors import DamagedBackupError, HalfBackupError, NewerBackupError, NoBackupError

NAME = "backup.json"
LOCK = "lock"
FORMAT = 1
RUN = re.compile(r"\d{4,}")
SHA256 = re.compile(r"[0-9a-f]{64}")
# What a backup may bring into a data folder.
SINGLE = frozenset({"core.db", "deliver.db", "actions.db", "live.db", "syncs.db", "secret.key"})
FOLDERS = frozenset({"log", "lake", "mail"})
KEY = "secret.key"
LAKE_DATABASE = "lake/lake.db"
OF_THE_DISK = "lost+found"  # in the root of a volume that is as good as empty


class KeptFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its `path` in the data folder, and where it is `stored` in the backup's.

    `stamp` is what the original looked like then, of files that don't change: while it looks so, it isn't copied again.
    """

    path: str
    stored: str
    bytes: int
    sha256: str
    stamp: str = ""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """One backup. `missing`: what the data folder itself had lost. `newest_offset`: the last event of the log in it."""

    format: int = FORMAT
    release: str
    run: int
    taken_at: str
    newest_offset: int
    files: tuple[KeptFile, ...]
    missing: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def read_or_none(folder: Path) -> Contents | None:
    """Return what the backup in `folder` holds, if there is one. Raises NewerBackupError, DamagedBackupError."""
    try:
        text = (folder / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        form = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        if msgspec.json.decode(form["format"], type=int) > FORMAT:
            raise NewerBackupError
        contents = msgspec.json.decode(text, type=Contents)
    except (msgspec.DecodeError, KeyError) as error:
        raise DamagedBackupError(f"{folder / NAME} can't be read: {error}. Make the backup again.") from error
    _check(contents, folder)
    return contents


def read(folder: Path) -> Contents:
    """Return what the backup in `folder` holds, for a restore. Raises NoBackupError, HalfBackupError besides."""
    contents = read_or_none(folder)
    if contents is not None:
        if _release(contents.release) > _release(headwater.__version__):
            raise NewerBackupError(
                f"The backup was made by Headwater {contents.release}; this is {headwater.__version__}."
                " Install that release to restore it."
            )
        return contents
    if folder.is_dir() and any(RUN.fullmatch(path.name) for path in folder.iterdir()):
        raise HalfBackupError(f"{folder} holds half a backup: it was cut short. Make it again with `headwater backup`.")
    raise NoBackupError(f"There is no backup in {folder}: it has no {NAME}. `headwater backup` makes one.")


def write(folder: Path, contents: Contents) -> None:
    """Make `contents` what the backup in `folder` holds, in one step that survives a power cut."""
    fresh = folder / f"{NAME}.new"
    fresh.unlink(missing_ok=True)
    with disk_files.created(fresh) as handle:
        handle.write(msgspec.json.format(msgspec.json.encode(contents)))
    fresh.replace(folder / NAME)
    disk_files.sync_folder(folder)


def is_stored(path: str) -> bool:
    """Tell whether `path` is a place inside of a run's folder."""
    parts = PurePosixPath(path).parts
    return len(parts) > 1 and RUN.fullmatch(parts[0]) is not None and is_data("/".join(parts[1:]))


def is_data(path: str) -> bool:
    """Tell whether `path` is one of what a data folder consists of: a backup from elsewhere names nothing else."""
    parts = PurePosixPath(path).parts
    is_plain = "/".join(parts) == path and ".." not in parts and not path.startswith("/") and "\0" not in path
    return is_plain and (path in SINGLE or (len(parts) > 1 and parts[0] in FOLDERS))


def is_database(path: str) -> bool:
    """Tell whether a file of the data folder is SQLite's. The lake's own indexes of ids are not."""
    return path in SINGLE - {KEY} or path == LAKE_DATABASE or path.startswith("log/")


def _check(contents: Contents, folder: Path) -> None:
    counts = Counter(file.path for file in contents.files)
    for file in contents.files:
        is_good = is_data(file.path) and is_stored(file.stored) and SHA256.fullmatch(file.sha256) and file.bytes >= 0
        if not is_good or counts[file.path] > 1:
            raise DamagedBackupError(f"{folder / NAME} names {file.path!r}, which can be no file of a backup.")
    if lost := {KEY, "core.db"} - counts.keys():
        raise DamagedBackupError(f"{folder / NAME} lacks {' and '.join(sorted(lost))}: it is no whole backup.")


def _release(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("+")[0])[:3])


def entries(folder: Path) -> list[str]:
    """Return the names in `folder`; none where it isn't there."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []
