"""What a server's processes use, all of them: the front, the readers, the sandbox's workers. Reads Linux's /proc."""

import os
import re
from pathlib import Path

from bench.line import NotMeasuredError

PROC = Path("/proc")
PPID, UTIME, STIME = 1, 11, 12  # columns of /proc/PID/stat after the name in parentheses
KIB = 1024
NANOSECONDS = 1e9
PSS, PSS_ANONYMOUS = (re.compile(rf"^{name}:\s+(\d+) kB$", re.MULTILINE) for name in ("Pss", "Pss_Anon"))


def tree(pid: int) -> list[int]:
    """Return `pid` and all that descends from it."""
    if not (PROC / "self" / "smaps_rollup").exists():
        raise NotMeasuredError("needs Linux's /proc/PID/smaps_rollup")
    stats = {int(one.name): _stat(int(one.name)) for one in PROC.glob("[0-9]*")}  # [] for what ends meanwhile
    parents = {one: int(stat[PPID]) for one, stat in stats.items() if stat}
    found = [pid]
    for one in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if parent == one]
    return found


def pss_bytes(pid: int) -> int:
    """Return the proportional memory of a tree: a page that several processes share is divided among them."""
    return sum(_rollup(one, PSS) for one in tree(pid))


def anonymous_bytes(pid: int) -> int:
    """Return the part of it that isn't files: only those are shared with (and so shrunk by) other Python processes."""
    return sum(_rollup(one, PSS_ANONYMOUS) for one in tree(pid))


def cpu_seconds(pid: int) -> dict[int, tuple[float, float]]:
    """Return the processor time, user and system, that each process of a tree has used so far, by two clocks."""
    return {one: (_ticked_seconds(one), _exact_seconds(one)) for one in tree(pid)}


def used_seconds(before: dict[int, tuple[float, float]], after: dict[int, tuple[float, float]]) -> dict[int, float]:
    """Return what each process used between two readings: what the clock that saw more says.

    Ticks of 10 ms miss a short wake-up now and then; the exact clock misses threads that have ended.
    """
    nothing = (0.0, 0.0)
    return {
        pid: max(0.0, *(now - then for now, then in zip(clocks, before.get(pid, nothing), strict=True)))
        for pid, clocks in after.items()
    }


def _ticked_seconds(pid: int) -> float:
    """Return a process's time in ticks: all its threads, those that have ended included."""
    stat = _stat(pid)
    return (int(stat[UTIME]) + int(stat[STIME])) / os.sysconf("SC_CLK_TCK") if stat else 0.0


def _exact_seconds(pid: int) -> float:
    """Return the exact time of the threads that a process has now."""
    try:
        times = [one.read_text() for one in (PROC / str(pid) / "task").glob("*/schedstat")]
    except (ProcessLookupError, FileNotFoundError):
        return 0.0
    return sum(int(one.split()[0]) for one in times) / NANOSECONDS


def _rollup(pid: int, wanted: re.Pattern[str]) -> int:
    try:
        found = wanted.search((PROC / str(pid) / "smaps_rollup").read_text())
    except (ProcessLookupError, FileNotFoundError):
        return 0
    return int(found[1]) * KIB if found else 0


def _stat(pid: int) -> list[str]:
    """Return the columns after the name, or [] when the process is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (ProcessLookupError, FileNotFoundError):
        return []
