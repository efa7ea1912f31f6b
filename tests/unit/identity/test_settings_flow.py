"""Settings: what people change about themselves, for each kind of client. Compared with the real Kratos."""

import asyncio
from urllib.parse import quote

import pytest
from identity_stage import (
    ADA,
    AS_JSON,
    GRACE,
    PASSWORD,
    PUBLIC_URL,
    csrf_token,
    message_ids,
    node,
    register,
    start_in_browser,
    submit,
    web_hook,
)
from sqlalchemy import select

from headwater.identity.sessions import sessions as session_records
from headwater.identity.settings import keeping
from headwater.store.tables import addresses, credentials, flows, sessions

PAGE = {"Accept": "text/html"}
NEW_PASSWORD = "another horse battery"
HOUR = 3600


def shape(flow):
    """Return each node as `group name type`."""
    return [f"{n['group']} {n['attributes']['name']} {n['attributes']['type']}" for n in flow["ui"]["nodes"]]


class Native:
    """Somebody with a native app."""

    def __init__(self, client, done):
        self.client = client
        self.identity = done["identity"]
        self.headers = {"X-Session-Token": done["session_token"]}

    async def settings(self):
        answer = await self.client.get("/self-service/settings/api", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def save(self, flow, **body):
        url = f"/self-service/settings?flow={flow['id']}"
        return await self.client.post(url, headers=self.headers, json=body)


@pytest.fixture
async def ada(client):
    return Native(client, await register(client))


@pytest.fixture
async def browser(stage):
    """Ada's browser, signed in."""
    async with stage.client() as browser:
        flow = await start_in_browser(browser)
        done = await submit(browser, flow, ADA, csrf_token=csrf_token(flow))
        assert done.status_code == 200
        yield browser


async def in_browser(browser):
    answer = await browser.get("/self-service/settings/browser", headers=AS_JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(browser, flow, headers=AS_JSON, **body):
    body = {"csrf_token": csrf_token(flow), **body}
    if headers is PAGE:
        return await browser.post(flow["ui"]["action"], headers=headers, data=body)
    return await browser.post(flow["ui"]["action"], headers=headers, json=body)


async def test_the_form_shows_the_person_as_they_are(ada):
    flow = await ada.settings()

    assert shape(flow) == [
        "default csrf_token hidden",
        "profile traits.email email",
        "profile traits.name text",
        "profile traits.consent.newsletter checkbox",
        "profile traits.age number",
        "profile traits.code text",
        "profile traits.tags text",
        "profile method submit",
        "password password password",
        "password method submit",
    ]
    assert node(flow, "traits.name")["attributes"]["value"] == "Ada"
    assert flow["identity"]["id"] == ada.identity["id"]
    assert flow["state"] == "show_form"


async def test_traits_are_saved_with_their_event(stage, ada):
    flow = await ada.settings()
    saved = await ada.save(
        flow, method="profile", traits={**ADA, "name": "Countess"}, transient_payload={"anonymousId": "v"}
    )

    assert saved.status_code == 200, saved.text
    assert saved.json()["state"] == "success"
    assert message_ids(saved.json()) == [1050001]
    assert saved.json()["identity"]["traits"]["name"] == "Countess"
    assert node(saved.json(), "traits.name")["attributes"]["value"] == "Countess"
    event = (await stage.events())[-1]
    assert (event["event"], event["userId"], event["anonymousId"]) == ("Profile Updated", ada.identity["id"], "v")
    # The flow may be used again.
    assert (await ada.save(flow, method="profile", traits=ADA)).json()["identity"]["traits"] == ADA


async def test_a_new_password_counts_and_the_old_one_does_not(stage, ada):
    saved = await ada.save(await ada.settings(), method="password", password=NEW_PASSWORD)
    assert message_ids(saved.json()) == [1050001]

    hashed = await stage.database.read(lambda c: c.execute(select(credentials.c.config)).scalar_one())
    assert NEW_PASSWORD not in hashed
    assert [item["event"] for item in await stage.events()] == ["Signed Up", "Credential Changed"]
    same = await ada.save(await ada.settings(), method="password", password=NEW_PASSWORD)
    assert message_ids(same.json(), "password") == [4000039]
    other = await ada.save(await ada.settings(), method="password", password=PASSWORD)
    assert message_ids(other.json()) == [1050001]


@pytest.mark.parametrize(
    ("body", "where", "message_id"),
    [
        ({"method": "password", "password": "short"}, "password", 4000032),
        ({"method": "password", "password": "ada@example.org"}, "password", 4000031),
        ({"method": "password"}, "password", 4000002),
        ({"method": "profile", "traits": {"email": "nobody"}}, "traits.email", 4000040),
        ({"method": "profile"}, "traits.email", 4000002),
        ({"method": "profile", "traits": {**ADA, "nope": 1}}, "traits", 4000001),
        ({"method": "totp"}, None, 4010004),
        ({}, None, 4010004),
    ],
    ids=["short", "similar", "no-password", "malformed", "no-traits", "unknown-trait", "unknown-method", "no-method"],
)
async def test_what_does_not_fit_is_refused_and_changes_nothing(stage, ada, body, where, message_id):
    refused = await ada.save(await ada.settings(), **body)

    assert refused.status_code == 400
    assert message_ids(refused.json(), where) == [message_id]
    assert [item["event"] for item in await stage.events()] == ["Signed Up"]


async def test_an_address_that_is_somebody_elses_is_refused(client, ada):
    await register(client, GRACE)
    refused = await ada.save(await ada.settings(), method="profile", traits={**ADA, "email": GRACE["email"]})

    assert message_ids(refused.json()) == [4000007]


async def test_what_was_refused_is_not_shown_as_saved_by_a_later_success(client, ada):
    await register(client, GRACE)
    flow = await ada.settings()
    await ada.save(flow, method="profile", traits={**ADA, "email": GRACE["email"]})
    saved = await ada.save(flow, method="password", password=NEW_PASSWORD)

    assert node(saved.json(), "traits.email")["attributes"]["value"] == ADA["email"]


async def test_a_changed_address_is_to_be_proven_anew_and_signs_in(stage, ada):
    await ada.save(await ada.settings(), method="profile", traits={**ADA, "email": "lovelace@example.org"})

    rows = await stage.database.read(lambda c: c.execute(select(addresses)).all())
    assert {(row.value, row.verified) for row in rows} == {("lovelace@example.org", False)}


async def test_without_a_session_there_are_no_settings(client):
    native = await client.get("/self-service/settings/api")
    app = await client.get("/self-service/settings/browser", headers=AS_JSON)
    page = await client.get("/self-service/settings/browser?return_to=/a", headers=PAGE)

    for answer in (native, app):
        assert answer.status_code == 401
        assert answer.json()["error"]["id"] == "session_inactive"
    assert page.status_code == 303
    back = f"{PUBLIC_URL}/self-service/settings/browser?return_to=%2Fa"
    assert page.headers["location"] == f"{PUBLIC_URL}/self-service/login/browser?return_to={quote(back, safe='')}"


async def test_mallory_can_neither_see_nor_submit_adas_flow(client, ada):
    flow = await ada.settings()
    mallory = Native(client, await register(client, GRACE))
    seen = await client.get("/self-service/settings/flows", params={"id": flow["id"]}, headers=mallory.headers)
    sent = await mallory.save(flow, method="password", password=NEW_PASSWORD)

    for answer in (seen, sent):
        assert answer.status_code == 403
        assert answer.json()["error"]["id"] == "security_identity_mismatch"


async def test_cross_site_request_forgery_changes_no_password(stage, browser):
    flow = await in_browser(browser)
    for token in ("", "forged"):
        answer = await post(browser, flow, method="password", password=NEW_PASSWORD, csrf_token=token)
        assert answer.status_code == 403
        assert answer.json()["error"]["id"] == "security_csrf_violation"
    assert [item["event"] for item in await stage.events()] == ["Signed Up"]


async def test_an_old_session_may_change_a_name_but_neither_password_nor_address(stage, ada):
    stage.clock.advance(HOUR + 1)
    flow = await ada.settings()
    name = await ada.save(flow, method="profile", traits={**ADA, "name": "Countess"})
    assert message_ids(name.json()) == [1050001]

    for body in (
        {"method": "password", "password": NEW_PASSWORD},
        {"method": "profile", "traits": {**ADA, "email": "mallory@example.org"}},
    ):
        answer = await ada.save(flow, **body)
        assert answer.status_code == 403
        assert answer.json()["error"]["id"] == "session_refresh_required"
        assert answer.json()["redirect_browser_to"] == (
            f"{PUBLIC_URL}/self-service/login/browser?refresh=true&return_to="
            f"http%3A%2F%2F127.0.0.1%3A4433%2Fself-service%2Fsettings%3Fflow%3D{flow['id']}"
        )
    assert [item["event"] for item in await stage.events()] == ["Signed Up", "Profile Updated"]


async def renew(stage):
    """Let everybody have signed in just now."""
    now_ms = int(stage.clock.now().timestamp() * 1000)
    await stage.database.write(lambda c: c.execute(sessions.update().values(authenticated_at_ms=now_ms)))


@pytest.mark.parametrize(
    "form",
    [{"method": "password", "password": NEW_PASSWORD}, {"method": "profile", "traits.email": "lovelace@example.org"}],
    ids=["password", "address"],
)
async def test_a_browser_goes_on_where_it_was_after_signing_in_again(stage, browser, form):
    stage.clock.advance(HOUR + 1)
    flow = await in_browser(browser)
    away = await post(browser, flow, PAGE, **form)
    assert away.status_code == 303
    assert away.headers["location"].startswith(f"{PUBLIC_URL}/self-service/login/browser?refresh=true")
    stored = await stage.database.read(lambda c: c.execute(select(flows.c.document)).scalars().all())
    assert NEW_PASSWORD not in "".join(stored)

    back = f"/self-service/settings?flow={flow['id']}"
    too_early = await browser.get(back, headers=PAGE)
    assert too_early.status_code == 303
    assert [item["event"] for item in await stage.events()] == ["Signed Up"]
    await renew(stage)
    done = await browser.get(back, headers=PAGE)

    assert done.status_code == 303
    assert done.headers["location"] == f"{PUBLIC_URL}/ui/settings?flow={flow['id']}"
    assert len(await stage.events()) == 2
    again = await browser.get(back, headers=PAGE)  # a reload changes nothing twice
    assert again.status_code == 303
    assert len(await stage.events()) == 2


async def test_what_was_kept_for_one_browser_is_not_applied_by_another(stage, browser):
    stage.clock.advance(HOUR + 1)
    flow = await in_browser(browser)
    await post(browser, flow, PAGE, method="password", password=NEW_PASSWORD)
    await renew(stage)
    async with stage.client() as other:
        for name, value in browser.cookies.items():
            if name == "ory_kratos_session":
                other.cookies.set(name, value)
        answer = await other.get(f"/self-service/settings?flow={flow['id']}", headers=AS_JSON)

    assert answer.status_code == 403
    assert [item["event"] for item in await stage.events()] == ["Signed Up"]


async def test_a_browser_ends_at_its_settings_or_where_it_asked_to(browser):
    flow = await in_browser(browser)
    saved = await post(browser, flow, method="profile", traits={**ADA, "name": "Countess"})
    here = f"{PUBLIC_URL}/ui/settings?flow={flow['id']}"
    assert saved.json()["continue_with"] == [{"action": "redirect_browser_to", "redirect_browser_to": here}]

    asked = await browser.get(f"/self-service/settings/browser?return_to={PUBLIC_URL}/shop", headers=AS_JSON)
    form = {"method": "profile", "traits.email": ADA["email"], "traits.name": "Ada"}
    page = await post(browser, asked.json(), PAGE, **form)
    assert page.headers["location"] == f"{PUBLIC_URL}/shop"


async def sign_in_elsewhere(stage, identity_id):
    session, token = session_records.start(
        identity_id,
        methods=[],
        ip_address="",
        user_agent="",
        now_ms=int(stage.clock.now().timestamp() * 1000),
        lifespan_seconds=HOUR,
    )
    await stage.database.write(
        lambda c: session_records.insert_session(c, session, token=token, project_id=stage.project_id)
    )


async def test_other_sessions_end_with_a_new_password_where_the_project_says_so(stage, ada):
    await sign_in_elsewhere(stage, ada.identity["id"])
    await ada.save(await ada.settings(), method="password", password=NEW_PASSWORD)
    assert await active(stage) == 2

    def change(whole):
        after = whole["selfservice"]["flows"]["settings"]["after"]
        after["password"] = {"hooks": [{"hook": "revoke_active_sessions"}]}

    stage.revise(change)
    await ada.save(await ada.settings(), method="password", password=PASSWORD)
    assert await active(stage) == 1
    assert (await ada.settings())["state"] == "show_form"  # the one it was changed with goes on


async def active(stage):
    rows = await stage.database.read(lambda c: c.execute(select(sessions.c.active)).scalars().all())
    return sum(rows)


async def test_two_changes_at_the_same_moment_do_not_lose_one_silently(stage, ada):
    one, two = await ada.settings(), await ada.settings()
    answers = await asyncio.gather(
        ada.save(one, method="profile", traits={**ADA, "name": "Countess"}),
        ada.save(two, method="profile", traits={**ADA, "age": 36}),
    )

    codes = sorted((answer.status_code, message_ids(answer.json())) for answer in answers)
    told = [pair for pair in codes if pair == (400, [4000001])]
    both = (await ada.settings())["identity"]["traits"]
    # Either one was told to look again, or the second saw the first's result and replaced it knowingly.
    assert told or both in ({**ADA, "name": "Countess"}, {**ADA, "age": 36})
    assert len(await stage.events()) == 1 + len(codes) - len(told)


async def test_the_change_and_its_event_are_stored_together_or_not_at_all(stage, ada, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(keeping.outbox, "enqueue", fail)
    answer = await ada.save(await ada.settings(), method="profile", traits={**ADA, "name": "Countess"})

    assert answer.status_code == 500
    monkeypatch.undo()
    assert (await ada.settings())["identity"]["traits"] == ADA


async def test_an_action_sees_the_new_traits_and_the_session_but_no_password(stage, ada, receiver):
    def change(whole):
        whole["selfservice"]["flows"]["settings"]["after"]["hooks"] = [web_hook(receiver.url)]

    stage.revise(change)
    await ada.save(
        await ada.settings(), method="profile", traits={**ADA, "name": "Countess"}, transient_payload={"a": 1}
    )
    await ada.save(await ada.settings(), method="password", password=NEW_PASSWORD)

    first, second = (body["ctx"] for body in receiver.bodies)
    assert first["identity"]["traits"]["name"] == "Countess"
    assert first["session"]["id"]
    assert first["flow"]["transient_payload"] == {"a": 1}
    assert NEW_PASSWORD not in str(second)


async def test_whoever_is_signed_out_while_an_action_is_asked_changes_nothing(stage, ada, receiver):
    async def sign_out():
        await stage.database.write(lambda c: session_records.revoke_all_of(c, ada.identity["id"]))

    def change(whole):
        asking = web_hook(receiver.url, response={"parse": True})
        whole["selfservice"]["flows"]["settings"]["after"]["hooks"] = [asking]

    stage.revise(change)
    receiver.before_answer = sign_out
    receiver.will_say({})
    answer = await ada.save(await ada.settings(), method="profile", traits={**ADA, "email": GRACE["email"]})

    assert (401, "session_inactive") == (answer.status_code, answer.json()["error"]["id"])
    assert 1 == len(receiver.bodies)
    assert {ADA["email"]} == set(await stage.database.read(lambda c: c.execute(select(addresses.c.value)).scalars()))


async def test_an_expired_flow_is_replaced_for_the_same_person(stage, client, ada):
    flow = await ada.settings()
    stage.clock.advance(HOUR + 1)
    late = await ada.save(flow, method="profile", traits=ADA)
    assert late.status_code == 410

    params = {"id": late.json()["use_flow_id"]}
    fresh = await client.get("/self-service/settings/flows", params=params, headers=ada.headers)
    assert message_ids(fresh.json()) == [4050001]
    mallory = Native(client, await register(client, GRACE))
    seen = await client.get("/self-service/settings/flows", params=params, headers=mallory.headers)
    assert seen.status_code == 403


async def test_a_single_page_apps_change_waits_for_the_new_sign_in_too(stage, browser):
    stage.clock.advance(HOUR + 1)
    flow = await in_browser(browser)
    refused = await post(browser, flow, method="password", password=NEW_PASSWORD)
    assert refused.status_code == 403
    await renew(stage)

    # Where redirect_browser_to leads in the end: a visit of the browser's own.
    done = await browser.get(f"/self-service/settings?flow={flow['id']}", headers=PAGE)

    assert done.status_code == 303
    assert [item["event"] for item in await stage.events()] == ["Signed Up", "Credential Changed"]
