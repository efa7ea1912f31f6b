"""The folders of emulators: one that was killed with its parent leaves its own behind, and the next one removes it."""

import fcntl
import shutil
import time
from pathlib import Path

PREFIX = "headwater-emulator-"
LOCK = "lock"
# One that is about to start has no lock yet.
YOUNG_SECONDS = 300.0


def sweep(place: Path) -> None:
    """Remove what nobody holds any more, of ours and as far as we may."""
    for folder in place.glob(f"{PREFIX}*"):
        if _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    try:
        if time.time() - folder.stat().st_mtime < YOUNG_SECONDS:
            return False
        with (folder / LOCK).open("a+", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody holds it, or it is another user's
        return False
    return True
