"""`headwater backup` and `restore`: what the server is asked, what people see, and the exit code."""

from datetime import UTC, datetime

import pytest
from scripted_api import scripted_api

from headwater.cli import byte_progress
from headwater.cli.app import run
from headwater.cli.byte_progress import ByteProgress
from headwater.core.clock import ManualClock

RUNNING = {"state": "running", "folder": "/mnt/backup", "done_bytes": 0, "total_bytes": 0, "error": None}
REPORT = {
    "run": 2,
    "taken_at": "2026-11-29T03:00:00.000Z",
    "newest_offset": 7,
    "files": 3,
    "bytes": 5_000_000,
    "copied_files": 1,
    "copied_bytes": 9,
    "held_ms": 4,
    "missing": [],
}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("POST", "/api/backup", RUNNING, status=202)
        running.answer("GET", "/api/backup", {**RUNNING, "state": "done", "backup": REPORT})
        yield running


@pytest.fixture
def type_in(api, capsys):
    def typed(*arguments, url=api.url):
        code = run(arguments, environ={"HEADWATER_URL": url, "HEADWATER_KEY": "k"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def test_the_server_is_told_a_whole_path_and_asked_until_it_is_done(type_in, api, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code, out, err = type_in("backup", "below")

    assert (0, "copying\n") == (code, err)
    assert {"folder": str(tmp_path / "below")} == api.asked[0]["body"]
    assert "BACKUP NEWEST OFFSET" in out


def test_a_folder_on_another_machine_has_no_place_that_depends_on_this_one(type_in):
    code, out, err = type_in("backup", "below", url="http://headwater.example.com")

    assert (2, "") == (code, out)
    assert "whole path" in err


def test_a_backup_that_failed_is_exit_1_and_says_why(type_in, api):
    api.answer("GET", "/api/backup", {**RUNNING, "state": "failed", "error": "/mnt/backup: No space left on device."})

    code, out, err = type_in("backup", "/mnt/backup")

    assert (1, "") == (code, out)
    assert "headwater: /mnt/backup: No space left on device." == err.splitlines()[-1]


def test_a_restore_from_nowhere_makes_no_data_folder(type_in, tmp_path):
    code, out, err = type_in("restore", str(tmp_path / "nowhere"), "--data", str(tmp_path / "data"))

    assert (1, "") == (code, out)
    assert "headwater backup" in err
    assert not (tmp_path / "data").exists()


def test_a_log_sees_a_line_now_and_then_and_not_each_piece(capsys):
    clock = ManualClock(datetime(2026, 11, 29, tzinfo=UTC))
    screen = ByteProgress(clock=clock)
    screen.begin("copying", 10_000_000)
    for _ in range(10):
        clock.advance(byte_progress.LINE_EVERY_SECONDS / 5)
        screen.advance(1_000_000)

    assert ["copying, 0 % of 10.0 MB", "copying, 50 % of 10.0 MB", "copying, 100 % of 10.0 MB"] == (
        capsys.readouterr().err.splitlines()
    )
