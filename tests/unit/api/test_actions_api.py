"""/projects/{id}/actions: which Actions run when, and one tried out: who may look, who may send, who may see people."""

from datetime import UTC, datetime

import httpx
import pytest

from fresh_database import fresh_database
from headwater.api import actions, app
from headwater.core.clock import ManualClock
from headwater.web.access import IDENTITY_PERMISSIONS, Principal
from headwater.workspace import projects

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOOK = {
    "hook": "web_hook",
    "config": {"id": "crm", "url": "https://crm.test/", "method": "POST", "can_interrupt": True},
}
CONFIG = {"selfservice": {"flows": {"registration": {"after": {"hooks": [HOOK], "password": {"hooks": []}}}}}}


class Tried:
    """Tries nothing, and says so."""

    async def run(self, _project, wish):
        return {"tried": wish.action or "hook"}


@pytest.fixture
async def asked(tmp_path):
    """Ask the API, or with a body have it try something; gives (status, document)."""
    database = fresh_database(tmp_path / "core.db")
    clock = ManualClock(NOON)
    project = await database.write(
        lambda connection: projects.create(connection, "Ada & Co", identity_config=CONFIG, clock=clock)
    )
    keys = {
        "viewer": Principal(key_id="v", role="viewer"),
        "operator": Principal(key_id="p", role="operator"),
        "admin": Principal(key_id="a", role="admin"),
        "own": Principal(key_id="o", role="viewer", project_id=project.id),
        "another-project": Principal(key_id="m", role="admin", project_id="another"),
        "ory-client": Principal(key_id="x", role="admin", only=IDENTITY_PERMISSIONS),
    }

    async def authenticate(token):
        return keys.get(token)

    built = app.build(
        [actions.routes(database=database, trials=Tried())], authenticate=authenticate, expose_admin=False
    )
    transport = httpx.ASGITransport(built, client=("127.0.0.1", 1))

    async def ask(key, body=None, **query):
        headers, path = {"authorization": f"Bearer {key}"}, f"/projects/{project.slug}/actions"
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            if body is None:
                answer = await client.get(path, params=query, headers=headers)
            else:
                answer = await client.post(f"{path}/test", json=body, headers=headers)
        return answer.status_code, answer.json()

    yield ask
    database.close()


@pytest.mark.parametrize("key", ["viewer", "own"])
async def test_the_chain_is_there_for_who_may_read_the_project(asked, key):
    status, document = await asked(key, flow="registration", method="code")

    [step] = document["chains"][1]["steps"]
    assert 200 == status
    assert ("crm", "global", "blocking: can_interrupt") == (step["id"], step["list"], step["kind"])


@pytest.mark.parametrize(("key", "status"), [("another-project", 403), ("ory-client", 403), ("mallory", 401)])
async def test_nobody_else_learns_what_a_project_runs(asked, key, status):
    assert status == (await asked(key))[0]


async def test_a_flow_that_does_not_exist_is_a_mistake_that_is_told(asked):
    status, document = await asked("viewer", flow="signup")

    assert 400 == status
    assert "there are login, registration" in document["error"]["message"]


TRY, SEND, LAST = {"action": "crm"}, {"action": "crm", "send": True}, {"action": "crm", "last": 1}
FETCHES = {"hook": {"hook": "web_hook", "config": {"body": "http://169.254.169.254/", "url": "https://x.test/"}}}
MAPS = {"hook": {"hook": "web_hook", "config": {"response": {"mapping": "file:///etc/passwd"}}}}


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        ("viewer", TRY, 200),
        ("own", TRY, 200),
        ("viewer", SEND, 403),
        ("operator", SEND, 403),
        ("admin", SEND, 200),
        ("viewer", LAST, 403),
        ("operator", LAST, 200),
        ("viewer", FETCHES, 403),  # the server would fetch what mallory names
        ("operator", MAPS, 403),
        ("admin", FETCHES, 200),
        ("another-project", TRY, 403),
        ("ory-client", TRY, 403),
        ("mallory", TRY, 401),
    ],
)
async def test_who_may_try_what(asked, key, body, status):
    assert status == (await asked(key, body))[0]


async def test_a_wish_that_is_misspelt_is_told_so(asked):
    status, document = await asked("admin", {"action": "crm", "sent": True})

    assert 400 == status
    assert "sent" in document["error"]["message"]
