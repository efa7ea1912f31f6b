"""/api/sources over HTTP: what may be said, by whom, and what is answered."""

from datetime import UTC, datetime

import httpx
import pytest

from fresh_database import fresh_database
from headwater.api import app, sources
from headwater.core.clock import ManualClock
from headwater.web.access import Principal

ROLES = {"admin-key": "admin", "viewer-key": "viewer"}


async def authenticate(token):
    return Principal(key_id=token, role=ROLES[token]) if token in ROLES else None


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
async def asked(tmp_path, clock):
    """Ask the API; gives (status, document)."""
    database = fresh_database(tmp_path / "core.db")
    built = app.build([sources.routes(database=database, clock=clock)], authenticate=authenticate, expose_admin=False)
    transport = httpx.ASGITransport(built, client=("127.0.0.1", 1))

    async def ask(method, path, body=None, *, key="admin-key"):
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.request(method, f"/api/sources{path}", json=body, headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    yield ask
    database.close()


async def made(asked, **more):
    status, document = await asked("POST", "", {"name": "Website", **more})
    assert 201 == status
    return document


async def test_a_source_is_shown_with_all_that_can_be_changed(asked):
    document = await made(asked, strict=True, rate_limit=5)
    key = document["write_keys"][0]

    assert {
        "id": document["id"],
        "slug": "website",
        "name": "Website",
        "kind": "http-api",
        "enabled": True,
        "strict": True,
        "rate_limit": 5,
        "created_at": "2026-11-23T00:00:00.000Z",
        "deleted_at": None,
        "write_keys": [{"id": key["id"], "key": key["key"], "created_at": "2026-11-23T00:00:00.000Z"}],
    } == document
    assert (200, document) == await asked("GET", "/website", key="viewer-key")


async def test_only_a_source_of_ory_actions_carries_the_action_and_its_newest_key(asked, clock):
    await made(asked, kind="ory-actions")
    clock.advance(1)
    _, newest = await asked("POST", "/website/write-keys", {})
    _, document = await asked("GET", "/website")
    _, listed = await asked("GET", "")
    await asked("DELETE", "/website")
    _, gone = await asked("GET", "/website")

    assert newest["key"] == document["webhook_action"]["config"]["auth"]["config"]["user"]
    assert {"headwater", "ory"} == document["patch_commands"].keys()
    assert "webhook_action" not in listed["sources"][0]
    assert "webhook_action" not in gone


async def test_a_change_of_what_is_not_named_stays_out_and_null_lifts_the_limit(asked):
    await made(asked, rate_limit=5)
    _, strict = await asked("PATCH", "/website", {"strict": True})
    _, unlimited = await asked("PATCH", "/website", {"rate_limit": None})

    assert (True, 5) == (strict["strict"], strict["rate_limit"])
    assert (True, None) == (unlimited["strict"], unlimited["rate_limit"])


@pytest.mark.parametrize(
    "body",
    [{}, {"slug": "other"}, {"name": None}, {"enabled": "yes"}, {"rate_limit": -1}, {"rate_limit": 1.5}, [], "x"],
)
async def test_a_change_of_something_else_or_to_nonsense_is_400(asked, body):
    before = await made(asked)

    assert 400 == (await asked("PATCH", "/website", body))[0]
    assert (200, before) == await asked("GET", "/website")


async def test_write_keys_come_and_go_and_the_last_one_stays(asked, clock):
    first = (await made(asked))["write_keys"][0]
    clock.advance(1)
    created, second = await asked("POST", "/website/write-keys", {})
    _, both = await asked("GET", "/website/write-keys", key="viewer-key")
    deleted, _ = await asked("DELETE", f"/website/write-keys/{first['id']}")
    again, _ = await asked("DELETE", f"/website/write-keys/{first['id']}")
    last, refusal = await asked("DELETE", f"/website/write-keys/{second['id']}")

    assert {"write_keys": [first, second]} == both
    assert (201, 204, 404, 409) == (created, deleted, again, last)
    assert "Make a new one first" in refusal["error"]["reason"]


async def test_a_deleted_source_is_listed_on_request_only(asked):
    await made(asked)
    deleted, _ = await asked("DELETE", "/website")
    again, _ = await asked("DELETE", "/website")
    _, plain = await asked("GET", "")
    _, whole = await asked("GET", "?deleted=true")

    assert (204, 409) == (deleted, again)
    assert ([], ["2026-11-23T00:00:00.000Z"]) == (plain["sources"], [one["deleted_at"] for one in whole["sources"]])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PATCH", "/website"),
        ("DELETE", "/website"),
        ("POST", "/website/write-keys"),
        ("DELETE", "/website/write-keys/wk_1"),
    ],
)
async def test_a_viewer_changes_nothing(asked, method, path):
    before = await made(asked)

    assert 403 == (await asked(method, path, {"name": "mine", "enabled": False}, key="viewer-key"))[0]
    assert 401 == (await asked(method, path, {"name": "mine"}, key="no-key"))[0]
    assert (200, before) == await asked("GET", "/website")
