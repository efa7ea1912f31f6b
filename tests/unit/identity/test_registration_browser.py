import httpx
from identity_stage import (
    ADA,
    AS_JSON,
    GRACE,
    PASSWORD,
    PUBLIC_URL,
    Stage,
    csrf_token,
    message_ids,
    node,
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
    welcome = {"action": "redirect_browser_to", "redirect_browser_to": f"{PUBLIC_URL}/ui/welcome"}
    assert answer.json()["continue_with"] == [welcome]
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


PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def location(answer):
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def shown(client, url):
    """Return the flow that an interface at `url` asks for."""
    flow_id = url.partition("?flow=")[2]
    return (await client.get("/self-service/registration/flows", params={"id": flow_id}, headers=AS_JSON)).json()


async def test_a_browser_goes_from_page_to_page(stage, client):
    begun = location(await client.get("/self-service/registration/browser", headers=PAGE))
    assert begun.startswith(f"{PUBLIC_URL}/ui/registration?flow=")
    flow = await shown(client, begun)
    form = {"method": "password", "password": "short", "traits.email": "ada@example.org"}

    refused = await client.post(flow["ui"]["action"], data={**form, "csrf_token": csrf_token(flow)}, headers=PAGE)
    assert location(refused) == begun
    flow = await shown(client, begun)
    assert message_ids(flow, "password") == [4000032]
    assert node(flow, "traits.email")["attributes"]["value"] == "ada@example.org"

    form |= {"password": PASSWORD, "csrf_token": csrf_token(flow)}
    done = await client.post(flow["ui"]["action"], data=form, headers=PAGE)
    assert location(done) == f"{PUBLIC_URL}/ui/welcome"
    assert (await client.get("/sessions/whoami")).json()["identity"]["traits"]["email"] == "ada@example.org"
    # Whoever is signed in already is sent on.
    again = await client.get("/self-service/registration/browser", headers=PAGE)
    assert location(again) == f"{PUBLIC_URL}/ui/welcome"


async def test_a_browser_ends_where_the_flow_the_method_or_the_project_says(stage, client):
    place = "http://127.0.0.1:4433/shop"

    def change(whole):
        after = whole["selfservice"]["flows"]["registration"]["after"]
        after["default_browser_return_url"] = f"{place}/any"
        after["password"]["default_browser_return_url"] = f"{place}/password"

    stage.revise(change)
    for query, expected in (("", f"{place}/password"), (f"?return_to={place}/asked", f"{place}/asked")):
        async with stage.client() as browser:
            begun = location(await browser.get(f"/self-service/registration/browser{query}", headers=PAGE))
            flow = await shown(browser, begun)
            form = {"method": "password", "password": PASSWORD, "traits.email": f"a{len(query)}@example.org"}
            form["csrf_token"] = csrf_token(flow)
            assert location(await browser.post(flow["ui"]["action"], data=form, headers=PAGE)) == expected


async def test_what_goes_wrong_in_a_browser_is_told_on_the_error_page(stage, client):
    params = {"return_to": "https://mallory.example/"}
    forbidden = await client.get("/self-service/registration/browser", params=params, headers=PAGE)
    address = location(forbidden)
    assert address.startswith(f"{PUBLIC_URL}/ui/error?id=")

    error_id = address.partition("?id=")[2]
    told = (await client.get("/self-service/errors", params={"id": error_id})).json()
    assert told["id"] == error_id
    assert told["error"]["id"] == "self_service_flow_return_to_forbidden"
    assert (await client.get("/self-service/errors", params={"id": "nonsense"})).status_code == 404

    stage.clock.advance(24 * 3600 + 1)
    await client.get("/self-service/registration/browser", params=params, headers=PAGE)
    assert (await client.get("/self-service/errors", params={"id": error_id})).status_code == 404


async def test_an_expired_flow_leads_a_browser_to_a_fresh_one_that_says_so(stage, client):
    flow = await shown(client, location(await client.get("/self-service/registration/browser", headers=PAGE)))
    stage.clock.advance(3601)
    form = {"method": "password", "password": PASSWORD, "traits.email": "ada@example.org"}

    late = await client.post(flow["ui"]["action"], data={**form, "csrf_token": csrf_token(flow)}, headers=PAGE)

    fresh = await shown(client, location(late))
    assert fresh["id"] != flow["id"]
    assert message_ids(fresh) == [4040001]
    assert await stage.count(identities) == 0


async def test_a_browser_that_calls_this_machine_by_its_other_name_is_led_to_the_one_of_our_cookies(client):
    answer = await client.get(
        "/self-service/registration/browser?return_to=/a", headers={**PAGE, "Host": "localhost:4433"}
    )

    assert location(answer) == f"{PUBLIC_URL}/self-service/registration/browser?return_to=/a"
    # A name that is not this machine's leads nowhere else: the Host header is anybody's to write.
    other = await client.get("/self-service/registration/browser", headers={**PAGE, "Host": "mallory.example"})
    assert location(other).startswith(f"{PUBLIC_URL}/ui/registration?flow=")
