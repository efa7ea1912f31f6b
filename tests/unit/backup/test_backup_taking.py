"""A backup is the data folder at one moment, whatever is written meanwhile, and a second one costs what is new."""

import itertools
import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from backup_stage import CURSOR, Stage, message_ids

from headwater.backup import contents, moment
from headwater.backup.backup_errors import BackupFailedError, BackupUnderWayError, BadBackupFolderError
from headwater.backup.shelf import Shelf, check
from headwater.store.folder import DataFolder


def one(path, sql):
    connection = sqlite3.connect(path)
    (value,) = connection.execute(sql).fetchone()
    connection.close()
    return value


def test_everything_comes_back_and_is_for_its_owner_only(stage):
    stage.append(*"abcdefghij")
    stage.enqueue("later")
    stage.deliver_up_to(7)
    file = stage.flush_lake(b"rows", cursor=8)

    report = stage.take()
    data = stage.restored()

    assert list("abcdefghij") == message_ids(data)
    assert 10 == report.newest_offset
    assert 1 == one(data / "core.db", "SELECT count(*) FROM outbox")
    assert 7 == one(data / "deliver.db", "SELECT watermark FROM cursors")
    assert 8 == one(data / "lake/lake.db", "SELECT cursor FROM progress")
    assert b"rows" == (data / "lake" / file.path).read_bytes()
    assert "welcome" == (data / "mail/1.eml").read_text()
    assert stage.data.sealing_key() == (data / "secret.key").read_bytes()
    for folder in (stage.backup, data):
        for at, folders, names in os.walk(folder):
            paths = [Path(at), *(Path(at) / name for name in (*folders, *names))]
            assert {0} == {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in paths}


def test_every_database_of_a_data_folder_is_of_a_backup(tmp_path):
    folder = DataFolder(tmp_path)
    databases = {getattr(folder, name).name for name in dir(DataFolder) if name.endswith("_database")}

    assert databases | {contents.KEY} == contents.SINGLE
    assert databases | {contents.LAKE_DATABASE} == {*moment.READERS, moment.CORE}


def test_what_is_written_before_the_moment_is_in_it_and_nothing_after(stage):
    stage.append("early")
    merged = stage.flush_lake(b"early", cursor=1)

    def before():
        stage.append(*"abcdefgh")  # two segments are closed by it
        stage.flush_lake(b"more", cursor=9, removed=[merged])
        stage.deliver_up_to(9)

    def after():
        stage.append(*"xyz")
        stage.enqueue("after")
        stage.deliver_up_to(12)
        stage.flush_lake(b"later", cursor=12)

    stage.take(ready=before, held=after)
    data = stage.restored()

    assert ["early", *"abcdefgh"] == message_ids(data)
    assert 0 == one(data / "core.db", "SELECT count(*) FROM outbox")
    assert 9 == one(data / "deliver.db", "SELECT watermark FROM cursors")
    assert [b"more"] == [path.read_bytes() for path in (data / "lake").rglob("*.parquet")]


def test_no_reader_is_ahead_of_the_log_and_the_log_has_what_core_says_however_busy_it_is(stage):
    """A writer that appends, then delivers, then writes into core.db where the log is, on and on."""
    is_over = threading.Event()

    def work():
        log = stage.log
        ledger = sqlite3.connect(stage.data.deliver_database, isolation_level=None)
        core = sqlite3.connect(stage.data.core_database, isolation_level=None)
        core.execute("CREATE TABLE head (value INTEGER)")
        core.execute("INSERT INTO head VALUES (0)")
        for number in itertools.count():
            stage.append(f"m{number}")
            ledger.execute(CURSOR, (log.newest_offset,))
            core.execute("UPDATE head SET value = ?", (log.newest_offset,))
            if is_over.is_set():
                break
        ledger.close()
        core.close()

    worker = threading.Thread(target=work)
    worker.start()
    seen = []
    try:
        while len(seen) < 60 or seen[-1][1] == 0:
            closed = {file for file in moment.segment_files(stage.data) if file.stamp}
            now = moment.take(stage.data, known=closed)
            held = {each.path: each.connection for each in now.databases}
            (delivered,) = held["deliver.db"].execute("SELECT COALESCE(MAX(watermark), 0) FROM cursors").fetchone()
            has_head = held["core.db"].execute("SELECT 1 FROM sqlite_schema WHERE name = 'head'").fetchone()
            said = held["core.db"].execute("SELECT max(value) FROM head").fetchone()[0] if has_head else 0
            seen.append((delivered, said or 0, now.newest_offset))
            now.close()
    finally:
        is_over.set()
        worker.join()

    assert [] == [each for each in seen if max(each[:2]) > each[2]]


def test_a_second_backup_copies_only_what_is_new(stage):
    stage.append(*"abcdefghij")
    stage.flush_lake(b"rows", cursor=8)
    stage.take()
    old = {path: stage.kept(path) for path in ("log/00000001.db", "log/00000002.db")}
    stage.append(*"klm")

    report = stage.take()

    assert old == {path: stage.kept(path) for path in old}
    copied = {file.path for file in contents.read(stage.backup).files if file.stored.startswith("0002/")}
    assert {"core.db", "deliver.db", "lake/lake.db", "log/00000004.db", "log/00000003.db", "secret.key"} <= copied
    assert not {"log/00000001.db", "log/00000002.db", "mail/1.eml"} & copied
    assert [] == [path for path in copied if path.endswith(".parquet")]
    assert len(copied) == report.copied_files
    assert list("abcdefghijklm") == message_ids(stage.restored())


def test_a_copy_that_has_rotted_and_a_segment_that_was_changed_are_copied_anew(stage):
    stage.append(*"abcdefghij")
    stage.take()
    rotten = stage.kept("log/00000001.db")
    rotten.write_bytes(rotten.read_bytes()[:-1] + b"!")
    erased = sqlite3.connect(stage.data.log / "00000002.db")  # as whoever erases a person's records
    erased.execute("DELETE FROM chunks WHERE first_offset = 5")
    erased.commit()
    erased.close()

    stage.take()

    assert list("abcdfghij") == message_ids(stage.restored())


def test_what_is_gone_from_the_data_goes_from_the_next_backup(stage):
    stage.append(*"abcdefghij")
    stage.take()
    first = stage.log.segments[0]
    stage.log.forget([first])
    for name in (".db", ".ids", ".db-wal", ".db-shm", ".ids-wal", ".ids-shm"):
        first.path.with_suffix(name).unlink(missing_ok=True)
    (stage.data.mail / "1.eml").unlink()

    stage.take()

    paths = [file.path for file in contents.read(stage.backup).files]
    assert "log/00000001.db" not in paths
    assert "mail/1.eml" not in paths
    stored = {str(path.relative_to(stage.backup)) for path in stage.backup.rglob("*") if path.is_file()}
    assert stored - {"backup.json", "lock"} == {file.stored for file in contents.read(stage.backup).files}


def test_a_file_that_the_lake_has_lost_is_told_and_keeps_nobody_from_a_backup(stage):
    lost = stage.flush_lake(b"lost", cursor=1)
    (stage.data.lake / lost.path).unlink()

    report = stage.take()

    assert (f"lake/{lost.path}",) == report.missing == contents.read(stage.backup).missing


def test_a_damaged_database_is_told_and_the_earlier_backup_stays(stage):
    stage.append(*"abcdefghij")
    stage.take()
    path = stage.data.log / "00000003.db"
    stage.log.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)

    with pytest.raises(BackupFailedError, match=r"00000003\.db"):
        stage.take()

    assert list("abcdefghij") == message_ids(stage.restored())
    assert [] == list(stage.backup.glob("0002*"))


def test_a_backup_that_breaks_off_leaves_the_earlier_one_as_it_was(stage):
    stage.append(*"abcdef")
    stage.take()
    stage.append("g")

    def break_off():
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        stage.take(held=break_off)

    assert list("abcdef") == message_ids(stage.restored())
    assert [] == list(stage.backup.glob("0002*"))


def test_two_at_a_time_are_one_too_many(stage):
    with Shelf(stage.backup, data=stage.data.path), pytest.raises(BackupUnderWayError):
        stage.take()


def test_refuses_folders_that_no_backup_belongs_into(stage, tmp_path):
    data = stage.data.path
    (tmp_path / "home").mkdir()
    (tmp_path / "home/letter").touch()
    (tmp_path / "file").touch()
    (tmp_path / "way-in").symlink_to(data)
    refused = ["home", "file", "data", "data/log", "data/new", "way-in/below", "."]

    for name in refused:
        with pytest.raises(BadBackupFolderError):
            check(tmp_path / name, data=data)
    with pytest.raises(BadBackupFolderError, match="whole path"):
        check(stage.backup.relative_to(tmp_path), data=data)
    assert ["letter"] == contents.entries(tmp_path / "home")


def test_the_backup_of_another_installation_is_not_written_over(stage, tmp_path):
    stage.take()
    before = contents.read(stage.backup)
    other = Stage(tmp_path / "other")
    other.backup = stage.backup

    with pytest.raises(BadBackupFolderError, match="another installation"):
        other.take()

    other.close()
    assert before == contents.read(stage.backup)
