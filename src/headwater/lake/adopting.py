"""A lake whose manifest is gone: its archive is taken over, and all else is made anew from it and from the log.

Files of an archive that a merge had replaced, or a crash had left, may be there, too. Those that another one has whole
are not taken; what is still there twice is found by its id.
"""

from pathlib import Path

from headwater.lake import archive_lines, lake_paths
from headwater.lake.manifest import ARCHIVE, LakeFile
from headwater.lake.writable_lake import WritableLake


def adopt(lake: WritableLake) -> None:
    """Make the archive's files valid again; the cursor begins anew, too. For a lake without a manifest."""
    found = [_described(lake.folder, path) for path in lake_paths.files_in(lake.folder, ARCHIVE)]
    whole = [file for file in found if not any(_has(other, file) for other in found)]
    lake.new.next_number = max((lake_paths.number_of(file.path) for file in found), default=0) + 1
    lake.commit(adopted=whole)


def _described(lake: Path, path: str) -> LakeFile:
    """Return what a file is, from where it is and what is in it. Raises OSError, zstandard.ZstdError."""
    _, source, day, name = path.split("/")
    first, last, _ = name.removesuffix(lake_paths.SUFFIX[ARCHIVE]).split("-")
    return LakeFile(
        path=path,
        source=source,
        table="",
        day=day.removeprefix("day="),
        kind=ARCHIVE,
        first_offset=int(first),
        last_offset=int(last),
        rows=sum(1 for _ in archive_lines.read(lake / path)),
        bytes=(lake / path).stat().st_size,
    )


def _has(one: LakeFile, other: LakeFile) -> bool:
    """Tell whether all of `other` is in `one`."""
    if one.path == other.path or (one.source, one.day) != (other.source, other.day):
        return False
    return (
        one.first_offset <= other.first_offset
        and other.last_offset <= one.last_offset
        and (one.rows, one.path) > (other.rows, other.path)
    )
