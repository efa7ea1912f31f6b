"""A change is written down before it is made, and its end before anybody is answered; one that can't be is not made."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from litestar import get, post, put

from fresh_database import fresh_database
from headwater.api import app
from headwater.core.clock import ManualClock
from headwater.core.errors import ConflictError
from headwater.core.secrets import Sealer
from headwater.store.errors import DatabaseError
from headwater.web.access import Principal, admitted, needs
from headwater.web.audit import looking, withholding
from headwater.web.audit.audited import Audited
from headwater.web.audit.auditor import Auditor
from headwater.workspace.audit import entries
from headwater.workspace.audit.audit_book import AuditBook
from headwater.workspace.audit.entries import Bounds, Sought

SEALER = Sealer(b"k" * 32)
GUARD = needs("sources.write")
ADMIN = {"authorization": "Bearer admin"}


class Stage:
    """An application with one thing in it, which may be looked at, changed, and broken."""

    def __init__(self, folder):
        self.file = folder / "core.db"
        self.database = fresh_database(self.file)
        self.book = AuditBook(
            self.database, sealer=SEALER, clock=ManualClock(datetime(2026, 11, 29, tzinfo=UTC)), bounds=Bounds()
        )
        self.value, self.seen = 0, None
        self.app = app.build(
            self.handlers(),
            authenticate=self.authenticate,
            expose_admin=False,
            audit=Auditor(self),
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=("127.0.0.1", 1), raise_app_exceptions=False),
            base_url="http://127.0.0.1",
            headers=ADMIN,
        )
        self.refuses = None

    def handlers(self):
        @get("/thing", guards=[needs("sources.read")])
        async def shown() -> dict[str, int]:
            return {"value": self.value}

        @put("/thing", guards=[GUARD])
        async def changed() -> dict[str, str]:
            self.seen = self.on_disk()
            self.value += 1
            return {}

        @post("/thing/more", guards=[needs("sources.write", audited=Audited(above=1))])
        async def more() -> None:
            self.value += 10

        @put("/broken", guards=[GUARD])
        async def broken() -> None:
            raise RuntimeError("a bug that names hunter2")

        @put("/refused", guards=[GUARD])
        async def refused() -> None:
            raise ConflictError("Somebody has it.")

        @put("/many", guards=[needs("sources.write", audited=Audited(counted="people"))])
        async def many() -> dict[str, Any]:
            return {"people": [{"id": "ada"}, {"id": "bob"}], "next": None}

        return [shown, changed, more, broken, refused, many]

    async def authenticate(self, token):
        return Principal(key_id="k", role=token, name="ada") if token in ("admin", "viewer") else None

    async def begin(self, begun):
        if self.refuses == "begin":
            raise DatabaseError
        return await self.book.begin(begun)

    async def end(self, number, ended):
        if self.refuses == "end":
            raise DatabaseError
        await self.book.end(number, ended)

    def on_disk(self):
        """Return what another process would find, if this one were killed now."""
        with sqlite3.connect(self.file) as connection:
            return connection.execute("SELECT path, status FROM audit ORDER BY number").fetchall()

    async def documents(self, number=1):
        found = await self.database.read(lambda c: entries.documents_of(c, number, sealer=SEALER))
        return found and tuple(one and one.value for one in found)

    async def entry(self):
        [found] = await self.database.read(lambda c: entries.page(c, Sought(), limit=9))
        return found


@pytest.fixture
async def stage(tmp_path):
    made = Stage(tmp_path)
    yield made
    await made.client.aclose()
    made.database.close()


async def test_a_process_that_is_killed_within_a_change_has_left_its_entry(stage):
    await stage.client.put("/thing")

    assert [("/thing", None)] == stage.seen
    assert [("/thing", 200)] == stage.on_disk()
    assert ({"value": 0}, {"value": 1}) == await stage.documents()


async def test_the_end_is_kept_before_the_last_byte_leaves(stage):
    seen = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.body":
            seen.append((stage.on_disk(), message.get("more_body", False)))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": "/thing",
        "raw_path": b"/thing",
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": None,
    }
    await stage.app(admitted(scope, Principal(key_id="c", role="admin", via="console")), receive, send)

    assert [([("/thing", 200)], False)] == seen
    assert "console" == (await stage.entry()).via


async def test_what_can_not_be_written_down_is_not_done(stage):
    stage.refuses = "begin"

    answer = await stage.client.put("/thing")

    assert (503, 0, []) == (answer.status_code, stage.value, stage.on_disk())


async def test_what_was_done_is_answered_even_if_its_end_can_not_be_kept(stage):
    stage.refuses = "end"

    answer = await stage.client.put("/thing")

    assert (200, b"{}", 1, [("/thing", None)]) == (answer.status_code, answer.content, stage.value, stage.on_disk())


@pytest.mark.parametrize(
    ("path", "status", "words"), [("/broken", 500, "Something went wrong"), ("/refused", 409, "Somebody has it.")]
)
async def test_what_failed_has_its_status_and_the_reason_that_was_answered(stage, path, status, words):
    await stage.client.put(path)

    entry = await stage.entry()

    assert (status, True) == (entry.status, words in entry.error)
    assert "hunter2" not in entry.error


async def test_what_stands_above_a_path_is_looked_at_before_and_after(stage):
    await stage.client.post("/thing/more")

    assert ({"value": 0}, {"value": 10}) == await stage.documents()


async def test_where_nothing_can_be_seen_nothing_is_made_up(stage):
    await stage.client.put("/refused")

    assert await stage.documents() is None


async def test_of_many_people_only_their_number_is_kept(stage):
    await stage.client.put("/many")

    assert (None, {"people": 2}) == await stage.documents()


async def test_two_changes_at_once_end_each_its_own_entry(stage):
    await asyncio.gather(*(stage.client.put("/thing") for _ in range(5)), stage.client.put("/refused"))

    found = stage.on_disk()

    assert sorted(found) == [("/refused", 409), *[("/thing", 200)] * 5]


async def test_who_is_not_let_in_leaves_nothing(stage):
    for token in ("viewer", "mallory"):
        await stage.client.put("/thing", headers={"authorization": f"Bearer {token}"})

    assert (0, []) == (stage.value, stage.on_disk())


async def test_reading_leaves_nothing(stage):
    await stage.client.get("/thing")

    assert [] == stage.on_disk()


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (b'{"id":"1","key":"abc"}', b'{"id":"1","key":"(withheld)"}'),
        (b'{"key":null,"keys":[{"key":"public"}]}', b'{"key":null,"keys":[{"key":"public"}]}'),
        (b'{"deep":["ory_st_0123456789abcdefXY"]}', b'{"deep":["ory_st_(withheld)"]}'),
        (b"[1]", b"[1]"),
        (b"", None),
        (b"<html>", None),
    ],
    ids=["a-key", "none-and-a-public-one", "a-token-anywhere", "a-list", "nothing", "a-page"],
)
def test_an_answer_is_kept_without_what_it_shows_once(answer, kept):
    assert kept == withholding.from_answer(answer)


async def test_a_look_at_what_is_not_there_sees_nothing(stage):
    scope = {"asgi": {}, "http_version": "1.1", "scheme": "http", "headers": []}
    viewer = Principal(key_id="v", role="viewer")

    assert b'{"value":0}' == await looking.look(stage.app, scope, "/thing", query="", principal=viewer)
    assert await looking.look(stage.app, scope, "/nowhere", query="", principal=viewer) is None


@pytest.mark.parametrize(
    ("audited", "method", "path", "looked_at"),
    [
        (Audited(), "PATCH", "/a/b/", "/a/b"),
        (Audited(), "POST", "/a/b", None),
        (Audited(above=0), "POST", "/a/b", "/a/b"),
        (Audited(above=2), "DELETE", "/a/b/c/d", "/a/b"),
        (Audited(counted="rows"), "PATCH", "/a/b", None),
    ],
    ids=["itself", "made", "itself-by-post", "above", "counted"],
)
def test_what_is_looked_at(audited, method, path, looked_at):
    assert looked_at == audited.looks_at(method, path)
