"""What tests share they find as if nobody had been there before: the rooms that `lent_rooms` lends."""

import asyncio
import base64
import sqlite3

import pytest
from sqlalchemy import func, select

from fresh_rooms import client_of, fresh_rooms
from headwater.backup.backups import BackupState
from headwater.core.event import Record
from headwater.store import tables
from lent_rooms import Lender

PERSON = {"method": "password", "password": "correct horse battery", "traits": {"email": "ada@example.org"}}
BODY = "base64://" + base64.b64encode(b"function(ctx) {id: ctx.identity.id}").decode()
TRIGGER = "CREATE TRIGGER no BEFORE INSERT ON sources BEGIN SELECT RAISE(ABORT, 'no'); END"


@pytest.fixture
async def lender():
    lender = Lender()
    yield lender
    await lender.close()


def record(rooms, message_id):
    return Record(source="src", message_id=message_id, type="track", body=b"{}", received_at_ms=0, user_id="ada")


async def seen_of(rooms):
    """Return what can be seen of rooms, but for their ids: rows, files, answers, the log, what hangs on them."""

    def counted(connection):
        every = tables.metadata.sorted_tables
        return {one.name: connection.execute(select(func.count()).select_from(one)).scalar_one() for one in every}

    async with client_of(rooms, authorization="Bearer token") as client:
        status = (await client.get("/api/status")).json()
        backup = (await client.get("/api/backup")).json()
        actions = (await client.get("/api/action-deliveries")).json()
        document = (await client.get("/api/config")).json()
    return {
        "rows": await rooms.database.read(counted),
        "schema": await rooms.database.read(_schema),
        "files": sorted(path.name for path in rooms.folder.path.iterdir() if not path.name.endswith(("-wal", "-shm"))),
        "collected": status["collect"],
        "log": {name: value for name, value in status["log"].items() if not name.endswith("_at")},
        "document": {name: value for name, value in document.items() if name not in ("project", "projects")},
        "backup": backup,
        "actions": actions,
        "flows": (dict(rooms.flow_counts.begun), dict(rooms.flow_counts.submitted)),
        "newest": (rooms.log.newest_offset, await rooms.log_reader.head(), await rooms.log.position("outbox")),
        "set": sorted(vars(rooms)),
        "listeners": (len(rooms.on_configured), len(rooms.log._on_append), len(rooms.database._listeners)),
    }


def _schema(connection):
    return sorted(row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_schema"))


async def leave_traces(rooms):
    """Do to rooms what tests do."""
    async with client_of(rooms, authorization="Bearer token") as client:
        await client.post("/api/sources", json={"name": "Website"})
        hook = {"url": "https://crm.test/", "method": "POST", "body": BODY, "response": {"ignore": True}}
        path = "/services/identity/config/selfservice/flows/registration/after/password/hooks/0"
        patch = [{"op": "add", "path": path, "value": {"hook": "web_hook", "config": hook}}]
        project = f"/projects/{rooms.installation.project.id}"
        assert 200 == (await client.patch(project, json=patch)).status_code
        flow = (await client.get("/self-service/registration/api")).json()
        assert 200 == (await client.post(flow["ui"]["action"], json=PERSON)).status_code
    await rooms.relay.move_batch()
    await rooms.journal.write_now()
    await rooms.log.append([record(rooms, "m1")])
    await rooms.database.write(lambda connection: connection.exec_driver_sql(TRIGGER))
    rooms.collector.counters.accepted += 7
    rooms.backups.newest = BackupState(state="done")
    rooms.follow, rooms.unheard_of = print, True
    rooms.on_configured.append(print)
    rooms.log.on_append(print)
    sqlite3.connect(rooms.folder.deliver_database).close()
    for folder in (rooms.folder.lake, rooms.folder.mail):
        folder.mkdir(exist_ok=True)
        (folder / "something").touch()


async def test_the_next_one_finds_them_as_new_ones_are(lender, tmp_path):
    async with fresh_rooms(tmp_path) as rooms:
        expected = await seen_of(rooms)
    async with lender.lent() as first:
        follow = first.follow
        await leave_traces(first)
        left = await seen_of(first)
    async with lender.lent() as again:
        found = await seen_of(again)

        assert first is again
        assert expected == found
        assert follow == again.follow
        assert [1] == [one.offset for one in await again.log.append([record(again, "m1")])]
        assert ["m1"] == [one.record.message_id for one in await again.log_reader.read(after=0, limit=9)]
    same = {name for name, value in expected.items() if value == left[name]}
    assert set() == same, "what leaves no trace is not shown to be put back"


async def test_what_one_began_and_left_is_ended(lender):
    async with lender.lent():
        left = asyncio.create_task(asyncio.Event().wait())
        await asyncio.sleep(0)
    assert left.cancelled()


async def test_each_environment_has_its_own(lender):
    async with lender.lent() as plain, lender.lent(HEADWATER_STRICT="true") as strict, lender.lent() as another:
        assert 3 == len({id(plain), id(strict), id(another)})
        assert (False, True) == (plain.settings.strict, strict.settings.strict)


async def test_what_cannot_be_put_back_is_lent_to_nobody(lender):
    with pytest.raises(FileNotFoundError, match=r"secret\.key"):
        async with lender.lent() as broken:
            (broken.folder.path / "secret.key").unlink()
    async with lender.lent() as rooms:
        assert broken is not rooms
