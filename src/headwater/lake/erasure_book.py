"""What `lake.db` says of erasures: how far each is, and when what is left of them on disk goes. Plain functions."""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from headwater.lake import manifest_tables

_IS_THERE = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'erasures'"
_EVERY = "SELECT id, files_done, files, done_at_ms FROM erasures"
_BEGIN = "INSERT INTO erasures VALUES (?1, 0, ?2, NULL) ON CONFLICT (id) DO UPDATE SET files = files_done + ?2"
_STEP = "UPDATE erasures SET files_done = files_done + 1 WHERE id = ?"
_END = "UPDATE erasures SET done_at_ms = ? WHERE id = ?"
_CURSOR = "SELECT cursor FROM progress"
_OLDEST_REMOVED = """
SELECT MIN(removed_at_ms) FROM files WHERE state = 'removed' AND EXISTS (SELECT 1 FROM erasures)
"""


class ErasureState(msgspec.Struct, frozen=True, kw_only=True):
    """How far one is: so many of the files are written again. `done_at_ms`: all of them are."""

    id: str
    files_done: int = 0
    files: int = 0
    done_at_ms: int | None = None


class Erasing(msgspec.Struct, frozen=True, kw_only=True):
    """One state of it. `oldest_removed_ms`: since when the oldest file is on disk that was replaced."""

    cursor: int = 0
    states: dict[str, ErasureState] = {}
    oldest_removed_ms: int | None = None

    def is_settled(self, erasure_id: str, *, up_to: int) -> bool:
        """Tell whether nothing of an erasure can be in files, or come into any."""
        state = self.states.get(erasure_id)
        return state is not None and state.done_at_ms is not None and up_to <= self.cursor


def read(path: Path) -> Erasing:
    """Return what the manifest at `path` says, beside its writer."""
    book = manifest_tables.open_for_reading(path)
    if book is None:
        return Erasing()
    try:
        cursor = (book.execute(_CURSOR).fetchone() or (0,))[0]
        if book.execute(_IS_THERE).fetchone() is None:
            return Erasing(cursor=cursor)
        states = [ErasureState(id=row[0], files_done=row[1], files=row[2], done_at_ms=row[3]) for row in _rows(book)]
        (oldest,) = book.execute(_OLDEST_REMOVED).fetchone()
    finally:
        book.close()
    return Erasing(cursor=cursor, states={one.id: one for one in states}, oldest_removed_ms=oldest)


def done(book: sqlite3.Connection) -> set[str]:
    """Return the erasures that are done."""
    return {row[0] for row in _rows(book) if row[3] is not None}


def begin(book: sqlite3.Connection, ids: Sequence[str], *, files: int) -> None:
    """Say that so many files have to be written again."""
    _for_each(book, _BEGIN, [(one, files) for one in ids])


def step(book: sqlite3.Connection, ids: Sequence[str]) -> None:
    """Say that one more of them is."""
    _for_each(book, _STEP, [(one,) for one in ids])


def end(book: sqlite3.Connection, ids: Sequence[str], *, now_ms: int) -> None:
    """Say that all are."""
    _for_each(book, _END, [(now_ms, one) for one in ids])


def _for_each(book: sqlite3.Connection, statement: str, values: Iterable[tuple[object, ...]]) -> None:
    book.execute("BEGIN IMMEDIATE")
    book.executemany(statement, values)
    book.execute("COMMIT")


def _rows(book: sqlite3.Connection) -> list[tuple[str, int, int, int | None]]:
    return book.execute(_EVERY).fetchall()
