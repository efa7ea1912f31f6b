"""How the SQLite log lies on disk: a folder of numbered segments, each one SQLite file of chunks of records.

Only the newest segment is written. When it is old or full the next one begins, and the oldest ones are one day
removed whole, file by file, with their id indexes: forgetting costs no deletes and no pause (DESIGN decision 5).
Constant SQL only.
"""

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.core.event import Stored
from headwater.log import chunks

SCHEMA_VERSION = 2
BUSY_TIMEOUT_SECONDS = 5.0
CACHE_KIBIBYTES = 256  # chunks are written and read in order: a page that was seen isn't asked for again
FILE_NAME = re.compile(r"(\d{8})\.db")
INDEX_SUFFIX = ".ids"
# The file itself goes last: until then it is found, and removed, again.
COMPANIONS = tuple(f"{name}{end}" for name in (INDEX_SUFFIX, ".db") for end in ("-journal", "-wal", "-shm", ""))

FULL_SYNC = "PRAGMA synchronous = FULL"  # an ack means fsync'd
WRITER_PRAGMAS = (
    FULL_SYNC,
    "PRAGMA secure_delete = FAST",  # an erased person's bytes are overwritten with the row
    "PRAGMA wal_autocheckpoint = 0",  # see checkpoints.py
)

CREATE = """
CREATE TABLE about (first_offset INTEGER NOT NULL, opened_at_ms INTEGER NOT NULL);
CREATE TABLE positions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE chunks (first_offset INTEGER PRIMARY KEY, count INTEGER NOT NULL, records BLOB NOT NULL);
"""

_NEWEST = """
SELECT COALESCE((SELECT first_offset + count FROM chunks ORDER BY first_offset DESC LIMIT 1), first_offset) - 1
FROM about
"""
# From the chunk that holds `offset`, or the first one after it.
_CHUNKS_FROM = """
SELECT first_offset, count, records FROM chunks WHERE first_offset >= COALESCE(
    (SELECT MAX(first_offset) FROM chunks WHERE first_offset <= :offset), 0
) ORDER BY first_offset
"""


class NewerLogError(HeadwaterError):
    """The event log was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_log"
    status = 409


class OlderLogError(HeadwaterError):
    """The event log was written before Headwater had releases, in a form that is read no more. Use another folder."""

    code = "older_log"
    status = 409


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One segment; it ends where the next one begins."""

    path: Path
    number: int
    first_offset: int
    opened_at_ms: int

    @property
    def index_path(self) -> Path:
        return self.path.with_suffix(INDEX_SUFFIX)

    def size_bytes(self) -> int:
        """Return the room it takes on disk, 0 when it is gone."""
        return sum(_size(self.path.with_suffix(suffix)) for suffix in COMPANIONS)


def refuse_older(folder: Path) -> None:
    """Raise OlderLogError when `folder` stands beside a log of the one-file form."""
    if folder.with_suffix(".db").is_file():
        raise OlderLogError


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the segments there are, ascending."""
    return sorted(int(found[1]) for path in folder.iterdir() if (found := FILE_NAME.fullmatch(path.name)))


def path_of(folder: Path, number: int) -> Path:
    """Return the file of segment `number`."""
    return folder / f"{number:08d}.db"


def create(
    folder: Path, *, number: int, first_offset: int, now_ms: int, positions: Iterable[tuple[str, int]]
) -> Segment:
    """Make an empty segment: it appears whole, under its name, or not at all. The name is the caller's to sync.

    Written with a rollback journal: a write-ahead log is moved into the file when it is closed, and a disk that
    fills up just then leaves half a file, without a word of it.
    """
    draft = folder / "next.db"
    remove(draft)
    connection = sqlite3.connect(draft, isolation_level=None)
    try:
        connection.execute(FULL_SYNC)
        connection.executescript(f"BEGIN; {CREATE}")
        connection.execute("INSERT INTO about VALUES (?, ?)", (first_offset, now_ms))
        connection.executemany("INSERT INTO positions VALUES (?, ?)", positions)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION:d}")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
    path = path_of(folder, number)
    draft.rename(path)
    return Segment(path=path, number=number, first_offset=first_offset, opened_at_ms=now_ms)


def remove(path: Path) -> None:
    """Take a segment's files away; what is gone already is well."""
    for suffix in COMPANIONS:
        path.with_suffix(suffix).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names that came or went in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def connect(path: Path, *, mode: str) -> sqlite3.Connection:
    """Open a segment's file (`mode` is SQLite's: ro, rw, rwc). Raises NewerLogError, sqlite3.Error."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_SECONDS,
    )
    try:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES:d}")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error:
        connection.close()
        raise
    if version > SCHEMA_VERSION:
        connection.close()
        raise NewerLogError
    return connection


def describe(path: Path) -> Segment:
    """Return what a segment's file says of itself."""
    connection = connect(path, mode="ro")
    try:
        first_offset, opened_at_ms = connection.execute("SELECT first_offset, opened_at_ms FROM about").fetchone()
    finally:
        connection.close()
    return Segment(path=path, number=int(path.stem), first_offset=first_offset, opened_at_ms=opened_at_ms)


def newest_offset(connection: sqlite3.Connection) -> int:
    """Return the offset of the newest record of a log whose newest segment this is; 0 while there is none."""
    return int(connection.execute(_NEWEST).fetchone()[0])


def chunks_from(connection: sqlite3.Connection, offset: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (first offset, count, records) of a segment's chunks, from the one that holds `offset` or comes next."""
    return connection.execute(_CHUNKS_FROM, {"offset": offset})


def records_after(connection: sqlite3.Connection, after: int, *, limit: int, containing: bytes = b"") -> list[Stored]:
    """Return at most `limit` records of a segment above `after`, in order; only of chunks with those bytes in them."""
    found: list[Stored] = []
    for first_offset, _count, blob in chunks_from(connection, after + 1):
        if containing in blob:
            found += [stored for stored in chunks.decode(first_offset, blob) if stored.offset > after]
        if len(found) >= limit:
            break
    return found[:limit]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
