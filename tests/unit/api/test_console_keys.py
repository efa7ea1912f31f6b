"""API keys as Ory has them: made, listed, deleted, good for a while; and who has none is told which one to set."""

from datetime import timedelta

import pytest
from ory_client import models

from headwater.core import ids
from headwater.workspace import keys
from unit.api.console_stage import START, Stage, reason

SOON = "2026-11-23T01:00:00Z"
ROUTES = [
    ("GET", "/projects"),
    ("POST", "/projects"),
    ("GET", "/projects/x"),
    ("PATCH", "/projects/x"),
    ("POST", "/projects/x/tokens"),
    ("GET", "/projects/x/revisions"),
    ("GET", "/workspaces"),
    ("POST", "/workspaces"),
    ("GET", "/workspaces/x/projects"),
]


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as stage:
        yield stage


@pytest.fixture(params=["project", "workspace"])
def place(request, stage):
    """Gives where keys are, whose they are, and what reads them."""
    if request.param == "project":
        return f"/projects/{stage.project.id}/tokens", stage.project.id, models.ProjectApiKey
    return f"/workspaces/{stage.workspace.id}/tokens", None, models.WorkspaceApiKey


async def test_a_key_is_made_shown_once_used_and_deleted(stage, place):
    path, project_id, model = place
    stage.clock.advance(1)
    answer = await stage.ask("POST", path, {"name": "ci", "expires_at": SOON})
    made = model.from_json(answer.text)
    used = await stage.ask("GET", "/projects", key=made.value)
    listed = [model.from_dict(one) for one in (await stage.ask("GET", path)).json()]
    deleted = await stage.ask("DELETE", f"{path}/{str(made.id).upper()}")
    refused = await stage.ask("GET", "/projects", key=made.value)
    again = await stage.ask("DELETE", f"{path}/{made.id}")

    assert (201, 200, 204, 401, 404) == tuple(one.status_code for one in (answer, used, deleted, refused, again))
    assert "This key was revoked at 2026-11-23T00:00:02.000Z" in reason(refused)
    assert made.value.startswith("ory_apikey_" if project_id else "ory_wak_")
    assert ("ci", "2026-11-23 01:00:00+00:00") == (made.name, str(made.expires_at))
    assert (made.id, None) == (listed[-1].id, listed[-1].value)
    assert (project_id or stage.workspace.id) == str(made.project_id if project_id else made.workspace_id)
    assert made.value not in answer.text.replace(made.value, "", 1)


async def test_a_key_works_until_it_expires_and_then_says_so(stage, place):
    path, _, model = place
    key = model.from_json((await stage.ask("POST", path, {"name": "ci", "expires_at": SOON})).text).value
    stage.clock.advance(3_598.9)
    good = await stage.ask("GET", "/projects", key=key)
    stage.clock.advance(0.1)
    expired = await stage.ask("GET", "/projects", key=key)
    still = [one["name"] for one in (await stage.ask("GET", path)).json()]

    assert (200, 401) == (good.status_code, expired.status_code)
    assert "key_expired" == expired.json()["error"]["id"]
    assert "This key expired at 2026-11-23T01:00:00.000Z" in reason(expired)
    assert "ci" in still


async def test_a_key_that_never_was_is_told_apart_from_one_that_is_gone(stage):
    answer = await stage.ask("GET", "/projects", key="ory_wak_" + "x" * 43)

    assert 401 == answer.status_code
    assert "unknown here" in reason(answer)


async def test_whoever_uses_a_key_long_gone_is_told_it_is_unknown(stage):
    _, token = await stage.database.write(
        lambda c: keys.create(c, name="", role="admin", project_id=None, clock=stage.clock)
    )
    (made,) = [key for key in await stage.database.read(keys.of_workspace) if key.name == ""]
    await stage.database.write(lambda c: keys.revoke(c, made.id, clock=stage.clock))
    stage.clock.advance(keys.REVOKED_KEPT / timedelta(seconds=1) + 1)
    await stage.new_key(name="another")
    answer = await stage.ask("GET", "/projects", key=token)

    assert (401, True) == (answer.status_code, "unknown here" in reason(answer))


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_key_one_is_told_which_variable_to_set(stage, method, path):
    answer = await stage.ask(method, path, key="")

    assert (401, "Unauthorized") == (answer.status_code, answer.json()["error"]["status"])
    assert all(name in reason(answer) for name in ("ORY_WORKSPACE_API_KEY", "ORY_PROJECT_API_KEY", "HEADWATER_KEY"))
    assert "application/json" == answer.headers["content-type"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x" * 129},
        {"name": "x", "expires_at": "2026-11-22T00:00:00Z"},
        {"name": "x", "expires_at": "2026-11-24T00:00:00"},
        {"name": "x", "expires_at": "soon"},
        {"name": "x", "expires_at": "99999-01-01T00:00:00Z"},
        {"name": "x", "expires": "90d"},
        {"name": "x", "role": "god"},
        [],
    ],
)
async def test_a_key_of_nonsense_is_400_and_not_made(stage, place, body):
    path, _, _ = place
    before = (await stage.ask("GET", path)).json()

    assert 400 == (await stage.ask("POST", path, body)).status_code
    assert before == (await stage.ask("GET", path)).json()


async def test_a_lesser_key_makes_no_keys_and_sees_none(stage, place):
    path, project_id, _ = place
    for role in ("viewer", "operator"):
        lesser = await stage.new_key(stage.project if project_id else None, role=role)
        answers = [
            await stage.ask("POST", path, {"name": "x"}, key=lesser),
            await stage.ask("GET", path, key=lesser),
            await stage.ask("DELETE", f"{path}/{ids.new_uuid()}", key=lesser),
        ]
        assert [403] * 3 == [answer.status_code for answer in answers]


async def test_no_key_outlives_the_one_it_was_made_with(stage, place):
    """Mallory was let in for an hour, and makes herself a key for good."""
    path, _, model = place
    hour = model.from_json((await stage.ask("POST", path, {"name": "hour", "expires_at": SOON})).text)
    later = await stage.ask("POST", path, {"name": "x", "expires_at": "2026-11-23T01:00:00.001Z"}, key=hour.value)
    endless = model.from_json((await stage.ask("POST", path, {"name": "x"}, key=hour.value)).text)
    shorter = await stage.ask("POST", path, {"name": "x", "expires_at": "2026-11-23T00:30:00Z"}, key=hour.value)

    assert (400, 201) == (later.status_code, shorter.status_code)
    assert "no key outlives that" in reason(later)
    assert hour.expires_at == endless.expires_at


async def test_keys_are_bounded(stage, place, monkeypatch):
    path, _, _ = place
    monkeypatch.setattr(keys, "MAX_KEYS", 2)
    answers = [await stage.ask("POST", path, {"name": str(number)}) for number in range(3)]

    assert 409 == answers[-1].status_code
    assert "headwater list keys" in reason(answers[-1])


async def test_a_tokens_text_is_not_on_the_disk(stage, place, tmp_path):
    path, _, model = place
    made = model.from_json((await stage.ask("POST", path, {"name": "ci"})).text)

    assert made.value.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert START.isoformat(timespec="seconds").replace("+00:00", "") <= made.created_at.isoformat()
