"""Whether a backup fits on its disk, before it is begun."""

import os
import shutil
from pathlib import Path

from headwater.backup import moment
from headwater.backup.backup_errors import BackupFailedError
from headwater.backup.contents import KEY
from headwater.backup.shelf import Shelf
from headwater.store.folder import DataFolder

SPARE_BYTES = 32 * 1024 * 1024  # left free: a server may live on that disk
MEGABYTE = 1_000_000


def check(data: DataFolder, shelf: Shelf) -> int:
    """Return how many bytes the data folder has. Raises BackupFailedError if there is no room for what is new."""
    sizes = {str(path.relative_to(data.path)): size for path in _originals(data) if (size := _size(path))}
    earlier = {} if shelf.earlier is None else {file.path: file.bytes for file in shelf.earlier.files}
    new_bytes = sum(size for path, size in sizes.items() if size != earlier.get(path))
    free = shutil.disk_usage(shelf.folder).free
    if new_bytes + SPARE_BYTES > free:
        raise BackupFailedError(
            f"{shelf.folder} has {free // MEGABYTE} MB free, and the backup needs about"
            f" {(new_bytes + SPARE_BYTES) // MEGABYTE}. Make room there, or name a folder on another disk."
        )
    return sum(sizes.values())


def _originals(data: DataFolder) -> list[Path]:
    singles = [data.path / path for path in (*moment.READERS, moment.CORE, KEY)]
    below = [
        Path(at) / name
        for folder in (data.log, data.lake, data.mail)
        for at, _, names in os.walk(folder)
        for name in names
    ]
    return [*singles, *below]


def _size(path: Path) -> int:
    """Return a file's size, 0 if it isn't there, or no more."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
