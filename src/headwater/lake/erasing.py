"""What a person left in the lake, taken out: every file that has a row of theirs is written again without it.

A function and no trigger: who asks for it, and what else of theirs has to go, is for whoever erases people. Queries
don't see the rows from the commit on; the old files are on disk until their grace is over.
"""

from collections.abc import Iterator
from pathlib import Path

from headwater.core.event import Stored
from headwater.lake import archive_lines, manifest_book, quoting
from headwater.lake.manifest import ARCHIVE, PARQUET, LakeFile
from headwater.lake.writable_lake import WritableLake

USER_ID = "user_id"


def erase(lake: WritableLake, user_id: str, *, source: str | None = None) -> int:
    """Take a person's events out of the tables and the archive of a source, or of all; return how many files had any.

    One commit: all of it or nothing. Raises OSError, duckdb.Error, zstandard.ZstdError.
    """
    tables = manifest_book.valid_files(lake.book, kind=PARQUET, source=source)
    archive = manifest_book.valid_files(lake.book, kind=ARCHIVE, source=source)
    replaced = [file for file in tables if lake.duck.has(lake.folder / file.path, column=USER_ID, value=user_id)]
    replaced += [file for file in archive if any(_is_of(one, user_id) for one in _read(lake, file))]
    for file in replaced:
        _write_without(lake, file, user_id)
    if replaced:
        lake.commit(removed=replaced)
    return len(replaced)


def _write_without(lake: WritableLake, file: LakeFile, user_id: str) -> None:
    draft = lake.new.draft(
        kind=file.kind,
        source=file.source,
        table=file.table,
        day=file.day,
        first_offset=file.first_offset,
        last_offset=file.last_offset,
        generation=file.generation,
    )
    lake.new.finish(draft, rows=_rows_without(lake, file, user_id, draft.path))


def _rows_without(lake: WritableLake, file: LakeFile, user_id: str, target: Path) -> int:
    if file.kind == PARQUET:
        others = f"{quoting.name(USER_ID)} IS DISTINCT FROM {quoting.text(user_id)}"
        return lake.duck.merge([lake.folder / file.path], target, types={}, where=others)
    return archive_lines.write((one for one in _read(lake, file) if not _is_of(one, user_id)), target)


def _read(lake: WritableLake, file: LakeFile) -> Iterator[Stored]:
    return archive_lines.read(lake.folder / file.path)


def _is_of(stored: Stored, user_id: str) -> bool:
    return stored.record.user_id == user_id
