"""Lines of JSON on their way to DuckDB: a file each for those that it reads alike, so that memory holds few of them."""

import itertools
from collections.abc import Sequence
from pathlib import Path

MOST_IN_MEMORY = 256 * 1024  # bytes of one file that wait to be written
SUFFIX = ".ndjson"


class LineFile:
    """Lines, each with its end. Not frozen: it grows until it is `whole`. No line is longer than `longest`."""

    def __init__(self, path: Path) -> None:
        self.count = self.longest = 0
        self._path = path
        self._waiting: list[bytes] = []
        self._bytes = 0

    def add(self, lines: Sequence[bytes]) -> None:
        """Add lines. Raises OSError."""
        self.count += len(lines)
        self.longest = max(self.longest, *map(len, lines))
        self._waiting += lines
        self._bytes += sum(map(len, lines))
        if self._bytes >= MOST_IN_MEMORY:
            self._write()

    def whole(self) -> Path:
        """Return the file with all lines. Whoever has read it removes it. Raises OSError."""
        self._write()
        return self._path

    def _write(self) -> None:
        # Opened each time: there may be thousands of them.
        with self._path.open("ab") as file:
            file.write(b"".join(self._waiting))
        self._waiting.clear()
        self._bytes = 0


class LineFiles:
    """Makes them, in a folder where nothing else has such a name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def new(self) -> LineFile:
        """Return one without lines."""
        return LineFile(self.new_path(SUFFIX))

    def new_path(self, suffix: str) -> Path:
        """Return a path in the folder that nothing has."""
        return self._folder / f"{next(self._numbers)}{suffix}"
