"""The disk that the data folder is on: how much room there is, and what to do when it runs out."""

import shutil
from pathlib import Path
from typing import Any

MEGABYTE, GIGABYTE = 1_000_000, 1_000_000_000
LEAST_FREE_BYTES = 500 * MEGABYTE
MOST_WANTED_BYTES = 10 * GIGABYTE
WANTED_SHARE = 0.05


def described(folder: Path) -> dict[str, Any]:
    """Return what the status says of it."""
    usage = shutil.disk_usage(folder)
    return {"free_bytes": usage.free, "total_bytes": usage.total, "notice": notice(usage.free, of_bytes=usage.total)}


def notice(free_bytes: int, *, of_bytes: int) -> str | None:
    """Return what people should know at once: that less than 5 % is free, or 500 MB; 10 GB are enough for anybody."""
    wanted = max(LEAST_FREE_BYTES, min(int(WANTED_SHARE * of_bytes), MOST_WANTED_BYTES))
    if free_bytes >= wanted:
        return None
    return (
        f"The disk of the data folder has {free_bytes // MEGABYTE:,} MB free. When it is full, events are answered 503:"
        " make room, or have the log keep less."
    )
