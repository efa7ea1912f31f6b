"""Who writes the lake holds its lock: a process that outlived its server keeps the next one from writing beside it."""

import fcntl
from pathlib import Path

from headwater.core.errors import UnavailableError

NAME = "lock"


class LakeBusyError(UnavailableError):
    """Another process writes the lake (of a server that was killed, perhaps); it is tried again when that has ended."""

    code = "lake_busy"


class LakeLock:
    """A handle on the lock of a lake, which need not be there yet. Close it after use.

    A process that is given its `descriptor` holds what is held by it, until both have closed it or ended.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / NAME).open("a", encoding="utf-8")

    @property
    def descriptor(self) -> int:
        return self._file.fileno()

    def hold(self) -> None:
        """Hold the lake until this is closed. Raises LakeBusyError."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LakeBusyError from None

    def close(self) -> None:
        self._file.close()
