"""What a query's process gives up before it sees the SQL: every file but the lake's, every socket, all writing.

DuckDB's own switches are not enough for that: they are its word against the cleverness of whoever writes the SQL. What
is given up here is the kernel's to keep, whatever runs inside.
"""

import os
import resource
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from headwater.lake.sql import landlock, seccomp

THREADS = Path("/proc/self/task")
# DuckDB looks there how much of the machine it may use, and fails where it may not look. Numbers, and a group's name.
OWN_SHARE = (Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
STANDARD_FILES = 3
OPEN_FILES = 4_096
# Beyond what it computes with: programs, stacks, and what DuckDB's allocator sets aside. Addresses, not memory.
OVERHEAD_BYTES = 2 * 1024**3


class RefusedError(Exception):
    """This process could not give up what it had to."""


def is_possible() -> bool:
    """Tell whether this machine's kernel can confine a query."""
    return seccomp.is_known() and landlock.version() > 0


def confine(*, read: Sequence[Path]) -> None:
    """Keep this process from everything but reading what is below `read`, for good.

    Raises RefusedError where the kernel can't, or where a thread runs already, which it would not reach.
    """
    if sum(1 for _ in THREADS.iterdir()) != 1:
        raise RefusedError("A thread was running before the process was confined.")
    try:
        landlock.restrict(read=[*read, *(path for path in OWN_SHARE if path.exists())])
        seccomp.restrict()
    except OSError as error:
        raise RefusedError(f"The kernel refused: {error.strerror}.") from error


def bound(*, memory_bytes: int, processor_seconds: int) -> None:
    """Set what the kernel lets this process use, confined or not: no file can grow, no core is left behind."""
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, processor_seconds)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    # macOS refuses this one; there DuckDB's own limit bounds memory.
    with suppress(ValueError, OSError):
        _limit(resource.RLIMIT_AS, memory_bytes + OVERHEAD_BYTES)


def silence() -> None:
    """Send standard error nowhere: what a library says of a query is for nobody's log."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STANDARD_FILES - 1)
    os.close(nowhere)


def _limit(kind: int, amount: int) -> None:
    _, hard = resource.getrlimit(kind)
    allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(kind, (allowed, allowed))
