"""/api/backup: who may, where to, and that core.db and the log in it are at one while people go on."""

import asyncio
import itertools
import sqlite3

import pytest

from headwater.backup import contents
from headwater.core.event import Record
from headwater.log import outbox, segments

PATIENCE_SECONDS = 20


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backup"


async def until_over(asked):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (state := (await asked("GET", "/backup"))[1])["state"] == "running":  # noqa: ASYNC110  the API's own way
            await asyncio.sleep(0.01)
    return state


async def test_a_backup_is_begun_watched_and_reported(asked, folder):
    assert "none" == (await asked("GET", "/backup"))[1]["state"]

    status, begun = await asked("POST", "/backup", {"folder": str(folder)})
    again, refused = await asked("POST", "/backup", {"folder": str(folder)})
    ended = await until_over(asked)

    assert (202, "running", str(folder)) == (status, begun["state"], begun["folder"])
    assert (409, "backup_under_way") == (again, refused["error"]["id"])
    assert ("done", None) == (ended["state"], ended["error"])
    found = contents.read(folder)
    assert (len(found.files), found.bytes) == (ended["backup"]["files"], ended["backup"]["bytes"])
    assert ended["backup"]["held_ms"] < 5_000


async def test_only_an_administrator_may_for_the_key_is_in_it(asked, folder):
    _, operator = await asked("POST", "/keys", {"role": "operator"})
    for method, body in (("POST", {"folder": str(folder)}), ("GET", None)):
        assert 403 == (await asked(method, "/backup", body, key=operator["key"]))[0]
        assert 401 == (await asked(method, "/backup", body, key="nobody's"))[0]
    assert not folder.exists()


async def test_refuses_the_data_folder_and_what_is_no_whole_path(asked, rooms):
    for bad in (str(rooms.folder.path), str(rooms.folder.path / "log/new"), "backups", ""):
        status, document = await asked("POST", "/backup", {"folder": bad})
        assert (400, "bad_backup_folder") == (status, document["error"]["id"])
    assert "none" == (await asked("GET", "/backup"))[1]["state"]


async def test_a_failure_is_told_and_the_next_one_may_go_well(asked, rooms, folder):
    key = rooms.folder.path / "secret.key"
    aside = key.rename(key.with_suffix(".aside"))
    await asked("POST", "/backup", {"folder": str(folder)})
    failed = await until_over(asked)
    aside.rename(key)

    assert "failed" == failed["state"]
    assert "secret.key" in failed["error"]
    assert not contents.read_or_none(folder)

    await asked("POST", "/backup", {"folder": str(folder)})
    assert "done" == (await until_over(asked))["state"]


async def test_each_record_of_the_outbox_is_in_the_backup_once_though_the_relay_never_rests(asked, rooms, folder):
    """As core.db stands in the backup, the relay goes on behind the log's position: nothing lost, nothing doubled."""
    is_over = False

    async def enqueue():
        for number in itertools.count(1):
            record = Record(source="identity", message_id=f"m{number}", type="track", body=b"{}", received_at_ms=1)
            await rooms.database.write(lambda connection, record=record: outbox.enqueue(connection, [record]))
            rooms.relay.wake()
            if is_over:
                return

    relay, work = asyncio.create_task(rooms.relay.run()), asyncio.create_task(enqueue())
    try:
        for _ in range(4):
            await asked("POST", "/backup", {"folder": str(folder)})
            assert "done" == (await until_over(asked))["state"]
            check_that_each_is_there_once(folder)
    finally:
        is_over = True
        await work
        relay.cancel()


def check_that_each_is_there_once(folder):
    stored = {file.path: folder / file.stored for file in contents.read(folder).files}
    core = sqlite3.connect(f"file:{stored['core.db']}?immutable=1", uri=True)
    waiting = core.execute("SELECT id FROM outbox ORDER BY id").fetchall()
    (last,) = core.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    core.close()
    log = sqlite3.connect(f"file:{stored['log/00000001.db']}?immutable=1", uri=True)
    moved = [one.record.message_id for one in segments.records_after(log, 0, limit=10**9)]
    (position,) = log.execute("SELECT value FROM positions WHERE name = 'outbox'").fetchone()
    log.close()

    to_come = [f"m{number}" for (number,) in waiting if number > position]
    assert [f"m{number}" for number in range(1, last + 1)] == moved + to_come
    assert position <= last  # else the next ones would be taken for moved
