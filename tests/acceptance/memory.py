"""How much memory a server and its children take, and how much it took at its worst."""

import re
from pathlib import Path


def family(pid: int) -> list[int]:
    """Return the process and everything that it has started."""
    pids = [pid]
    for one in pids:
        children = Path(f"/proc/{one}/task/{one}/children")
        pids += [int(child) for child in children.read_text().split()] if children.exists() else []
    return pids


def pss_mb(pid: int) -> float:
    """Return the proportional memory of the whole family."""
    return sum(_field(Path(f"/proc/{one}/smaps_rollup"), "Pss") for one in family(pid))


def peak_mb(pid: int) -> float:
    """Return the most that this one process ever had in memory at once."""
    return _field(Path(f"/proc/{pid}/status"), "VmHWM")


def _field(path: Path, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", path.read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
