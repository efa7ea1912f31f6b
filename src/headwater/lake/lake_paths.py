"""Where things lie in the lake's folder. Names that come from outside are checked here, once, before they are paths."""

import re
from datetime import UTC, datetime
from pathlib import Path

from headwater.core.errors import HeadwaterError
from headwater.lake.manifest import ARCHIVE, IDS, PARQUET

SAFE = re.compile(r"[A-Za-z0-9_-]{1,200}")
MS_PER_DAY = 86_400_000
NEW = "new"  # what is being written: nothing in it is valid, ever
SUFFIX = {PARQUET: ".parquet", ARCHIVE: ".ndjson.zst", IDS: ".ids"}
FOLDERS = {PARQUET: "data", ARCHIVE: "archive", IDS: "ids"}


class UnsafeNameError(HeadwaterError):
    """A source or table has a name that can be no folder's."""

    code = "unsafe_lake_name"
    status = 500


def day_of(days: int) -> str:
    """Return a day, so many days after 1970 began, as in folder names."""
    return datetime.fromtimestamp(days * MS_PER_DAY / 1000, UTC).date().isoformat()


def folder_of(*, kind: str, source: str, table: str, day: str) -> str:
    """Return the folder of a file, below the lake's. Raises UnsafeNameError."""
    for name in (source, table):
        if name and SAFE.fullmatch(name) is None:
            raise UnsafeNameError(f"{name!r} can't be a folder of the lake.")
    parts = [FOLDERS[kind], source, table, f"day={day}" if day else ""]
    return "/".join(part for part in parts if part)


def name_of(*, kind: str, first_offset: int, last_offset: int, number: int) -> str:
    """Return a file's name; `number` is never used twice, so a path never means two things."""
    return f"{first_offset}-{last_offset}-{number}{SUFFIX[kind]}"


def number_of(path: str) -> int:
    """Return the number in a file's name."""
    return int(path.rsplit("/", 1)[1].split(".", 1)[0].rsplit("-", 1)[1])


def files_in(lake: Path, kind: str) -> set[str]:
    """Return every file of a kind that is on disk, below the lake's folder."""
    return {str(path.relative_to(lake)) for path in (lake / FOLDERS[kind]).rglob(f"*{SUFFIX[kind]}")}
