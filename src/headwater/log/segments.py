"""How the SQLite log lies on disk: numbered segments, each a table of events and a table of their ids.

A segment is closed when it is old or full and is one day dropped whole, so that the id index lives exactly as
long as the events and forgetting costs no deletes (DESIGN decision 5). Constant SQL only; `number` is ours.
"""

import hashlib
import sqlite3
from pathlib import Path

import msgspec

from headwater.core.errors import HeadwaterError
from headwater.core.event import Record, Stored

SCHEMA_VERSION = 1
BUSY_TIMEOUT_SECONDS = 5.0
MESSAGE_HASH_BYTES = 16
SOURCE_HASH_BYTES = 4

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an ack means fsync'd
    "PRAGMA secure_delete = FAST",  # an erased person's bytes are overwritten with the row
)

CREATE = """
CREATE TABLE IF NOT EXISTS segments (
    number INTEGER PRIMARY KEY, first_offset INTEGER NOT NULL, opened_at_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS positions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""

COLUMNS = "offset, source, message_id, type, user_id, anonymous_id, received_at_ms, via, body"

Row = tuple[int, str, str, str, str | None, str | None, int, str | None, bytes]


class NewerLogError(HeadwaterError):
    """The event log was written by a newer release of Headwater. Install that release, or use another folder."""

    code = "newer_log"
    status = 409


class Segment(msgspec.Struct, frozen=True):
    """One segment; it ends where the next one begins."""

    number: int
    first_offset: int
    opened_at_ms: int

    @property
    def events(self) -> str:
        return f"events_{self.number:d}"

    @property
    def ids(self) -> str:
        return f"ids_{self.number:d}"


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open the log. Raises NewerLogError when a newer release made it."""
    mode = "ro" if read_only else "rwc"
    connection = sqlite3.connect(
        f"file:{path}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_SECONDS,
    )
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        connection.close()
        raise NewerLogError
    return connection


def prepare(connection: sqlite3.Connection) -> None:
    """Bring a writer's connection, and an empty file, into shape."""
    for pragma in PRAGMAS:
        connection.execute(pragma)
    connection.executescript(CREATE)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION:d}")


def load(connection: sqlite3.Connection) -> list[Segment]:
    """Return the segments, oldest first."""
    rows = connection.execute("SELECT number, first_offset, opened_at_ms FROM segments ORDER BY number")
    return [Segment(*row) for row in rows]


def open_next(connection: sqlite3.Connection, *, first_offset: int, now_ms: int) -> Segment:
    """Begin a new segment, in the caller's transaction."""
    number = connection.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM segments").fetchone()[0]
    segment = Segment(number, first_offset, now_ms)
    connection.execute("INSERT INTO segments VALUES (?, ?, ?)", (number, first_offset, now_ms))
    connection.execute(
        f"CREATE TABLE {segment.events} (offset INTEGER PRIMARY KEY, source TEXT NOT NULL,"
        " message_id TEXT NOT NULL, type TEXT NOT NULL, user_id TEXT, anonymous_id TEXT,"
        " received_at_ms INTEGER NOT NULL, via TEXT, body BLOB NOT NULL)"
    )
    connection.execute(f"CREATE TABLE {segment.ids} (id BLOB PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID")
    return segment


def newest_offset(connection: sqlite3.Connection, segments: list[Segment]) -> int:
    """Return the offset of the newest record, 0 while there is none."""
    for segment in reversed(segments):
        newest = connection.execute(f"SELECT MAX(offset) FROM {segment.events}").fetchone()[0]  # noqa: S608  our own name
        if newest is not None:
            return int(newest)
    return segments[0].first_offset - 1 if segments else 0


def index_key(source: str, message_id: str) -> bytes:
    """Return a record's key in the id index: all sources of one message id stand side by side."""
    return _hash(message_id, MESSAGE_HASH_BYTES) + _hash(source, SOURCE_HASH_BYTES)


def index_range(message_id: str) -> tuple[bytes, bytes]:
    """Return the bounds between which every source's key for `message_id` lies."""
    prefix = _hash(message_id, MESSAGE_HASH_BYTES)
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


def _hash(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=size).digest()
