"""How the SQLite log lies on disk: a folder of numbered segments, each one SQLite file of events and their ids.

Only the newest segment is written. When it is old or full the next one begins, and the oldest ones are one day
removed whole, file by file: the id index lives exactly as long as the events, and forgetting costs no deletes and
no pause (DESIGN decision 5). Constant SQL only.
"""

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.core.event import Record, Stored

SCHEMA_VERSION = 2
BUSY_TIMEOUT_SECONDS = 5.0
MESSAGE_HASH_BYTES = 16
SOURCE_HASH_BYTES = 4
FILE_NAME = re.compile(r"(\d{8})\.db")
COMPANIONS = ("-wal", "-shm", "")  # the file itself goes last: until then it is found, and removed, again
CACHED_SOURCES = 10_000
STATEMENTS = 256

FULL_SYNC = "PRAGMA synchronous = FULL"  # an ack means fsync'd
WRITER_PRAGMAS = (
    FULL_SYNC,
    "PRAGMA secure_delete = FAST",  # an erased person's bytes are overwritten with the row
    "PRAGMA wal_autocheckpoint = 0",  # see checkpoints.py
    "PRAGMA cache_size = -16384",  # KiB
)

# "offset" is quoted where a statement might take it for the keyword.
CREATE = """
CREATE TABLE about (first_offset INTEGER NOT NULL, opened_at_ms INTEGER NOT NULL);
CREATE TABLE positions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    offset INTEGER PRIMARY KEY, source TEXT NOT NULL, message_id TEXT NOT NULL, type TEXT NOT NULL,
    user_id TEXT, anonymous_id TEXT, received_at_ms INTEGER NOT NULL, via TEXT, body BLOB NOT NULL
);
CREATE TABLE ids (id BLOB PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID;
"""

COLUMNS = "offset, source, message_id, type, user_id, anonymous_id, received_at_ms, via, body"
COLUMN_COUNT = 9

Row = tuple[int, str, str, str, str | None, str | None, int, str | None, bytes]


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

    def size_bytes(self) -> int:
        """Return the room it takes on disk, 0 when it is gone."""
        return sum(_size(self.path.with_name(self.path.name + suffix)) for suffix in COMPANIONS)


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
    """Make an empty segment: it appears whole, under its name, or not at all.

    Written with a rollback journal: a write-ahead log is moved into the file when it is closed, and a disk that
    fills up just then leaves half a file without a word of it.
    """
    draft = folder / "next"
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
    sync_folder(folder)
    return Segment(path=path, number=number, first_offset=first_offset, opened_at_ms=now_ms)


def remove(path: Path) -> None:
    """Take a segment's files away; what is gone already is well."""
    for suffix in COMPANIONS:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make names that came or went in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a segment. Raises NewerLogError when a newer release made it, sqlite3.Error when it can't be opened."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_SECONDS,
        cached_statements=STATEMENTS,
    )
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise NewerLogError
    except BaseException:
        connection.close()
        raise
    return connection


def describe(path: Path) -> Segment:
    """Return what a segment's file says of itself."""
    connection = connect(path, read_only=True)
    try:
        first_offset, opened_at_ms = connection.execute("SELECT first_offset, opened_at_ms FROM about").fetchone()
    finally:
        connection.close()
    return Segment(path=path, number=int(path.stem), first_offset=first_offset, opened_at_ms=opened_at_ms)


def newest_offset(connection: sqlite3.Connection) -> int:
    """Return the offset of the newest record of a log whose newest segment this is; 0 while there is none."""
    row = connection.execute("SELECT COALESCE((SELECT MAX(offset) FROM events), first_offset - 1) FROM about")
    return int(row.fetchone()[0])


def index_key(source: str, message_id: str) -> bytes:
    """Return a record's key in the id index: all sources of one message id stand side by side."""
    return hashlib.blake2b(message_id.encode(), digest_size=MESSAGE_HASH_BYTES).digest() + _source_hash(source)


def index_range(message_id: str) -> tuple[bytes, bytes]:
    """Return the bounds between which every source's key for `message_id` lies."""
    prefix = hashlib.blake2b(message_id.encode(), digest_size=MESSAGE_HASH_BYTES).digest()
    return prefix + b"\x00" * SOURCE_HASH_BYTES, prefix + b"\xff" * SOURCE_HASH_BYTES


def to_row(offset: int, record: Record) -> Row:
    """Return the columns of a record, in the order of COLUMNS."""
    return (
        offset,
        record.source,
        record.message_id,
        record.type,
        record.user_id,
        record.anonymous_id,
        record.received_at_ms,
        record.via,
        record.body,
    )


def from_row(row: Row) -> Stored:
    """Return the record of a row selected as COLUMNS."""
    offset, source, message_id, kind, user_id, anonymous_id, received_at_ms, via, body = row
    record = Record(
        source=source,
        message_id=message_id,
        type=kind,
        user_id=user_id,
        anonymous_id=anonymous_id,
        received_at_ms=received_at_ms,
        via=via,
        body=body,
    )
    return Stored(offset=offset, record=record)


@lru_cache(CACHED_SOURCES)
def _source_hash(source: str) -> bytes:
    return hashlib.blake2b(source.encode(), digest_size=SOURCE_HASH_BYTES).digest()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
