"""The process that makes backups, and the command that puts them back, on a full disk and under kill -9."""

import asyncio
import resource
import signal
import subprocess
import sys

import msgspec
import pytest
from backup_stage import Screen, message_ids

from headwater.backup import contents, notes
from headwater.backup.backup_errors import RestoreFailedError
from headwater.backup.notes import Note, Orders
from headwater.core.errors import FolderInUseError
from headwater.store.folder import DataFolder, HalfRestoredError
from headwater.wiring import restoring

LARGE = 400_000
A_DISK_SO_SMALL = 100_000


def no_larger_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (A_DISK_SO_SMALL, A_DISK_SO_SMALL))


@pytest.fixture
def begin(stage):
    begun = []

    def start(**options):
        orders = msgspec.json.encode(Orders(data=str(stage.data.path), folder=str(stage.backup))).decode()
        command = [sys.executable, "-m", "headwater.backup.taking_process", orders]
        begun.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def heard(process, kind):
    """Read what it says up to a note of that kind."""
    for line in process.stdout:
        note = msgspec.json.decode(line, type=Note)
        if note.kind in (kind, notes.FAILED):
            return note
    pytest.fail(f"It ended without saying {kind}.")


def go(process):
    process.stdin.write(b"go\n")
    process.stdin.flush()


@pytest.mark.parametrize("when", [notes.READY, notes.HELD])
def test_a_backup_that_is_killed_is_half_and_the_earlier_one_stands(stage, begin, when):
    stage.append(*"abcdef")
    stage.take()
    stage.append(*"gh")
    process = begin()
    heard(process, notes.READY)
    if when == notes.HELD:
        go(process)
        heard(process, notes.HELD)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert list("abcdef") == message_ids(stage.restored())
    stage.take()  # which takes away what the killed one left
    assert {"backup.json", "lock"} < set(contents.entries(stage.backup))
    assert contents.read(stage.backup).newest_offset == 8


def test_it_ends_when_whoever_started_it_has_gone(stage, begin):
    process = begin()
    heard(process, notes.READY)
    process.stdin.close()

    assert process.wait(10) != 0
    assert contents.read_or_none(stage.backup) is None
    assert ["lock"] == contents.entries(stage.backup)


def test_a_disk_that_fills_up_is_told_and_left_as_it_was(stage, begin):
    stage.append(*"abcdef")
    stage.take()
    stage.flush_lake(b"x" * LARGE, cursor=1)
    process = begin(preexec_fn=no_larger_files)

    note = heard(process, notes.DONE)

    assert notes.FAILED == note.kind
    assert "File too large" in note.message
    assert "an earlier one is as it was" in note.message
    assert ["0001", "backup.json", "lock"] == contents.entries(stage.backup)
    assert list("abcdef") == message_ids(stage.restored())


async def test_a_restore_onto_a_full_disk_says_so_starts_nothing_and_goes_through_once_there_is_room(stage, tmp_path):
    stage.append(*"abcdef")
    stage.flush_lake(b"x" * LARGE, cursor=1)
    stage.take()
    data = tmp_path / "restored"
    command = [sys.executable, "-m", "headwater.cli", "restore", str(stage.backup), "--data", str(data)]

    full = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, preexec_fn=no_larger_files
    )

    assert 1 == full.returncode
    assert "File too large" in full.stderr
    assert "headwater restore" in full.stderr.splitlines()[-1]
    with pytest.raises(HalfRestoredError):
        DataFolder(data).lock()

    restored = await restoring.restore(stage.backup, data, is_forced=False, screen=Screen())

    assert (6, 6, 1) == tuple(restored.found[name] for name in ("events", "newest_offset", "lake_files"))
    assert list("abcdef") == message_ids(data)
    assert not DataFolder(data).half_restored.exists()


async def test_a_restore_whose_files_no_server_could_open_is_half_a_restore(stage, tmp_path):
    stage.lake.execute("PRAGMA user_version = 99")
    stage.take()

    with pytest.raises(RestoreFailedError, match=r"lake\.db was written by a newer release"):
        await restoring.restore(stage.backup, tmp_path / "restored", is_forced=False, screen=Screen())

    with pytest.raises(HalfRestoredError):
        DataFolder(tmp_path / "restored").lock()


async def test_no_restore_beside_a_server(stage):
    stage.take()
    screen = Screen()

    with pytest.raises(FolderInUseError):
        await restoring.restore(stage.backup, stage.data.path, is_forced=True, screen=screen)

    assert "writing" not in screen.did
