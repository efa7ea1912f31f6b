"""What a record is called in the id index, and what a file of that index is asked. Loads little: any reader does it."""

import hashlib
import sqlite3
from functools import lru_cache

MESSAGE_HASH_BYTES = 16
SOURCE_HASH_BYTES = 4
KEY_BYTES = MESSAGE_HASH_BYTES + SOURCE_HASH_BYTES
CACHED_SOURCES = 10_000


def key_of(source: str, message_id: str) -> bytes:
    """Return a record's key in the index: all sources of one message id stand side by side."""
    return hashlib.blake2b(message_id.encode(), digest_size=MESSAGE_HASH_BYTES).digest() + _source_hash(source)


def key_range(message_id: str) -> tuple[bytes, bytes]:
    """Return the bounds between which every source's key for `message_id` lies."""
    prefix = hashlib.blake2b(message_id.encode(), digest_size=MESSAGE_HASH_BYTES).digest()
    return prefix + b"\x00" * SOURCE_HASH_BYTES, prefix + b"\xff" * SOURCE_HASH_BYTES


def file_up_to(connection: sqlite3.Connection) -> int | None:
    """Return the offset up to which the file has everything, None while it has nothing."""
    row = connection.execute("SELECT up_to FROM indexed").fetchone()
    return None if row is None else int(row[0])


def find_all(connection: sqlite3.Connection, message_id: str) -> list[int]:
    """Return the offsets at which the file knows that id, of any source."""
    rows = connection.execute("SELECT offset FROM ids WHERE id BETWEEN ? AND ? ORDER BY offset", key_range(message_id))
    return [offset for (offset,) in rows]


@lru_cache(CACHED_SOURCES)
def _source_hash(source: str) -> bytes:
    return hashlib.blake2b(source.encode(), digest_size=SOURCE_HASH_BYTES).digest()
