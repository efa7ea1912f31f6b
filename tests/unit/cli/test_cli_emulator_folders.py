"""What killed emulators leave behind is gone with the next start, and nothing that runs is touched."""

import fcntl
import os

import pytest

from headwater.cli import emulator_folders
from headwater.cli.emulator_folders import PREFIX, YOUNG_SECONDS


def folder_in(place, *, age_seconds, name="one"):
    folder = place / f"{PREFIX}{name}"
    folder.mkdir()
    (folder / "lock").touch()
    then = folder.stat().st_mtime - age_seconds
    os.utime(folder, (then, then))
    return folder


def test_removes_what_nobody_holds(tmp_path):
    left = folder_in(tmp_path, age_seconds=2 * YOUNG_SECONDS)

    emulator_folders.sweep(tmp_path)

    assert not left.exists()


def test_leaves_one_that_runs(tmp_path):
    running = folder_in(tmp_path, age_seconds=2 * YOUNG_SECONDS)

    with (running / "lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        emulator_folders.sweep(tmp_path)

    assert running.exists()


@pytest.mark.parametrize("age_seconds", [0, YOUNG_SECONDS / 2], ids=["new", "young"])
def test_leaves_one_that_is_about_to_start(tmp_path, age_seconds):
    starting = folder_in(tmp_path, age_seconds=age_seconds)

    emulator_folders.sweep(tmp_path)

    assert starting.exists()


def test_leaves_others_folders_alone(tmp_path):
    other = tmp_path / "somebody"
    other.mkdir()
    os.utime(other, (0, 0))

    emulator_folders.sweep(tmp_path)

    assert other.exists()
