from urllib.parse import parse_qs, urlsplit

import pytest
from identity_stage import ADA, AS_JSON, GRACE, message_ids, node, register
from login_stage import (
    AS_PAGE,
    WRONG,
    LoginStage,
    in_app,
    password_of,
    post_form,
    send,
    whoami,
    with_return_urls,
)

from headwater.identity.flows.follow_up import FollowUp
from headwater.store.tables import sessions

SESSION = "ory_kratos_session"
APP = "https://app.example.org"


@pytest.fixture
async def stage(tmp_path):
    stage = await LoginStage(tmp_path).open()
    async with stage.client() as client:
        await register(client)
        await register(client, GRACE)
    stage.revise(with_return_urls)
    yield stage
    await stage.close()


@pytest.fixture
async def browser(stage):
    async with stage.client() as client:
        yield client


async def test_an_app_gets_the_form_and_the_anti_csrf_cookie(browser):
    answer = await browser.get("/self-service/login/browser", headers=AS_JSON)

    assert answer.status_code == 200
    assert answer.json()["type"] == "browser"
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("csrf_token_")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "no-store" in answer.headers["cache-control"]


async def test_an_app_is_signed_in_by_cookie_and_gets_no_token(browser):
    answer = await send(browser, await in_app(browser), password_of(ADA["email"]))

    assert answer.status_code == 200
    assert "session_token" not in answer.json()
    assert answer.json()["session"]["identity"]["traits"]["email"] == ADA["email"]
    welcome = "http://127.0.0.1:4433/ui/welcome"
    assert answer.json()["continue_with"] == [{"action": "redirect_browser_to", "redirect_browser_to": welcome}]
    given = answer.headers.get_list("set-cookie")
    assert [text.split("=")[0][:10] for text in given] == ["csrf_token", SESSION[:10]]
    assert "Max-Age=86400" in given[1]
    assert (await whoami(browser)).json()["identity"]["traits"]["email"] == ADA["email"]


async def test_a_page_goes_to_the_form_and_from_it_to_where_it_wanted(browser):
    started = await browser.get(f"/self-service/login/browser?return_to={APP}/a", headers=AS_PAGE)
    assert started.status_code == 303
    flow = await _flow_at(browser, started, "/ui/login")
    answer = await post_form(browser, flow, password_of(ADA["email"]))

    assert answer.status_code == 303
    assert answer.headers["location"] == f"{APP}/a"
    assert (await whoami(browser)).status_code == 200


async def test_a_page_with_a_wrong_password_goes_back_to_the_form(browser):
    flow = await _flow_at(browser, await browser.get("/self-service/login/browser", headers=AS_PAGE), "/ui/login")
    answer = await post_form(browser, flow, password_of(ADA["email"], WRONG))

    assert answer.status_code == 303
    shown = await _flow_at(browser, answer, "/ui/login")
    assert shown["id"] == flow["id"]
    assert message_ids(shown) == [4000006]
    assert node(shown, "identifier")["attributes"]["value"] == ADA["email"]
    assert "value" not in node(shown, "password")["attributes"]


async def test_a_method_has_a_place_of_its_own_to_return_to(stage, browser):
    def change(whole):
        whole["selfservice"]["flows"]["login"]["after"]["password"]["default_browser_return_url"] = f"{APP}/in"

    stage.revise(change)
    answer = await post_form(browser, await in_app(browser), password_of(ADA["email"]))
    assert answer.headers["location"] == f"{APP}/in"


async def test_what_goes_wrong_on_a_page_is_kept_for_the_error_page(browser):
    answer = await browser.get("/self-service/login/browser?aal=aal2", headers=AS_PAGE)

    assert answer.status_code == 303
    where = urlsplit(answer.headers["location"])
    assert where.path == "/ui/error"
    error = (await browser.get(f"/self-service/errors?{where.query}")).json()["error"]
    assert error["id"] == "session_aal1_required"


async def test_whoever_is_signed_in_goes_on_to_where_they_wanted(browser):
    await send(browser, await in_app(browser), password_of(ADA["email"]))
    page = await browser.get("/self-service/login/browser", headers=AS_PAGE)
    wanted = await browser.get(f"/self-service/login/browser?return_to={APP}/a", headers=AS_PAGE)
    app = await browser.get("/self-service/login/browser", headers=AS_JSON)

    assert (page.status_code, page.headers["location"]) == (303, "http://127.0.0.1:4433/ui/welcome")
    assert wanted.headers["location"] == f"{APP}/a"
    assert app.status_code == 400
    assert app.json()["error"]["id"] == "session_already_available"


async def test_a_form_submitted_twice_is_no_attack_but_done(browser):
    flow = await in_app(browser)
    await post_form(browser, flow, password_of(ADA["email"]))
    again = await post_form(browser, flow, password_of(ADA["email"]))
    from_app = await send(browser, flow, password_of(ADA["email"]))

    assert (again.status_code, again.headers["location"]) == (303, "http://127.0.0.1:4433/ui/welcome")
    assert from_app.status_code == 400
    assert from_app.json()["error"]["id"] == "session_already_available"


async def test_a_refresh_keeps_the_session_and_the_anti_csrf_cookie(stage, browser):
    await send(browser, await in_app(browser), password_of(ADA["email"]))
    before = browser.cookies[SESSION]
    flow = await in_app(browser, "?refresh=true")
    answer = await send(browser, flow, password_of(ADA["email"]))

    assert answer.status_code == 200
    assert [text.split("=")[0] for text in answer.headers.get_list("set-cookie")] == [SESSION]
    assert browser.cookies[SESSION] == before
    assert await stage.count(sessions) == 3  # two registrations, one login


async def test_session_fixation_a_planted_cookie_is_worth_nothing_after_sign_in(stage, browser):
    browser.cookies.set(SESSION, "ory_st_mallory_knows_this", domain="127.0.0.1")
    await send(browser, await in_app(browser), password_of(ADA["email"]))

    async with stage.client() as mallory:
        assert (await whoami(mallory, "ory_st_mallory_knows_this")).status_code == 401


async def test_session_fixation_the_token_of_an_ended_session_is_not_used_again(stage, browser):
    await send(browser, await in_app(browser), password_of(ADA["email"]))
    first = browser.cookies[SESSION]
    await stage.database.write(lambda connection: connection.execute(sessions.update().values(active=False)))
    await send(browser, await in_app(browser), password_of(ADA["email"]))

    assert browser.cookies[SESSION] != first
    async with stage.client() as mallory:
        assert (await whoami(mallory, first)).status_code == 401


async def test_login_csrf_mallory_cannot_make_ada_submit_his_flow(stage, browser):
    async with stage.client() as mallory:
        his = await in_app(mallory)
    await in_app(browser)
    answer = await send(browser, his, password_of(GRACE["email"]))

    assert answer.status_code == 403
    assert answer.json()["error"]["id"] == "security_csrf_violation"
    assert (await whoami(browser)).status_code == 401


@pytest.mark.parametrize("token", ["", "nope"], ids=["missing", "wrong"])
async def test_csrf_a_submit_without_the_forms_token_signs_nobody_in(browser, token):
    flow = await in_app(browser)
    body = {**password_of(ADA["email"]), "csrf_token": token}
    answer = await browser.post(f"/self-service/login?flow={flow['id']}", json=body, headers=AS_JSON)

    assert answer.status_code == 403
    assert (await whoami(browser)).status_code == 401


async def test_a_flow_is_shown_to_its_own_browser_only(stage, browser):
    flow = await in_app(browser)
    async with stage.client() as mallory:
        assert (await mallory.get(f"/self-service/login/flows?id={flow['id']}")).status_code == 403
    assert (await browser.get(f"/self-service/login/flows?id={flow['id']}")).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example",
        "https://app.example.org.evil.example/",
        "https://app.example.org@evil.example/",
        "javascript:alert(1)",
        "https://evil.example\\@app.example.org/",
    ],
)
async def test_open_redirect_by_return_to_is_refused(browser, url):
    answer = await browser.get("/self-service/login/browser", params={"return_to": url}, headers=AS_JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["id"] == "self_service_flow_return_to_forbidden"


async def test_a_host_header_changes_no_address_we_give(browser):
    answer = await browser.get("/self-service/login/browser", headers={**AS_JSON, "Host": "evil.example"})
    page = await browser.get("/self-service/login/browser", headers={**AS_PAGE, "Host": "evil.example"})

    assert "evil.example" not in answer.text
    assert "evil.example" not in page.headers["location"]


async def test_an_expired_form_is_replaced_by_a_fresh_one(stage, browser):
    flow = await in_app(browser)
    stage.clock.advance(3601)
    answer = await post_form(browser, flow, password_of(ADA["email"]))

    fresh = await _flow_at(browser, answer, "/ui/login")
    assert fresh["id"] != flow["id"]
    assert message_ids(fresh) == [4010001]
    assert (await post_form(browser, fresh, password_of(ADA["email"]))).headers["location"].endswith("/ui/welcome")


async def test_an_address_must_be_verified_first_where_the_project_says_so(stage, browser):
    opened = _require_verified(stage)
    answer = await send(browser, await in_app(browser), password_of(ADA["email"]))

    assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["id"] == "session_verified_address_required"
    assert error["details"]["continue_with"] == [{"action": "show_verification_ui", "flow": {"id": "f"}}]
    assert (await whoami(browser)).status_code == 401
    assert opened == [ADA["email"], "stored"]

    page = await post_form(browser, await in_app(browser), password_of(ADA["email"]))
    assert (page.status_code, page.headers["location"]) == (303, "http://127.0.0.1:4433/ui/verification?flow=f")


async def test_a_wrong_password_begins_no_verification(stage, browser):
    opened = _require_verified(stage)
    answer = await send(browser, await in_app(browser), password_of(ADA["email"], WRONG))

    assert message_ids(answer.json()) == [4000006]
    assert opened == []


async def test_a_verified_address_is_enough(stage, browser):
    _require_verified(stage)
    await stage.database.write(lambda c: c.exec_driver_sql("UPDATE addresses SET verified = 1"))
    assert (await send(browser, await in_app(browser), password_of(ADA["email"]))).status_code == 200


async def test_a_second_factor_that_is_due_sends_the_browser_on(stage, browser, monkeypatch):
    monkeypatch.setattr(stage.assurance, "available", lambda _account: "aal2")
    answer = await send(browser, await in_app(browser), password_of(ADA["email"]))

    onward = "http://127.0.0.1:4433/self-service/login/browser?aal=aal2"
    assert answer.status_code == 422
    assert answer.json()["redirect_browser_to"] == onward
    refused = await whoami(browser)
    assert refused.status_code == 403
    assert refused.json()["error"]["id"] == "session_aal2_required"
    assert refused.json()["redirect_browser_to"] == onward


async def test_a_native_app_that_owes_a_second_factor_sees_nothing_of_the_person(stage, browser, monkeypatch):
    monkeypatch.setattr(stage.assurance, "available", lambda _account: "aal2")
    flow = (await browser.get("/self-service/login/api")).json()
    done = (await browser.post(f"/self-service/login?flow={flow['id']}", json=password_of(ADA["email"]))).json()

    assert done["session_token"]
    assert "identity" not in done["session"]


def _require_verified(stage):
    opened = []

    async def open_verification(_account, address, **_more):
        opened.append(address.value)
        return FollowUp(
            store=lambda _connection: opened.append("stored"),
            item={"action": "show_verification_ui", "flow": {"id": "f"}},
            location="http://127.0.0.1:4433/ui/verification?flow=f",
        )

    def change(whole):
        whole["selfservice"]["flows"]["login"]["after"]["hooks"] = [{"hook": "require_verified_address"}]
        whole["selfservice"]["flows"]["verification"]["enabled"] = True

    stage.revise(change)
    stage.verification = open_verification
    return opened


async def _flow_at(browser, answer, path):
    where = urlsplit(answer.headers["location"])
    assert where.path == path
    flow_id = parse_qs(where.query)["flow"][0]
    return (await browser.get(f"/self-service/login/flows?id={flow_id}")).json()
