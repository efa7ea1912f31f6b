"""What every suite shares."""

import gc
import signal
import sys
from pathlib import Path

import pytest
import structlog

sys.path.insert(0, str(Path(__file__).parent))  # so that suites can import `contracts`

from postgres_server import PostgresServer

# A script's background job ignores Ctrl-C, and so would each program that a test starts there and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# All that collecting makes stays to the end. To look through it for garbage, again and again, is a fifth of the suite's
# time, and most of a second for each test that wants to see something go.
gc.disable()


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _loggers_stay_readable(monkeypatch):
    """Let tests capture what is logged even after one of them ran a command in this process, which sets loggers up."""
    configure = structlog.configure

    def uncached(**settings):
        configure(**{**settings, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", uncached)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server():
    """A real PostgreSQL server, started once for whoever asks first."""
    server = PostgresServer()
    yield server
    server.remove()
