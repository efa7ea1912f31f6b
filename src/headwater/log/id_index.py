"""Which ids a segment holds, and where: the newest in memory, the rest in a file beside the segment.

The index is made of nothing but the records themselves. So it needn't be written with them: an append costs no
random page of a B-tree, and whatever a crash takes from the index is read again from the segment. Many ids at a
time go from memory to the file, in their order, on a thread that holds up nobody.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeGuard

import structlog

from headwater.log import id_filter, id_keys, segments
from headwater.log.id_filter import IdFilter
from headwater.log.log_limits import KEYS_IN_MEMORY
from headwater.log.segments import Segment

logger = structlog.get_logger(__name__)

MOST_IN_MEMORY = 8  # times that, when the file can't be written: then there is no room
CACHE_KIBIBYTES = 2 * 1024  # a move goes through the file once, in order

_CREATE = """
CREATE TABLE IF NOT EXISTS indexed (up_to INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ids (id BLOB, offset INTEGER, PRIMARY KEY (id, offset)) WITHOUT ROWID;
"""
# One statement unpacks, sorts and inserts them all, without the interpreter. Only a constant is put into its text.
_MOVE = f"""
INSERT OR REPLACE INTO ids
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)
SELECT substr(:keys, n * {id_keys.KEY_BYTES} + 1, {id_keys.KEY_BYTES}), :first + n FROM numbers ORDER BY 1
"""  # noqa: S608
_KEYS_AT_ONCE = (1, 8, 32, 256)  # few shapes, so that each is prepared once
_SELECT = {
    size: f"SELECT id, MAX(offset) FROM ids WHERE id IN ({', '.join('?' * size)}) GROUP BY id"  # noqa: S608  question marks only
    for size in _KEYS_AT_ONCE
}


class IdIndex:
    """The index of one segment, for its writer. `mover` is a thread that all segments share."""

    def __init__(self, segment: Segment, *, mover: ThreadPoolExecutor, keys_in_memory: int = KEYS_IN_MEMORY) -> None:
        self._path = segment.index_path
        self._mover = mover
        self._keys_in_memory = keys_in_memory
        self._file = open_for_writing(self._path)
        self._is_file_empty = id_keys.file_up_to(self._file) is None
        self._first = (id_keys.file_up_to(self._file) or segment.first_offset - 1) + 1
        self._newest = _Keys()
        self._moving = _Keys()
        self._move: Future[None] | None = None
        self._move_at = keys_in_memory
        self._error: BaseException | None = None  # of the last move
        self._first_of_all = segment.first_offset
        self._filter: IdFilter | None = None

    @property
    def up_to(self) -> int:
        """The offset up to which everything is indexed, in memory or in the file."""
        return self._first + len(self._newest.in_order) - 1

    def add(self, keys: Sequence[bytes]) -> None:
        """Index the records that follow `up_to`."""
        self._newest.add(keys, first=self.up_to + 1)
        if len(self._newest.in_order) >= self._move_at:
            self.move()

    def make_room(self) -> None:
        """Wait for the file when memory is full of keys. Raises the error that keeps the file from being written.

        So an index that can't be written holds up the log before it has taken all memory: it never forgets an id.
        """
        self._settle()
        if is_damage(self._error):
            raise self._error
        if len(self._newest.in_order) < MOST_IN_MEMORY * self._keys_in_memory:
            return
        self._wait()
        self.move()
        if self._error is not None:
            self._wait()
        if self._error is not None:
            raise self._error

    def find(self, keys: Collection[bytes]) -> dict[bytes, int]:
        """Return the offsets of those of `keys` that are in this segment. Raises sqlite3.Error."""
        if self._filter is not None:  # then nothing is in memory
            keys = self._filter.possible(keys)
            return self._find_in_file(keys) if keys else {}
        self.make_room()
        found = {**self._moving.find(keys), **self._newest.find(keys)}
        return {**found, **self._find_in_file([key for key in keys if key not in found])}

    def filter_later(self, maker: ThreadPoolExecutor) -> None:
        """Hear that nothing will be added: soon, few ids that aren't here are looked for in the file."""
        if self._filter is None and self._error is None:
            self.move()  # what came while the last move was under way
        is_all_in_file = self._move is None and not self._newest.in_order
        if self._filter is None and is_all_in_file and self.up_to - self._first_of_all >= id_filter.FEWEST_IDS:
            self._filter = IdFilter(self._path, maker=maker)

    def move(self) -> None:
        """Begin to move what is in memory to the file; one move at a time."""
        self._settle()
        keys = self._newest
        if self._move is not None or not keys.in_order:
            return
        self._moving, self._newest = keys, _Keys()
        first, count = self._first, len(keys.in_order)
        self._first += count
        self._move = self._mover.submit(_move, self._path, b"".join(keys.in_order), first=first, count=count)

    def close(self) -> None:
        """Move what is left, and let go of the file."""
        if self._filter is not None:
            self._filter.close()
        self._wait()
        self.move()
        self._wait()
        self._file.close()

    def _find_in_file(self, keys: Collection[bytes]) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        if not self._is_file_empty:
            for run in _runs(list(keys)):
                found.update(self._file.execute(_SELECT[len(run)], run).fetchall())
        return found

    def _wait(self) -> None:
        if self._move is not None:
            self._move.exception()  # which waits for it
        self._settle()

    def _settle(self) -> None:
        """Forget what the file has by now. What could not be moved stays, and is moved with the next."""
        if self._move is None or not self._move.done():
            return
        self._error = self._move.exception()
        self._move = None
        self._move_at = self._keys_in_memory
        if self._error is None:
            self._is_file_empty = False
        else:
            logger.warning("log_index_not_written", reason=str(self._error))
            self._first -= len(self._moving.in_order)
            self._newest = _Keys.joined(self._moving, self._newest)
            self._move_at += len(self._newest.in_order)  # not at each commit: it would copy them all each time
        self._moving = _Keys()


class _Keys:
    """Keys of consecutive offsets, in order, and where each is."""

    def __init__(self) -> None:
        self.in_order: list[bytes] = []
        self._offsets: dict[bytes, int] = {}

    @classmethod
    def joined(cls, earlier: Self, later: Self) -> Self:
        keys = cls()
        keys.in_order = earlier.in_order + later.in_order
        keys._offsets = {**earlier._offsets, **later._offsets}
        return keys

    def add(self, keys: Sequence[bytes], *, first: int) -> None:
        self.in_order += keys
        self._offsets.update(zip(keys, range(first, first + len(keys)), strict=True))

    def find(self, keys: Collection[bytes]) -> dict[bytes, int]:
        offsets = self._offsets
        return {key: offsets[key] for key in keys if key in offsets} if offsets else {}


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open a segment's index, made anew if there is none or none that can be read."""
    try:
        return _opened(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        logger.warning("log_index_made_anew", reason=str(error))
        remove(path)
        return _opened(path)


def is_damage(error: BaseException | None) -> TypeGuard[sqlite3.DatabaseError]:
    """Tell whether it is the file's own fault (a full disk, say, is not): then it is to be made anew."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode == sqlite3.SQLITE_IOERR_SHORT_READ  # it ends before what it says is in it
    return isinstance(error, sqlite3.DatabaseError)


def remove(path: Path) -> None:
    """Take an index away: it is made anew from the records."""
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _opened(path: Path) -> sqlite3.Connection:
    connection = segments.connect(path, mode="rwc")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES:d}")
        connection.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is read again from the segment
        connection.executescript(_CREATE)
        id_keys.file_up_to(connection)  # a damaged page is met here rather than later
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _move(path: Path, keys: bytes, *, first: int, count: int) -> None:
    connection = segments.connect(path, mode="rw")
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES:d}")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_MOVE, {"keys": keys, "first": first, "count": count})
        connection.execute("DELETE FROM indexed")
        connection.execute("INSERT INTO indexed VALUES (?)", (first + count - 1,))
        connection.execute("COMMIT")
    finally:
        connection.close()  # which rolls back what was not committed


def _runs(keys: list[bytes]) -> Iterator[list[bytes]]:
    """Cut `keys` into runs as long as the prepared statements: one, mostly, filled up with its last key."""
    for start in range(0, len(keys), _KEYS_AT_ONCE[-1]):
        run = keys[start : start + _KEYS_AT_ONCE[-1]]
        size = next(size for size in _KEYS_AT_ONCE if size >= len(run))
        yield run + run[-1:] * (size - len(run))
