"""The logger never ends what it tells of."""

import os
import sys

import pytest
import structlog

from headwater.wiring import diagnostics


@pytest.fixture
def full_disk():
    with open("/dev/full", "w", buffering=1) as stream:
        yield stream
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # so that closing it can flush


def test_a_stderr_that_can_not_be_written_does_not_end_whoever_logs(full_disk, monkeypatch):
    monkeypatch.setattr(sys, "stderr", full_disk)
    diagnostics.configure("info")
    try:
        structlog.get_logger("test").warning("the_disk_is_full")
    finally:
        structlog.reset_defaults()


def test_what_can_be_written_is(capsys):
    diagnostics.configure("info")
    try:
        structlog.get_logger("test").warning("hello", who="ada")
    finally:
        structlog.reset_defaults()

    assert "event='hello' who='ada'" in capsys.readouterr().err
