"""`tracks` gathered from its events' tables: of a day that is over, and where many files wait.

So a query for `tracks` opens few files however many events have tables of their own, and a row that every track call
has is written once, and not with each flush. A commit for each file that is made: the new one, and the end of the
others' waiting, in one step.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from headwater.lake import manifest_book, merging
from headwater.lake.columns import SQL_TYPES, TIMESTAMP
from headwater.lake.limits import WriteLimits
from headwater.lake.manifest import PARQUET, LakeFile
from headwater.lake.merging import Merged
from headwater.lake.naming import TRACKS
from headwater.lake.writable_lake import FAILURES, WritableLake, said


def gather_due(lake: WritableLake) -> Merged:
    """Gather what is due. What fails waits on, and is tried again by the next run."""
    gathered = Merged()
    files = [file for file in manifest_book.valid_files(lake.book, kind=PARQUET) if lake.has(file)]
    for group in islice(due(files, limits=lake.limits), lake.limits.merges_per_run):  # a flush waits for the run
        try:
            gather(lake, group)
            gathered.merges += 1
        except FAILURES as error:
            lake.new.clear()
            gathered.failed = said(error)
    return gathered


def due(files: Sequence[LakeFile], *, limits: WriteLimits) -> Iterator[list[LakeFile]]:
    """Yield files to be gathered into one each, of one source and day."""
    newest = max((file.day for file in files), default="")
    waiting: dict[tuple[str, str], list[LakeFile]] = defaultdict(list)
    for file in files:
        if file.is_waiting:
            waiting[file.source, file.day].append(file)
    for (_, day), found in waiting.items():
        if day < newest or len(found) > limits.most_waiting:
            yield from (group for group in merging.not_too_large(found, limits=limits) if group)


def gather(lake: WritableLake, files: Sequence[LakeFile]) -> None:
    """Make one file of `tracks` of several of its events."""
    one = files[0]
    draft = lake.new.draft(
        kind=PARQUET,
        source=one.source,
        table=TRACKS,
        day=one.day,
        first_offset=min(file.first_offset for file in files),
        last_offset=max(file.last_offset for file in files),
    )
    columns = manifest_book.columns_of(lake.book, source=one.source, table=TRACKS)
    types = {column.column: SQL_TYPES[column.type] for column in columns}
    had_moments = any((column.note or "").startswith(TIMESTAMP) for column in columns)
    with lake.at_hand(files) as paths:
        rows = lake.duck.gather(paths, draft.path, types=types, had_moments=had_moments)
    lake.new.finish(draft, rows=rows)
    lake.commit(gathered=files)
