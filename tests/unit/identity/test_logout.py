from urllib.parse import parse_qs, urlsplit

import pytest
from identity_stage import ADA, AS_JSON, GRACE, register
from login_stage import AS_PAGE, LoginStage, in_app, password_of, send, sign_in, whoami, with_return_urls

from headwater.core.errors import UnavailableError
from headwater.store.tables import sessions

SESSION = "ory_kratos_session"
APP = "https://app.example.org"
START = "/self-service/logout/browser"


@pytest.fixture
async def stage(tmp_path):
    stage = await LoginStage(tmp_path).open()
    async with stage.client() as client:
        await register(client)
    stage.revise(with_return_urls)
    yield stage
    await stage.close()


@pytest.fixture
async def ada(stage):
    """Ada's browser, signed in."""
    async with stage.client() as browser:
        await send(browser, await in_app(browser), password_of(ADA["email"]))
        yield browser


async def link(browser, query=""):
    answer = await browser.get(START + query, headers=AS_JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()["logout_url"]


@pytest.mark.parametrize("accept", [AS_JSON, AS_PAGE], ids=["app", "page"])
async def test_the_link_is_json_for_every_client(ada, accept):
    answer = await ada.get(START, headers=accept)

    assert answer.status_code == 200
    token = answer.json()["logout_token"]
    assert token.startswith("ory_lo_")
    assert answer.json()["logout_url"] == f"http://127.0.0.1:4433/self-service/logout?token={token}"


async def test_without_a_session_there_is_nothing_to_end(client):
    app = await client.get(START, headers=AS_JSON)
    page = await client.get(START, headers=AS_PAGE)

    assert app.status_code == 401
    assert app.json()["error"]["id"] == "session_inactive"
    assert page.status_code == 303
    assert urlsplit(page.headers["location"]).path == "/ui/error"


async def test_an_app_is_signed_out(stage, ada):
    token = ada.cookies[SESSION]
    csrf = next(value for name, value in ada.cookies.items() if name.startswith("csrf_token"))
    answer = await ada.get(await link(ada), headers=AS_JSON)

    assert answer.status_code == 204
    assert answer.content == b""
    assert SESSION not in ada.cookies
    assert next(value for name, value in ada.cookies.items() if name.startswith("csrf_token")) != csrf
    async with stage.client() as mallory:
        assert (await whoami(mallory, token)).status_code == 401


async def test_a_page_is_signed_out_and_sent_on(ada):
    answer = await ada.get(await link(ada), headers=AS_PAGE)

    assert answer.status_code == 303
    assert answer.headers["location"] == "http://127.0.0.1:4433/ui/login"
    assert SESSION not in ada.cookies


async def test_the_page_goes_where_the_link_says(ada):
    url = await link(ada, f"?return_to={APP}/bye")
    assert parse_qs(urlsplit(url).query)["return_to"] == [f"{APP}/bye"]
    assert (await ada.get(url, headers=AS_PAGE)).headers["location"] == f"{APP}/bye"


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "https://app.example.org.evil.example"])
async def test_open_redirect_by_logout_return_to_is_refused(ada, url):
    asked = await ada.get(START, params={"return_to": url}, headers=AS_JSON)
    performed = await ada.get(f"{await link(ada)}&return_to={url}", headers=AS_JSON)

    for answer in (asked, performed):
        assert answer.status_code == 400
        assert answer.json()["error"]["id"] == "self_service_flow_return_to_forbidden"
    assert (await whoami(ada)).status_code == 200


async def test_csrf_another_site_cannot_sign_ada_out(stage, ada):
    async with stage.client() as mallory:
        await send(mallory, await in_app(mallory), password_of(ADA["email"]))
        his = await link(mallory)
    for url, status in (("/self-service/logout", 400), ("/self-service/logout?token=nope", 403), (his, 403)):
        assert (await ada.get(url, headers=AS_JSON)).status_code == status
    assert (await whoami(ada)).status_code == 200


async def test_a_used_link_ends_nothing_again(ada):
    url = await link(ada)
    await ada.get(url, headers=AS_JSON)
    again = await ada.get(url, headers=AS_JSON)
    assert again.status_code == 401
    assert again.json()["error"]["id"] == "session_inactive"


async def test_token_replay_after_logout_is_refused(stage, client):
    token = (await sign_in(client))["session_token"]
    assert (
        await client.request("DELETE", "/self-service/logout/api", json={"session_token": token})
    ).status_code == 204

    for headers in (
        {"X-Session-Token": token},
        {"Authorization": f"Bearer {token}"},
        {"Cookie": f"{SESSION}={token}"},
    ):
        assert (await client.get("/sessions/whoami", headers=headers)).status_code == 401
        assert (await client.get("/sessions", headers=headers)).status_code == 401


async def test_a_native_app_may_sign_out_again(stage, client):
    body = {"session_token": (await sign_in(client))["session_token"], "more": 1}
    for _ in range(2):
        assert (await client.request("DELETE", "/self-service/logout/api", json=body)).status_code == 204
    assert [event["event"] for event in await stage.events()].count("Signed Out") == 1


@pytest.mark.parametrize(
    "body", [{}, {"session_token": ""}, {"session_token": "nope"}], ids=["none", "empty", "unknown"]
)
async def test_a_token_that_is_nobodys_is_forbidden(client, body):
    answer = await client.request("DELETE", "/self-service/logout/api", json=body)
    assert answer.status_code == 403


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"session_token": 7}', b"[" * 10_000], ids=range(5))
async def test_a_body_that_is_none_is_refused(client, content):
    answer = await client.request(
        "DELETE", "/self-service/logout/api", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400


async def test_the_logout_token_is_stored_nowhere(stage, ada):
    token = parse_qs(urlsplit(await link(ada)).query)["token"][0]
    rows = await stage.database.read(lambda c: str(c.execute(sessions.select()).all()))
    assert token not in rows
    assert token.removeprefix("ory_lo_") not in rows


async def test_signing_out_ends_this_session_alone(stage, ada, client):
    await register(client, GRACE)
    other = (await sign_in(client))["session_token"]
    await ada.get(await link(ada), headers=AS_JSON)
    assert (await whoami(client, other)).status_code == 200


async def test_signed_out_is_told_to_the_log_with_the_session_or_not_at_all(stage, ada, monkeypatch):
    url = await link(ada)

    def dies(*_arguments, **_more):
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr("headwater.identity.logout.outbox.enqueue", dies)
        assert (await ada.get(url, headers=AS_JSON)).status_code == 503
    assert (await whoami(ada)).status_code == 200

    ada.cookies.set("ajs_anonymous_id", "%22visitor-1%22", domain="127.0.0.1")
    await ada.get(url, headers=AS_JSON)
    event = (await stage.events())[-1]
    assert event["event"] == "Signed Out"
    assert event["anonymousId"] == "visitor-1"
    assert event["properties"]["flow_type"] == "browser"
