"""The tables made anew from the archive: of one source or of all. What was there is replaced in one commit, at the end.

Until then it takes up its room twice. Nothing is read from the log: what came since the last flush is flushed as ever.
"""

from itertools import islice

from headwater.lake import archive_lines, manifest_book
from headwater.lake.flush import Flush
from headwater.lake.haul import Haul
from headwater.lake.manifest import ARCHIVE, LakeFile
from headwater.lake.writable_lake import WritableLake


def rebuild(lake: WritableLake, *, source: str | None = None) -> int:
    """Make the tables of `source`, or of all, as if every event of the archive had just come; return how many events.

    Raises OSError, duckdb.Error, zstandard.ZstdError; then the tables are as they were.
    """
    archive = manifest_book.valid_files(lake.book, kind=ARCHIVE, source=source)
    sources = sorted({file.source for file in archive})
    if not sources:
        return 0
    expected = sum(file.rows for file in archive)
    flush = Flush(lake, only_sources=sources, is_whole=source is None, expected=expected)
    try:
        for file in sorted(archive, key=lambda one: (one.source, one.first_offset)):
            _take(flush, lake, file)
        flush.spill(is_last=True)
        flush.settle()
        flush.commit(cursor=lake.cursor)
    finally:
        flush.close()
    return flush.events


def _take(flush: Flush, lake: WritableLake, file: LakeFile) -> None:
    with lake.at_hand([file]) as [path]:
        records = archive_lines.read(path)
        while some := list(islice(records, lake.limits.records_per_read)):
            flush.take(Haul.of(some))
            if flush.is_full:
                flush.spill()
