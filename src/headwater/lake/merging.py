"""Small files become large ones: those of one table and day, a few of one size at a time, and all when the day is over.

Each row is written again a few times, not each time. A merge is a commit of its own: the new file and the end of the
old ones in one step; the old ones stay on disk for the queries that have begun with them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.lake import archive_lines, known_ids, manifest_book
from headwater.lake.columns import SQL_TYPES
from headwater.lake.limits import WriteLimits
from headwater.lake.manifest import ARCHIVE, IDS, PARQUET, LakeFile
from headwater.lake.writable_lake import FAILURES, WritableLake, said

KINDS = (PARQUET, ARCHIVE, IDS)


class Merged(msgspec.Struct):
    """What came of it. `failed` says why the last merge failed that did; the others are not held up by it."""

    merges: int = 0
    failed: str | None = None


def merge_due(lake: WritableLake) -> Merged:
    """Merge what is due, up to the limit of one run. What fails is as it was, and tried again by the next run."""
    merged = Merged()
    groups = [group for kind in KINDS for group in due(_there(lake, kind), limits=lake.limits)]
    for files in groups[: lake.limits.merges_per_run]:
        try:
            merge(lake, files)
            merged.merges += 1
        except FAILURES as error:
            lake.new.clear()
            merged.failed = said(error)
    return merged


def due(files: Sequence[LakeFile], *, limits: WriteLimits) -> Iterator[list[LakeFile]]:
    """Yield files to be merged into one each: of one source, table and day, and of about one size unless it is over."""
    newest = max((file.day for file in files), default="")
    alike: dict[tuple[str, str, str, bool, int], list[LakeFile]] = defaultdict(list)
    for file in files:
        is_over = file.day < newest
        if file.bytes < limits.largest_merged_bytes:
            generation = 0 if is_over else file.generation
            alike[file.source, file.table, file.day, file.is_waiting, generation].append(file)
    for (_, _, day, _, _), found in alike.items():
        fewest = 2 if day < newest else limits.files_per_merge
        yield from (group for group in not_too_large(found, limits=limits) if len(group) >= fewest)


def merge(lake: WritableLake, files: Sequence[LakeFile]) -> None:
    """Make one file of several of one kind, source, table and day."""
    one = files[0]
    draft = lake.new.draft(
        kind=one.kind,
        source=one.source,
        table=one.table,
        day=one.day,
        first_offset=min(file.first_offset for file in files),
        last_offset=max(file.last_offset for file in files),
        generation=max(file.generation for file in files) + 1,
        is_waiting=one.is_waiting,
    )
    with lake.at_hand(files) as paths:
        rows = _write(lake, one, paths, draft.path)
    lake.new.finish(draft, rows=rows)
    lake.commit(removed=files)


def _write(lake: WritableLake, like: LakeFile, paths: Sequence[Path], target: Path) -> int:
    if like.kind == ARCHIVE:
        return archive_lines.join(paths, target)
    if like.kind == IDS:
        return known_ids.merge(paths, target)
    columns = manifest_book.columns_of(lake.book, source=like.source, table=like.table)
    return lake.duck.merge(paths, target, types={column.column: SQL_TYPES[column.type] for column in columns})


def _there(lake: WritableLake, kind: str) -> list[LakeFile]:
    """Return the valid files that nobody took away: the others are the rest of the lake's, and of the one who looks."""
    return [file for file in manifest_book.valid_files(lake.book, kind=kind) if lake.has(file)]


def not_too_large(files: Sequence[LakeFile], *, limits: WriteLimits) -> Iterator[list[LakeFile]]:
    """Yield the files in groups: each ends with the file that makes it large enough."""
    group: list[LakeFile] = []
    for file in files:
        group.append(file)
        if sum(one.bytes for one in group) >= limits.largest_merged_bytes:
            yield group
            group = []
    yield group
