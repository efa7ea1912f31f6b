import httpx
from identity_stage import (
    ADA,
    AS_JSON,
    GRACE,
    PASSWORD,
    Stage,
    csrf_token,
    message_ids,
    start_in_browser,
    submit,
)

from headwater.identity.flows import csrf
from headwater.store.tables import identities, sessions

SESSION_COOKIE = "ory_kratos_session"


def csrf_cookie(stage: Stage) -> str:
    return csrf.cookie_name(stage.public_url)


async def test_a_single_page_app_signs_up_and_is_signed_in_by_cookie(stage, client):
    flow = await start_in_browser(client)
    answer = await submit(client, flow, ADA, csrf_token=csrf_token(flow))

    assert answer.status_code == 200, answer.text
    assert answer.json()["session"]["identity"]["traits"] == ADA
    assert answer.json()["continue_with"] == []
    assert "session_token" not in answer.json()
    whoami = await client.get("/sessions/whoami")
    assert whoami.json()["identity"]["id"] == answer.json()["identity"]["id"]


async def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(stage, client):
    flow = await start_in_browser(client)
    answer = await submit(client, flow, ADA, csrf_token=csrf_token(flow))

    cookies = [value.lower() for name, value in answer.headers.multi_items() if name == "set-cookie"]
    assert len(cookies) == 2
    for cookie in cookies:
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert "secure" not in cookie  # the public URL is http


async def test_behind_https_cookies_are_secure(tmp_path):
    stage = await Stage(tmp_path, public_url="https://id.example.org").open()
    async with stage.client() as client:
        answer = await client.get("/self-service/registration/browser", headers=AS_JSON)
    await stage.close()

    assert "secure" in answer.headers["set-cookie"].lower()


async def test_refuses_a_cross_site_request_forgery(stage, client):
    flow = await start_in_browser(client)
    token = csrf_token(flow)
    own = f"{csrf_cookie(stage)}={client.cookies[csrf_cookie(stage)]}"
    attempts = {
        "no token": ({}, own),
        "a wrong token": ({"csrf_token": token[:-1] + ("0" if token[-1] != "0" else "1")}, own),
        "a token that isn't even text like one": ({"csrf_token": "\u00e4\u0000."}, own),
        "no cookie": ({"csrf_token": token}, ""),
        "other cookies only": ({"csrf_token": token}, "a=b"),
        "mallory's cookie": ({"csrf_token": csrf.token("mallory")}, f"{csrf_cookie(stage)}=mallory"),
    }
    for what, (body, cookie) in attempts.items():
        async with stage.client(headers={"Cookie": cookie} if cookie else {}) as forged:
            answer = await submit(forged, flow, ADA, **body)
        assert answer.status_code == 403, what
        assert answer.json()["error"]["id"] == "security_csrf_violation"
        assert answer.json()["error"]["details"]["reject_reason"]
    assert await stage.count(identities) == 0


async def test_the_token_may_come_in_the_header(client):
    flow = await start_in_browser(client)
    body = {"method": "password", "password": PASSWORD, "traits": ADA}
    answer = await client.post(
        f"/self-service/registration?flow={flow['id']}", json=body, headers={"X-CSRF-Token": csrf_token(flow)}
    )

    assert answer.status_code == 200


async def test_the_form_never_shows_the_cookie_and_never_the_same_token_twice(stage, client):
    one, other = await start_in_browser(client), await start_in_browser(client)

    cookie = client.cookies[csrf_cookie(stage)]
    assert csrf_token(one) != csrf_token(other)
    assert cookie not in str(one)
    assert (await submit(client, one, ADA, csrf_token=csrf_token(one))).status_code == 200


async def test_a_planted_flow_cannot_be_used_in_someone_elses_browser(stage, client):
    """Session fixation: mallory starts a flow and makes ada's browser finish it."""
    flow = await start_in_browser(client)
    async with stage.client() as ada:
        hers = await start_in_browser(ada)
        answer = await submit(ada, flow, ADA, csrf_token=csrf_token(hers))
        assert answer.status_code == 403
        seen = await ada.get("/self-service/registration/flows", params={"id": flow["id"]})
        assert seen.status_code == 403


async def test_a_planted_session_or_csrf_cookie_is_worth_nothing_after_sign_up(stage, client):
    """Session fixation: a token that was there before never becomes the session's."""
    name = csrf_cookie(stage)
    client.cookies = httpx.Cookies()
    client.cookies.set(SESSION_COOKIE, "ory_st_planted", domain="127.0.0.1", path="/")
    client.cookies.set(name, "planted", domain="127.0.0.1", path="/")
    flow = await start_in_browser(client)
    answer = await submit(client, flow, ADA, csrf_token=csrf_token(flow))

    assert answer.status_code == 200
    assert answer.cookies[SESSION_COOKIE].startswith("ory_st_")
    assert answer.cookies[SESSION_COOKIE] != "ory_st_planted"
    assert answer.cookies[name] != "planted"
    async with stage.client(cookies={SESSION_COOKIE: "ory_st_planted"}) as mallory:
        assert (await mallory.get("/sessions/whoami")).status_code == 401


async def test_a_browser_that_wants_a_page_is_told_the_truth(client):
    for headers in ({"Accept": "text/html"}, {"Accept": "*/*"}):
        answer = await client.get("/self-service/registration/browser", headers=headers)
        assert answer.status_code == 501
        assert answer.json()["error"]["id"] == "not_supported_yet"


async def test_a_refused_submit_leaves_a_form_that_can_be_sent_again(client):
    flow = await start_in_browser(client)
    answer = await submit(client, flow, {"email": "nobody"}, csrf_token=csrf_token(flow))
    assert answer.status_code == 400
    assert message_ids(answer.json(), "traits.email") == [4000040]

    again = await submit(client, flow, ADA, csrf_token=csrf_token(answer.json()))
    assert again.status_code == 200


async def test_an_expired_browser_flow_is_replaced_for_the_same_browser(stage, client):
    flow = await start_in_browser(client)
    stage.clock.advance(3601)
    answer = await submit(client, flow, ADA, csrf_token=csrf_token(flow))
    assert answer.status_code == 410

    params = {"id": answer.json()["use_flow_id"]}
    fresh = (await client.get("/self-service/registration/flows", params=params)).json()
    assert (await submit(client, fresh, GRACE, csrf_token=csrf_token(fresh))).status_code == 200
    assert await stage.count(sessions) == 1
