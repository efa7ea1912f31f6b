"""What people left in the lake, taken out: every file that has a row of theirs is written again without it.

A commit for each file, so that a run that is killed is gone on with, and a disk has to hold one file twice at most
until the grace is over. Half of it is never seen: until the last one, queries leave these people out by themselves.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.core.event import Stored
from headwater.lake import archive_lines, erasure_book, manifest_book
from headwater.lake.erasures import Erased, Erasure
from headwater.lake.manifest import ARCHIVE, PARQUET, LakeFile
from headwater.lake.writable_lake import WritableLake


def erase(lake: WritableLake, erasures: Sequence[Erasure]) -> int:
    """Take people's events out of the tables and the archive; return how many files had any.

    Raises OSError, duckdb.Error, zstandard.ZstdError; then it is gone on with by the next call.
    """
    if not erasures:
        return 0
    erased, ids = Erased(erasures), [one.id for one in erasures]
    files = [file for file in _there(lake, erasures) if _has(lake, file, erased)]
    erasure_book.begin(lake.book, ids, files=len(files))
    for file in files:
        _write_without(lake, file, erased)
        lake.commit(removed=[file])
        erasure_book.step(lake.book, ids)
    erasure_book.end(lake.book, ids, now_ms=lake.now_ms)
    return len(files)


def _there(lake: WritableLake, erasures: Sequence[Erasure]) -> Iterator[LakeFile]:
    """Yield the files that may have any; of one that somebody took away nothing is left."""
    newest = max(one.up_to for one in erasures)
    for kind in (PARQUET, ARCHIVE):
        for file in manifest_book.valid_files(lake.book, kind=kind):
            if file.first_offset <= newest and lake.has(file):
                yield file


def _has(lake: WritableLake, file: LakeFile, erased: Erased) -> bool:
    with lake.at_hand([file]) as [path]:
        if file.kind == PARQUET:
            return lake.duck.has(path, where=erased.theirs(lake.duck.names(path)))
        return archive_lines.mentions(path, _spellings(erased)) and any(map(erased.has, archive_lines.read(path)))


def _write_without(lake: WritableLake, file: LakeFile, erased: Erased) -> None:
    draft = lake.new.draft(
        kind=file.kind,
        source=file.source,
        table=file.table,
        day=file.day,
        first_offset=file.first_offset,
        last_offset=file.last_offset,
        generation=file.generation,
        is_waiting=file.is_waiting,
    )
    with lake.at_hand([file]) as [path]:
        rows = _rows_without(lake, path, draft.path, erased, kind=file.kind)
    lake.new.finish(draft, rows=rows)


def _rows_without(lake: WritableLake, path: Path, target: Path, erased: Erased, *, kind: str) -> int:
    if kind == PARQUET:
        return lake.duck.merge([path], target, types={}, where=erased.others(lake.duck.names(path)))
    return archive_lines.write(_others(path, erased), target)


def _others(path: Path, erased: Erased) -> Iterator[Stored]:
    return (stored for stored in archive_lines.read(path) if not erased.has(stored))


def _spellings(erased: Erased) -> list[bytes]:
    """Return the ids as JSON may have them: a look at the bytes says of most files that they have none."""
    return [spelled for word in erased.words for spelled in {msgspec.json.encode(word), json.dumps(word).encode()}]
