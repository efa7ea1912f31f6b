"""A restore touches nothing before all is checked, and half of one is never taken for data."""

import errno
import json
import shutil

import pytest
from backup_stage import Screen, message_ids

from headwater.backup import contents, putting_back
from headwater.backup.backup_errors import (
    BackupUnderWayError,
    BadBackupFolderError,
    DamagedBackupError,
    FolderNotEmptyError,
    HalfBackupError,
    NewerBackupError,
    NoBackupError,
    RestoreFailedError,
)
from headwater.backup.shelf import Shelf
from headwater.store.folder import DataFolder, HalfRestoredError

DISK_FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def target(tmp_path):
    return DataFolder(tmp_path / "restored")


def checked(stage):
    with putting_back.checked(stage.backup, screen=Screen()) as found:
        return found


def check_target(stage, target, *, is_forced=False, needed_bytes=1):
    putting_back.check_target(target, stage.backup, needed_bytes=needed_bytes, is_forced=is_forced)


def test_a_folder_without_a_backup_and_half_a_backup_are_refused_each_in_its_words(stage, tmp_path):
    with pytest.raises(NoBackupError):
        checked(stage)
    with Shelf(stage.backup, data=stage.data.path) as shelf:  # as kill -9 leaves it
        _, place = shelf.place("core.db")
        place.write_bytes(b"half")
    with pytest.raises(HalfBackupError, match="cut short"):
        checked(stage)

    stage.take()

    assert {"core.db", "secret.key"} <= {file.path for file in checked(stage).files}
    assert ["0001", "backup.json", "lock"] == contents.entries(stage.backup)


def test_every_kind_of_damage_is_found_and_named_before_anything_is_touched(stage, target):
    stage.append(*"abcdef")
    stage.flush_lake(b"rows", cursor=3)
    stage.take()
    for path in [file.path for file in contents.read(stage.backup).files]:
        copy = stage.kept(path)
        whole = copy.read_bytes()
        for damaged in (whole[:-1], bytes([whole[0] ^ 1]) + whole[1:]):
            copy.write_bytes(damaged)
            with pytest.raises(DamagedBackupError, match="Nothing was touched") as refused:
                checked(stage)
            assert path in str(refused.value)
        copy.unlink()
        with pytest.raises(DamagedBackupError):
            checked(stage)
        copy.write_bytes(whole)

    assert not target.path.exists()
    checked(stage)


@pytest.mark.parametrize(
    "change",
    [
        {"path": "../escape"},
        {"path": "/etc/passwd"},
        {"path": "log/../../escape"},
        {"path": "server.json"},
        {"path": "lock"},
        {"path": "half-restored"},
        {"path": "log"},
        {"path": "mail//1.eml"},
        {"stored": "../../etc/passwd"},
        {"stored": "0001/../../x"},
        {"bytes": -1},
        {"sha256": "short"},
    ],
    ids=str,
)
def test_a_list_of_contents_that_names_other_places_is_no_backup(stage, change):
    stage.take()
    listed = json.loads((stage.backup / "backup.json").read_text())
    listed["files"][0] |= change
    (stage.backup / "backup.json").write_text(json.dumps(listed))

    with pytest.raises(DamagedBackupError):
        checked(stage)


def test_a_list_without_the_key_and_one_that_is_no_list_are_no_backup(stage):
    stage.take()
    listed = json.loads((stage.backup / "backup.json").read_text())
    keyless = {**listed, "files": [file for file in listed["files"] if file["path"] != "secret.key"]}
    for text in (json.dumps(keyless), json.dumps(listed)[:-20], "[]", "{}", ""):
        (stage.backup / "backup.json").write_text(text)
        with pytest.raises(DamagedBackupError):
            checked(stage)


@pytest.mark.parametrize("newer", [{"format": 2, "files": "of a new kind"}, {"release": "9.0.0"}], ids=str)
def test_a_backup_of_a_newer_release_is_left_to_it(stage, newer):
    stage.take()
    listed = json.loads((stage.backup / "backup.json").read_text())
    (stage.backup / "backup.json").write_text(json.dumps(listed | newer))

    with pytest.raises(NewerBackupError):
        checked(stage)


def test_no_restore_from_a_folder_that_is_just_written(stage):
    stage.take()
    with Shelf(stage.backup, data=stage.data.path), pytest.raises(BackupUnderWayError):
        checked(stage)


def test_a_copy_of_a_backup_is_a_backup(stage, tmp_path):
    stage.append(*"abcdef")
    stage.take()
    elsewhere = shutil.copytree(stage.backup, tmp_path / "elsewhere", ignore=shutil.ignore_patterns("lock"))
    shutil.rmtree(stage.backup)
    stage.backup = elsewhere

    checked(stage)

    assert list("abcdef") == message_ids(stage.restored())


def test_a_folder_with_something_in_it_is_refused_unless_that_is_to_be_moved_aside(stage, target):
    stage.append(*"abc")
    stage.take()
    target.path.mkdir()
    (target.path / "core.db").write_text("mine")
    with pytest.raises(FolderNotEmptyError, match="--force"):
        check_target(stage, target)

    check_target(stage, target, is_forced=True)
    data = stage.restored()

    assert list("abc") == message_ids(data)
    assert "mine" == (data / "replaced-1/core.db").read_text()
    assert ["core.db"] == contents.entries(data / "replaced-1")


def test_refuses_to_restore_into_the_backup_or_where_there_is_no_room(stage, target):
    stage.take()
    for inside in (stage.backup / "new", stage.backup, stage.backup.parent):
        with pytest.raises(BadBackupFolderError):
            check_target(stage, DataFolder(inside), is_forced=True)
    with pytest.raises(RestoreFailedError, match="MB free"):
        check_target(stage, target, needed_bytes=2**60)
    assert not target.path.exists()


def test_the_root_of_a_volume_is_as_good_as_empty(stage, target):
    for volume in (stage.backup, target.path):
        (volume / "lost+found").mkdir(parents=True)
    stage.append(*"abc")

    stage.take()
    check_target(stage, target)

    assert list("abc") == message_ids(stage.restored())
    assert (target.path / "lost+found").is_dir()
    assert (stage.backup / "lost+found").is_dir()


@pytest.mark.parametrize("moment", ["writing", "checking the databases"])
def test_nothing_starts_on_half_a_restore_and_a_second_one_goes_through(stage, target, moment):
    stage.append(*"abcdef")
    stage.take()
    with pytest.raises(OSError, match="No space left"):
        stage.restored(screen=Screen(breaks_while=moment, error=DISK_FULL))

    with pytest.raises(HalfRestoredError, match="headwater restore"):
        target.lock()
    check_target(stage, target)

    data = stage.restored()
    target.lock()
    target.unlock()
    assert list("abcdef") == message_ids(data)


def test_what_was_to_be_moved_aside_is_never_taken_for_half_a_restore(stage, target):
    stage.append(*"abc")
    stage.take()
    (target.path / "replaced-1").mkdir(parents=True)  # as kill -9 leaves it: one moved, one not yet
    (target.path / "replaced-1/core.db").write_text("mine")
    (target.path / "live.db").write_text("mine, too")
    (target.path / "half-restored").write_text('{"moving": "replaced-1"}')

    data = stage.restored(aside="replaced-2")

    assert list("abc") == message_ids(data)
    assert "mine" == (data / "replaced-1/core.db").read_text()
    assert "mine, too" == (data / "replaced-1/live.db").read_text()
    assert not (data / "replaced-2").exists()


def test_a_copy_that_changes_while_it_is_read_is_not_put_back(stage, target):
    stage.append(*"abc")
    stage.take()
    copy = stage.kept("secret.key")
    copy.write_bytes(b"\0" * copy.stat().st_size)  # after it was checked

    with pytest.raises(RestoreFailedError, match="changed while"):
        stage.restored()
    with pytest.raises(HalfRestoredError):
        target.lock()
