"""Files on their way to a disk: for their owner only, hashed as they are read, and there after a power cut."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

OWNER_ONLY_FILE = 0o600
OWNER_ONLY_FOLDER = 0o700
BYTES_AT_ONCE = 1024 * 1024

Advance = Callable[[int], None]


@contextmanager
def created(path: Path) -> Iterator[IO[bytes]]:
    """Give a new file to write to; it is on disk afterwards. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "wb") as handle:
        yield handle
        handle.flush()
        os.fsync(handle.fileno())


def copy(source: Path, target: Path, *, advance: Advance) -> str:
    """Copy `source` to `target`, which is new and then on disk; return the SHA-256 of what was written."""
    digest = hashlib.sha256()
    with open(source, "rb") as original, created(target) as handle:
        while piece := original.read(BYTES_AT_ONCE):
            digest.update(piece)
            handle.write(piece)
            advance(len(piece))
    return digest.hexdigest()


def sha256(path: Path, *, advance: Advance) -> str:
    """Return the SHA-256 of what is in `path`."""
    digest = hashlib.sha256()
    with open(path, "rb") as handle:
        while piece := handle.read(BYTES_AT_ONCE):
            digest.update(piece)
            advance(len(piece))
    return digest.hexdigest()


def make_folder(path: Path) -> None:
    """Make a folder and those above it, closed to others."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=OWNER_ONLY_FOLDER, exist_ok=True)


def sync(path: Path) -> None:
    """Bring a file's content to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Make names that came or went in `path` survive a power cut."""
    sync(path)


def sync_folders(paths: set[Path]) -> None:
    """Do so for several, innermost first."""
    for path in sorted(paths, key=lambda one: len(one.parts), reverse=True):
        sync_folder(path)
