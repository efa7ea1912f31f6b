import pytest
from identity_stage import register

from headwater.store.tables import sessions


@pytest.mark.parametrize(
    "bring",
    [
        lambda token: {"headers": {"X-Session-Token": token}},
        lambda token: {"headers": {"Authorization": f"Bearer {token}"}},
        lambda token: {"headers": {"Cookie": f"ory_kratos_session={token}"}},
    ],
)
async def test_a_token_is_heard_wherever_ory_clients_put_it(client, bring):
    done = await register(client)
    answer = await client.get("/sessions/whoami", **bring(done["session_token"]))

    assert answer.status_code == 200
    assert answer.headers["X-Kratos-Authenticated-Identity-Id"] == done["identity"]["id"]
    session = answer.json()
    assert session["id"] == done["session"]["id"]
    assert session["active"] is True
    assert session["authenticator_assurance_level"] == "aal1"
    assert session["authentication_methods"][0]["method"] == "password"
    assert session["devices"][0]["ip_address"] == "127.0.0.1"
    assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Session-Token": "ory_st_nonsense"},
        {"X-Session-Token": "' OR 1=1 --"},
        {"Cookie": "ory_kratos_session=MTY5OHxwZm9yZWlnbg=="},  # of another installation
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
    ],
)
async def test_nobody_is_signed_in_without_a_token_of_ours(client, headers):
    await register(client)
    answer = await client.get("/sessions/whoami", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error"]["id"] == "session_inactive"


async def test_the_first_token_decides_so_a_bad_header_is_not_saved_by_a_good_cookie(client):
    token = (await register(client))["session_token"]
    headers = {"X-Session-Token": "ory_st_bad", "Cookie": f"ory_kratos_session={token}"}

    assert (await client.get("/sessions/whoami", headers=headers)).status_code == 401


async def test_a_session_ends_with_its_lifespan(stage, client):
    headers = {"X-Session-Token": (await register(client))["session_token"]}
    stage.clock.advance(24 * 3600 - 1)
    assert (await client.get("/sessions/whoami", headers=headers)).status_code == 200
    stage.clock.advance(2)
    assert (await client.get("/sessions/whoami", headers=headers)).status_code == 401


async def test_the_token_is_stored_hashed_only(stage, client):
    token = (await register(client))["session_token"]
    row = await stage.database.read(lambda connection: connection.execute(sessions.select()).one())

    assert token not in str(row)


async def test_a_session_of_another_project_is_not_ours(stage, client):
    token = (await register(client))["session_token"]
    stage.project_id = "22222222-2222-4222-8222-222222222222"

    assert (await client.get("/sessions/whoami", headers={"X-Session-Token": token})).status_code == 401
