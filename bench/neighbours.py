"""What else runs on the machine: a busy neighbour takes more from us than from a no-op, and spoils every figure."""

import os
import time
from pathlib import Path

STAT = Path("/proc/stat")
IDLE_COLUMNS = slice(3, 5)  # idle and waiting for a disk
COUNTED_COLUMNS = 8  # guests' time is within the user's
SAMPLE_SECONDS = 1.0
QUIET_CORES = 0.15


def busy_cores() -> float:
    """Return how many cores are in use just now, over a second; 0 where nobody can tell."""
    if not STAT.exists():
        return 0.0
    before = _ticks()
    time.sleep(SAMPLE_SECONDS)
    total, idle = (now - then for now, then in zip(_ticks(), before, strict=True))
    return (total - idle) / total * (os.cpu_count() or 1) if total else 0.0


def wait_until_quiet(at_most_seconds: float) -> float:
    """Wait for a second in which the others rest, but not for ever; return how many cores they use then."""
    end = time.monotonic() + at_most_seconds
    while (busy := busy_cores()) > QUIET_CORES and time.monotonic() < end:
        continue
    return busy


def _ticks() -> tuple[int, int]:
    columns = [int(one) for one in STAT.read_text().split("\n", 1)[0].split()[1 : 1 + COUNTED_COLUMNS]]
    return sum(columns), sum(columns[IDLE_COLUMNS])
