"""Copies of SQLite files at one moment, beside their writers.

A file is opened by SQLite only: whoever opens and closes one by other means takes away this process's locks on it.
A read transaction is the moment; nothing that is written afterwards is in the copy, however long that takes.
"""

import sqlite3
from pathlib import Path

from headwater.backup import disk_files
from headwater.backup.disk_files import Advance

PAGES_AT_ONCE = 256
BUSY_TIMEOUT_SECONDS = 5.0
CACHE_KIBIBYTES = 1024
ENDS = ("", "-wal")
OK = "ok"

_TARGET_PRAGMAS = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF")


def hold(path: Path) -> sqlite3.Connection:
    """Return `path` as it is now, for as long as the connection is open. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_SECONDS
    )
    try:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES:d}")
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def copy(held: sqlite3.Connection, target: Path, *, advance: Advance) -> None:
    """Write what is held to the new file `target`, which is then on disk. Raises sqlite3.Error, OSError."""
    with disk_files.created(target):
        pass
    (page_size,) = held.execute("PRAGMA page_size").fetchone()
    connection = sqlite3.connect(target, isolation_level=None)
    left: int | None = None

    def progress(_status: int, remaining: int, total: int) -> None:
        nonlocal left
        advance((total if left is None else left) * page_size - remaining * page_size)
        left = remaining

    try:
        for pragma in _TARGET_PRAGMAS:
            connection.execute(pragma)
        held.backup(connection, pages=PAGES_AT_ONCE, progress=progress)
    finally:
        connection.close()
    disk_files.sync(target)


def complaint(path: Path) -> str | None:
    """Return what SQLite finds wrong with a file that nobody writes, None if nothing."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        return str(error)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    finally:
        connection.close()
    return None if found == OK else str(found)


def stamp(path: Path) -> str:
    """Return what a file and its write-ahead log look like: another one after every change. "" where it isn't there."""
    return " ".join(part for end in ENDS if (part := plain_stamp(path.with_name(path.name + end))))


def plain_stamp(path: Path) -> str:
    """Return what a file looks like by its size and time. "" where it isn't there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ""
    return f"{found.st_size}@{found.st_mtime_ns}" if found.st_size else ""
