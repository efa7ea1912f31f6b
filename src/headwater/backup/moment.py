"""One moment of a data folder: every database in it, as it is then, held open while it is copied.

The order is the point. Whoever reads the log is held before the log, so no cursor is ahead of it. core.db is held
before the log, so nothing in it names an offset that the log doesn't have. The relay stands still meanwhile, and so
the outbox and the log's position in it are at one. docs/why.md has what each other order would lose.
"""

import sqlite3

import msgspec

from headwater.backup import backup_errors, contents, sqlite_copy
from headwater.backup.backup_errors import BackupFailedError
from headwater.lake import manifest
from headwater.lake.depot import pointer
from headwater.log import segments
from headwater.store.folder import DataFolder

READERS = (contents.LAKE_DATABASE, "deliver.db", "actions.db", "live.db", "syncs.db")
CORE = "core.db"


class SegmentFile(msgspec.Struct, frozen=True, kw_only=True):
    """A segment, or the index of one. Of closed ones `stamp` says whether they have changed; the newest has none."""

    path: str
    stamp: str
    is_index: bool


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is at the moment."""

    path: str
    stamp: str = ""
    connection: sqlite3.Connection


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `same`: the segments' files that are the ones the caller knows."""

    databases: tuple[Held, ...]
    segments: tuple[Held, ...]
    same: tuple[str, ...]
    lake_paths: tuple[str, ...]  # none of a lake that is at home elsewhere: its storage is where it is kept
    newest_offset: int

    def close(self) -> None:
        for held in (*self.databases, *self.segments):
            held.connection.close()


def take(data: DataFolder, *, known: set[SegmentFile]) -> Moment:
    """Hold everything, but for the closed segments in `known`. Raises BackupFailedError, OSError."""
    databases = [_hold(data, path) for path in (*READERS, CORE) if (data.path / path).exists()]
    lake = next((held.connection for held in databases if held.path == contents.LAKE_DATABASE), None)
    files = segment_files(data)
    held = [one for one in (_hold_segment(data, file) for file in files if file not in known) if one is not None]
    return Moment(
        databases=tuple(databases),
        segments=tuple(held),
        same=tuple(file.path for file in files if file in known),
        lake_paths=tuple(lake_files(lake)) if lake is not None and pointer.home(data.lake) is None else (),
        newest_offset=_newest_offset(data, held),
    )


def segment_files(data: DataFolder) -> list[SegmentFile]:
    """Return the log's files, oldest first. An index comes before its segment: it must not know more than that has."""
    numbers = segments.numbers(data.log) if data.log.is_dir() else []
    paths = [segments.path_of(data.log, number) for number in numbers]
    return [
        SegmentFile(
            path=str(one.relative_to(data.path)),
            stamp="" if path == paths[-1] else sqlite_copy.stamp(one),
            is_index=one != path,
        )
        for path in paths
        for one in (path.with_suffix(segments.INDEX_SUFFIX), path)
        if one.exists()
    ]


def lake_files(connection: sqlite3.Connection) -> list[str]:
    """Return the lake's files that are valid, by their path in the data folder."""
    try:
        return [f"lake/{path}" for path in manifest.valid_paths(connection)]
    except sqlite3.OperationalError:
        return []  # its tables aren't made yet


def _hold(data: DataFolder, path: str, *, stamp: str = "") -> Held:
    with backup_errors.told(data.path / path):
        return Held(path=path, stamp=stamp, connection=sqlite_copy.hold(data.path / path))


def _hold_segment(data: DataFolder, file: SegmentFile) -> Held | None:
    """Hold a segment's file. Of an index None where it is being made anew: the records say it all again."""
    try:
        return _hold(data, file.path, stamp=file.stamp)
    except BackupFailedError:
        if file.is_index:
            return None
        raise


def _newest_offset(data: DataFolder, held: list[Held]) -> int:
    """Return the offset of the log's newest record; the newest segment is held last."""
    if not held:
        return 0
    with backup_errors.told(data.path / held[-1].path):
        return segments.newest_offset(held[-1].connection)
