"""/api/action-deliveries and traces of Actions: to those who may see them, and no more of them."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest

from fresh_database import fresh_database
from headwater.actions.firing import Attempt, Firing
from headwater.actions.journal.deliveries import ActionDeliveries
from headwater.actions.journal.keeper import JournalKeeper
from headwater.actions.journal.view import JournalView
from headwater.api import action_deliveries, app, trace
from headwater.core.clock import ManualClock, epoch_ms
from headwater.core.event import Record
from headwater.core.secrets import Sealer
from headwater.deliver.ledger import Ledger
from headwater.deliver.report import DeliveryReport
from headwater.log.sqlite_reader import SqliteLogReader
from headwater.log.sqlite_writer import SqliteLogWriter
from headwater.net.outbound import Request, Response
from headwater.web.access import IDENTITY_PERMISSIONS, Principal
from headwater.workspace import sources

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOW_MS = epoch_ms(START)
SEALER = Sealer(b"k" * 32)
PHONE = "+43 660 1234567"
KEYS = {
    "viewer": Principal(key_id="v", role="viewer"),
    "operator": Principal(key_id="o", role="operator"),
    "project-1": Principal(key_id="p1", role="operator", project_id="project-1"),
    "project-1-viewer": Principal(key_id="p1v", role="viewer", project_id="project-1"),
    "project-2": Principal(key_id="p2", role="admin", project_id="project-2"),
    "ory-client": Principal(key_id="x", role="admin", only=IDENTITY_PERMISSIONS),
}


def firing(trigger_id, **changes):
    values = {
        "trigger_id": trigger_id,
        "action_id": "crm",
        "path": "/selfservice/flows/registration/after/password/hooks/0",
        "project_id": "project-1",
        "identity_id": "ada-id",
        "flow": "registration",
        "moment": "after",
        "method": "password",
        "flow_id": "flow-1",
        "at_ms": NOW_MS,
        "mode": "inline",
        "state": "delivered",
        "attempts": (Attempt(at_ms=NOW_MS, duration_ms=12, status=200, request_id="r-1"),),
        "context": {"identity": {"traits": {"phone": PHONE}}},
        "request": Request(method="POST", url="https://receiver.test/", body=PHONE.encode()),
        "response": Response(status=200, body=b"thanks"),
    }
    return Firing(**(values | changes))


class Stage:
    """Real files and the routes on them."""

    def __init__(self, folder):
        self.database = fresh_database(folder / "core.db")
        self.folder = folder
        self.writer = SqliteLogWriter(folder / "log", clock=ManualClock(START))
        self.reader = SqliteLogReader(folder / "log")
        self.ledger = Ledger(folder / "deliver.db", sealer=SEALER)
        self.report = DeliveryReport(folder / "deliver.db", SEALER)
        self.view = JournalView(folder / "actions.db", SEALER)
        self.not_kept = 0

    async def keep(self, *firings):
        keeper = JournalKeeper(self.folder / "actions.db", sealer=SEALER, clock=ManualClock(START))
        keeper.start()
        for one in firings:
            keeper.note(one)
        await keeper.close()

    def app(self):
        async def authenticate(token):
            return KEYS.get(token)

        actions = ActionDeliveries(view=self.view, reader=self.reader, report=self.report, sealer=SEALER)
        parts = {"database": self.database, "report": self.report, "sealer": SEALER}
        routers = [
            action_deliveries.routes(deliveries=actions, not_kept=lambda: self.not_kept, clock=ManualClock(START)),
            trace.routes(**parts, reader=self.reader, actions=actions, oldest_at=lambda: None),
        ]
        return app.build(routers, authenticate=authenticate, expose_admin=False)

    @asynccontextmanager
    async def client(self, key):
        transport = httpx.ASGITransport(app=self.litestar, client=("127.0.0.1", 0))
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://h", headers=headers) as client:
            yield client

    async def get(self, path, key="operator", **query):
        async with self.client(key) as client:
            return await client.get(path, params=query)

    async def close(self):
        self.view.close()
        self.report.close()
        self.reader.close()
        await self.ledger.close()
        await self.writer.close()
        self.database.close()


@pytest.fixture
async def stage(tmp_path):
    made = Stage(tmp_path)
    made.litestar = made.app()
    yield made
    await made.close()


def ids(answer):
    return [one["trigger_id"] for one in answer.json()["action_deliveries"]]


async def test_lists_the_newest_first_and_says_what_could_not_be_kept(stage):
    await stage.keep(firing("a"), firing("b", at_ms=NOW_MS + 1))
    stage.not_kept = 3
    answer = await stage.get("/api/action-deliveries", "viewer")

    assert (["b", "a"], 3, False) == (ids(answer), answer.json()["not_kept"], answer.json()["is_cut"])
    first = answer.json()["action_deliveries"][0]
    assert ("crm", "delivered", "2026-11-23T12:00:00.001Z") == (first["action_id"], first["state"], first["at"])
    assert [("inline", 200, "r-1")] == [(one["mode"], one["status"], one["request_id"]) for one in first["attempts"]]
    assert PHONE not in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"identity": "bob-id"}, ["b"]),
        ({"flow": "login"}, ["b"]),
        ({"flow": "flow-1"}, ["a"]),
        ({"action": "mailer"}, ["b"]),
        ({"action": "/selfservice/flows/registration/after/password/hooks/0"}, ["b", "a"]),
        ({"action": "registration/after/password/0"}, ["b", "a"]),
        ({"trigger": "a"}, ["a"]),
        ({"state": "failed"}, ["b"]),
        ({"since": "2026-11-23T12:00:01Z"}, ["b"]),
        ({"since": "2026-11-23T14:00:01+02:00"}, ["b"]),
        ({"limit": "1"}, ["b"]),
    ],
)
async def test_searches_by(stage, query, found):
    other = {"identity_id": "bob-id", "flow": "login", "flow_id": "flow-b", "action_id": "mailer", "state": "failed"}
    await stage.keep(firing("a"), firing("b", at_ms=NOW_MS + 1_000, **other))

    assert found == ids(await stage.get("/api/action-deliveries", **query))


@pytest.mark.parametrize("query", [{}, {"state": "delivered"}])
async def test_goes_on_page_by_page_past_firings_of_one_moment(stage, query):
    await stage.keep(*(firing(name) for name in "abc"))
    first = await stage.get("/api/action-deliveries", limit="2", **query)
    second = await stage.get("/api/action-deliveries", limit="2", before=first.json()["next"], **query)

    assert ["c", "b"] == ids(first)
    assert (["a"], None) == (ids(second), second.json()["next"])


@pytest.mark.parametrize(
    "query", [{"state": "nope"}, {"limit": "0"}, {"limit": "-1"}, {"since": "yesterday"}, {"before": "nobody"}]
)
async def test_says_what_is_wrong_with_a_question(stage, query):
    answer = await stage.get("/api/action-deliveries", **query)

    code = "bad_moment" if "since" in query else "bad_request"
    assert (400, code) == (answer.status_code, answer.json()["error"]["id"])


async def test_what_hooks_are_told_of_people_is_for_operators(stage):
    await stage.keep(firing("a"))
    for key in ("viewer", "project-1-viewer"):
        shown = await stage.get("/api/action-deliveries/a", key)
        assert 200 == shown.status_code
        assert not {"context", "request", "response"} & shown.json().keys()
    for key in ("operator", "project-1"):
        shown = (await stage.get("/api/action-deliveries/a", key)).json()
        assert (PHONE, PHONE, "thanks") == (
            shown["context"]["identity"]["traits"]["phone"],
            shown["request"]["body"],
            shown["response"]["body"],
        )


async def test_a_projects_key_sees_its_own_project_only(stage):
    await stage.keep(firing("a"), firing("b", project_id="project-2"))

    assert (["a"], ["b"]) == (
        ids(await stage.get("/api/action-deliveries", "project-1")),
        ids(await stage.get("/api/action-deliveries", "project-2")),
    )
    assert ["b"] == ids(await stage.get("/api/action-deliveries", project="project-2"))
    assert ["a"] == ids(await stage.get("/api/action-deliveries", "project-1", project="project-2"))
    assert [] == ids(await stage.get("/api/action-deliveries", "project-1", trigger="b"))
    stranger = await stage.get("/api/action-deliveries/b", "project-1")
    nothing = await stage.get("/api/action-deliveries/c", "project-1")
    assert [404, 404] == [stranger.status_code, nothing.status_code]
    assert stranger.text.replace("'b'", "'c'") == nothing.text  # it isn't even told that there is one


@pytest.mark.parametrize("path", ["/api/action-deliveries", "/api/action-deliveries/a"])
@pytest.mark.parametrize(("key", "status"), [("mallory", 401), ("ory-client", 403)])
async def test_nobody_else_sees_any(stage, path, key, status):
    assert status == (await stage.get(path, key)).status_code


async def test_a_trace_shows_an_inline_one_too(stage):
    await stage.keep(firing("a"))
    shown = (await stage.get("/api/trace/a", "viewer")).json()

    assert ("a", "inline", "delivered") == (shown["message_id"], shown["action"]["mode"], shown["action"]["state"])
    assert PHONE not in json.dumps(shown)
    assert 404 == (await stage.get("/api/trace/nobody", "viewer")).status_code


async def test_a_trace_shows_the_event_and_the_action_that_made_it_under_one_id(stage):
    web = await stage.database.write(
        lambda connection: sources.create(connection, "Web", kind="http-api", clock=ManualClock(START))
    )
    await stage.writer.append(
        [Record(source=web.id, message_id="a", type="identify", body=b"{}", received_at_ms=NOW_MS, user_id="ada-id")]
    )
    await stage.keep(firing("a"))
    shown = (await stage.get("/api/trace", message_id="a")).json()
    of_source = (await stage.get("/api/trace", message_id="a", source="web")).json()

    assert ("web", "identify", "delivered") == (shown["source"], shown["type"], shown["action"]["state"])
    assert "action" not in of_source
