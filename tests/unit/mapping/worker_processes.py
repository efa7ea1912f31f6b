"""Looking at worker processes from outside."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PATIENCE_SECONDS = 10.0

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def is_running(pid: int) -> bool:
    """Tell whether `pid` runs: a zombie, which only waits for its parent, doesn't."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(") ")[2][0] not in "ZX" if status.parent.parent.exists() else True
    except (FileNotFoundError, ProcessLookupError):
        return False


def proc_file(pid: int, name: str) -> str:
    """Return what the kernel says of a process."""
    return Path(f"/proc/{pid}/{name}").read_text()


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as `condition` holds; fail when it doesn't in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.005)
