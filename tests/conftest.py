"""What every suite shares."""

import functools
import gc
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
import structlog
from httpx._transports import default as httpx_transports

sys.path.insert(0, str(Path(__file__).parent))  # so that suites can import `contracts`

from postgres_server import PostgresServer

# A script's background job ignores Ctrl-C, and so would each program that a test starts there and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Where compiled modules may not be kept, as in many containers, a third of each start of a server is compiling them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


# Each `httpx.get` reads all certificate authorities, whether it asks over TLS or not: 20 ms, thousands of times.
httpx_transports.create_ssl_context = functools.cache(httpx_transports.create_ssl_context)


# To show what stood in the variables of each frame, as structlog does where rich is installed, takes three seconds.
structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback


# All that collecting makes stays to the end. To look through it for garbage, again and again, is a fifth of the suite's
# time, and most of a second for each test that wants to see something go.
gc.disable()


# Young objects are looked through after so many more of them came than went; older ones after so many times of that.
# What a test leaves is some hundred thousand objects in circles: to look more often finds the same ones again.
THRESHOLDS = (20_000, 10, 10)


def pytest_collection_finish():
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()


MEMORY = Path("/dev/shm")  # noqa: S108  a folder for whoever tests: pytest makes one in it that is theirs alone
ROOM_BYTES = 4 * 1024**3
LONG_RUN_SECONDS = 60


def pytest_configure():
    """Keep temporary folders in memory, where there is much of it: thousands of tests needn't wait for a disk to sync.

    No test can pull the plug. What is asked of the disk, and before which answer, is the same.
    """
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture(autouse=True)
def _loggers_stay_readable(monkeypatch):
    """Let tests capture what is logged even after one of them ran a command in this process, which sets loggers up."""
    configure = structlog.configure

    def uncached(**settings):
        configure(**{**settings, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", uncached)
    yield
    structlog.reset_defaults()


@pytest.fixture
def disk_path():
    """A temporary folder that is in no case in memory: there no secret may be read from."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_server():
    """A real PostgreSQL server, started once for whoever asks first."""
    server = PostgresServer()
    yield server
    server.remove()


def pytest_terminal_summary(terminalreporter):
    """Say at the end of a long run which suite took how long, so that one that grows is seen while it does."""
    taken = Counter()
    for report in (one for several in terminalreporter.stats.values() for one in several if hasattr(one, "duration")):
        taken["/".join(report.nodeid.split("::")[0].split("/")[1:-1])] += report.duration
    if taken.total() > LONG_RUN_SECONDS:
        told = (f"{suite} {seconds:.0f}" for suite, seconds in taken.most_common() if seconds >= 1)
        terminalreporter.write_line(f"Seconds of the workers: {', '.join(told)}")
