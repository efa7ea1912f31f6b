"""What really leaves an emulator: URL patterns, hosts, destinations (`answers.fits`)."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from headwater.emulator import kept


class Allowed:
    """`always` is what it was started with. A killed server's successor goes on by `file`."""

    def __init__(self, always: Sequence[str] = (), *, file: Path | None = None) -> None:
        self._always = tuple(always)
        self._file = file
        self._more: list[str] = json.loads(file.read_text()) if file is not None and file.exists() else []

    def __iter__(self) -> Iterator[str]:
        yield from self._always
        yield from self._more

    def append(self, to: str) -> None:
        """Allow it, until `clear`."""
        if to not in tuple(self):
            self._set([*self._more, to])

    def clear(self) -> None:
        """Allow what it was started with, and no more."""
        if self._more:
            self._set([])

    def _set(self, more: list[str]) -> None:
        self._more = more
        kept.write(self._file, json.dumps(more).encode())
