import json

import pytest
from identity_stage import ADA, GRACE, PASSWORD, base64_url, message_ids, node, register, web_hook
from login_stage import (
    WRONG,
    LoginStage,
    layout,
    native,
    password_of,
    send,
    sign_in,
    whoami,
    with_return_urls,
)

from headwater.core.errors import UnavailableError
from headwater.store.tables import identities, sessions

UNIFIED = ["default/text/identifier", "password/password/password", "password/submit/method=password"]


@pytest.fixture
async def stage(tmp_path):
    stage = await LoginStage(tmp_path).open()
    yield stage
    await stage.close()


async def test_the_form_is_the_one_that_kratos_shows(client):
    flow = await native(client)

    assert layout(flow) == UNIFIED
    assert flow["type"] == "api"
    assert flow["state"] == "choose_method"
    assert flow["refresh"] is False
    assert flow["requested_aal"] == "aal1"
    assert flow["organization_id"] is None
    identifier = node(flow, "identifier")
    assert identifier["attributes"]["required"] is True
    assert identifier["attributes"]["value"] == ""
    assert identifier["meta"]["label"]["id"] == 1070002
    assert identifier["meta"]["label"]["context"] == {"name": "traits.email", "title": "E-Mail"}
    assert node(flow, "password")["attributes"]["autocomplete"] == "current-password"
    assert node(flow, "method")["meta"]["label"]["id"] == 1010022


async def test_a_schema_with_two_identifiers_calls_them_id(stage, client):
    def change(whole):
        extension = {"credentials": {"password": {"identifier": True}}}
        traits = {
            "nick": {"type": "string", "title": "Nick", "ory.sh/kratos": extension},
            "mail": {"type": "string", "title": "Mail", "ory.sh/kratos": extension},
        }
        schema = {"type": "object", "properties": {"traits": {"type": "object", "properties": traits}}}
        whole["identity"]["schemas"][0]["url"] = base64_url(schema)

    stage.revise(change)
    assert node(await native(client), "identifier")["meta"]["label"]["id"] == 1070004


async def test_a_password_brings_a_token_and_no_cookie(stage, client):
    ada = (await register(client))["identity"]
    answer = await send(client, await native(client), password_of(ADA["email"]))

    done = answer.json()
    assert answer.status_code == 200
    assert done["session_token"].startswith("ory_st_")
    assert done["session"]["identity"]["id"] == ada["id"]
    assert done["session"]["authentication_methods"][0] == {
        "method": "password",
        "aal": "aal1",
        "completed_at": "2026-11-23T12:00:00.000Z",
    }
    assert done["continue_with"] is None
    assert "set-cookie" not in answer.headers
    assert (await whoami(client, done["session_token"])).json()["id"] == done["session"]["id"]


async def test_an_identifier_is_found_however_it_is_spelled(client):
    await register(client)
    assert (await sign_in(client, f" {ADA['email'].upper()} "))["session_token"]


async def test_older_clients_say_password_identifier(client):
    await register(client)
    body = {"method": "password", "password_identifier": ADA["email"], "password": PASSWORD}
    assert (await send(client, await native(client), body)).status_code == 200


async def test_account_enumeration_by_answer_learns_nothing(client):
    await register(client)
    flow = await native(client)
    known = await send(client, flow, password_of(ADA["email"], WRONG))
    unknown = await send(client, flow, password_of("no.body@example.org", WRONG))

    assert known.status_code == unknown.status_code == 400
    assert message_ids(known.json()) == [4000006]
    alike = known.text.replace(ADA["email"], "X") == unknown.text.replace("no.body@example.org", "X")
    assert alike


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        pytest.param({"method": "password"}, ["identifier", "password"], id="both"),
        pytest.param({"method": "password", "identifier": "", "password": "x"}, ["identifier"], id="identifier"),
        pytest.param({"method": "password", "identifier": "x"}, ["password"], id="password"),
    ],
)
async def test_what_is_missing_is_said_at_once(client, body, missing):
    answer = await send(client, await native(client), body)

    assert answer.status_code == 400
    assert [name for name in ("identifier", "password") if message_ids(answer.json(), name) == [4000002]] == missing
    assert message_ids(answer.json()) == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="empty"),
        pytest.param({"identifier": "x", "password": "y"}, id="no method"),
        pytest.param({"method": "nope"}, id="unknown"),
        pytest.param({"method": "code", "identifier": "x"}, id="code is off"),
        pytest.param({"method": "identifier_first", "identifier": "x"}, id="another style"),
    ],
)
async def test_a_method_that_is_not_there_is_refused_as_in_kratos(client, body):
    answer = await send(client, await native(client), body)

    assert answer.status_code == 400
    assert message_ids(answer.json()) == [4010002]


async def test_a_method_of_ory_that_is_off_is_not_found(client):
    assert (await send(client, await native(client), {"method": "oidc", "provider": "x"})).status_code == 404


async def test_a_switched_off_password_lets_nobody_in(stage, client):
    await register(client)
    flow = await native(client)
    stage.revise(lambda whole: whole["selfservice"]["methods"]["password"].update(enabled=False))

    assert (await send(client, flow, password_of(ADA["email"]))).status_code == 404
    assert layout(await native(client)) == ["default/text/identifier"]


async def test_a_typed_password_is_shown_and_stored_nowhere(stage, client):
    await register(client)
    answer = await send(client, await native(client), password_of(ADA["email"], WRONG))

    assert WRONG not in answer.text
    stored = await stage.database.read(lambda c: c.exec_driver_sql("SELECT document FROM flows").scalars().all())
    assert all(WRONG not in document for document in stored)


@pytest.mark.parametrize("password", [{"a": 1}, 7, ["x"]], ids=["object", "number", "list"])
async def test_a_password_of_the_wrong_kind_is_no_error_of_ours(client, password):
    body = {"method": "password", "identifier": "x", "password": password}
    assert (await send(client, await native(client), body)).status_code == 400


async def test_an_account_that_was_disabled_is_told_so_only_with_its_password(stage, client):
    ada = (await register(client))["identity"]
    await _disable(stage, ada["id"])
    flow = await native(client)

    assert message_ids((await send(client, flow, password_of(ADA["email"], WRONG))).json()) == [4000006]
    answer = await send(client, flow, password_of(ADA["email"]))
    assert answer.status_code == 400
    assert message_ids(answer.json()) == [4010011]
    assert await stage.count(sessions) == 1  # the one of the registration


async def test_an_api_flow_is_not_submitted_from_a_browser(client):
    await register(client)
    flow = await native(client)
    from_page = await send(client, flow, password_of(ADA["email"]), Origin="https://evil.example")
    with_cookie = await send(client, flow, password_of(ADA["email"]), Cookie="a=b")

    assert from_page.status_code == with_cookie.status_code == 400
    assert message_ids(from_page.json()) == message_ids(with_cookie.json()) == [4000001]


async def test_whoever_is_signed_in_begins_no_login(client):
    token = (await register(client))["session_token"]
    answer = await client.get("/self-service/login/api", headers={"X-Session-Token": token})

    assert answer.status_code == 400
    assert answer.json()["error"]["id"] == "session_already_available"


async def test_whoever_is_signed_in_completes_no_login(client):
    token = (await register(client))["session_token"]
    answer = await send(client, await native(client), password_of(ADA["email"]), **{"X-Session-Token": token})

    assert answer.status_code == 400
    assert message_ids(answer.json()) == [4000001]


async def test_refresh_without_a_session_is_an_ordinary_login(client):
    flow = await native(client, "?refresh=true")
    assert flow["refresh"] is False
    assert layout(flow) == UNIFIED


async def test_a_refresh_asks_for_the_password_alone_and_keeps_session_and_token(stage, client):
    token = (await register(client))["session_token"]
    before = (await whoami(client, token)).json()
    stage.clock.advance(3600)
    mine = {"X-Session-Token": token}
    flow = await native(client, "?refresh=true", **mine)

    assert flow["refresh"] is True
    assert message_ids(flow) == [1010003]
    assert layout(flow) == ["default/hidden/identifier", *UNIFIED[1:]]
    assert node(flow, "identifier")["attributes"]["value"] == ADA["email"]
    assert node(flow, "method")["meta"]["label"]["id"] == 1010001

    assert (await send(client, flow, password_of(ADA["email"], WRONG), **mine)).status_code == 400
    done = (await send(client, flow, password_of(ADA["email"]), **mine)).json()
    assert done["session_token"] == token
    assert done["session"]["id"] == before["id"]
    assert [item["method"] for item in done["session"]["authentication_methods"]] == ["password", "password"]
    after = (await whoami(client, token)).json()
    assert after["authenticated_at"] > before["authenticated_at"]
    assert after["expires_at"] > before["expires_at"]
    assert len(after["devices"]) == 2
    assert await stage.count(sessions) == 1


async def test_a_refresh_as_somebody_else_is_a_session_of_their_own(client):
    token = (await register(client))["session_token"]
    await register(client, GRACE)
    mine = {"X-Session-Token": token}
    flow = await native(client, "?refresh=true", **mine)
    done = (await send(client, flow, password_of(GRACE["email"]), **mine)).json()

    assert done["session_token"] != token
    assert done["session"]["identity"]["traits"]["name"] == "Grace"
    assert (await whoami(client, token)).json()["identity"]["traits"]["name"] == "Ada"


async def test_a_session_revoked_meanwhile_does_not_come_alive_by_a_refresh(stage, client):
    token = (await register(client))["session_token"]
    mine = {"X-Session-Token": token}
    flow = await native(client, "?refresh=true", **mine)
    verify = stage.hasher.verify

    async def verify_while_it_is_revoked(*arguments, **more):
        await stage.database.write(lambda connection: connection.execute(sessions.update().values(active=False)))
        return await verify(*arguments, **more)

    stage.hasher.verify = verify_while_it_is_revoked
    assert (await send(client, flow, password_of(ADA["email"]), **mine)).status_code == 401
    assert (await whoami(client, token)).status_code == 401


async def test_many_refreshes_do_not_grow_the_session_for_ever(stage, client):
    token = (await register(client))["session_token"]
    mine = {"X-Session-Token": token}
    for _ in range(20):
        flow = await native(client, "?refresh=true", **mine)
        done = (await send(client, flow, password_of(ADA["email"]), **mine)).json()

    assert len(done["session"]["authentication_methods"]) <= 16
    assert len(done["session"]["devices"]) <= 16


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        pytest.param("?aal=aal2", 401, "session_aal1_required", id="aal2 without a session"),
        pytest.param("?aal=aal9", 400, "bad_request", id="no such level"),
        pytest.param("?return_to=https://evil.example/", 400, "self_service_flow_return_to_forbidden", id="return_to"),
    ],
)
async def test_a_login_that_cannot_begin_says_why(client, query, status, error):
    answer = await client.get(f"/self-service/login/api{query}")

    assert answer.status_code == status
    assert answer.json()["error"]["id"] == error


async def test_a_second_factor_is_asked_of_whoever_has_a_session(client):
    token = (await register(client))["session_token"]
    flow = await native(client, "?aal=aal2", **{"X-Session-Token": token})

    assert flow["requested_aal"] == "aal2"
    assert message_ids(flow) == [1010004]
    assert layout(flow) == []  # this release has none to offer


async def test_a_password_is_no_second_factor(client):
    token = (await register(client))["session_token"]
    mine = {"X-Session-Token": token}
    flow = await native(client, "?aal=aal2", **mine)
    answer = await send(client, flow, password_of(ADA["email"]), **mine)

    assert message_ids(answer.json()) == [4010002]
    assert (await whoami(client, token)).json()["authenticator_assurance_level"] == "aal1"


async def test_an_expired_flow_is_gone_and_names_a_fresh_one(stage, client):
    await register(client)
    stage.revise(with_return_urls)
    flow = await native(client, "?return_to=https://app.example.org/a")
    stage.clock.advance(3601)
    answer = await send(client, flow, password_of(ADA["email"]))

    assert answer.status_code == 410
    assert answer.json()["error"]["id"] == "self_service_flow_expired"
    fresh = (await client.get(f"/self-service/login/flows?id={answer.json()['use_flow_id']}")).json()
    assert message_ids(fresh) == [4010001]
    assert fresh["return_to"] == "https://app.example.org/a"
    assert (await client.get(f"/self-service/login/flows?id={flow['id']}")).status_code == 410


@pytest.mark.parametrize("flow_id", ["", "nope", "11111111-2222-4333-8444-555555555555"])
async def test_a_flow_that_is_not_there_is_not_found(client, flow_id):
    assert (await client.get(f"/self-service/login/flows?id={flow_id}")).status_code == 404


async def test_signed_in_is_told_to_the_log_with_the_visitor_they_were(stage, client):
    ada = (await register(client))["identity"]
    body = {**password_of(ADA["email"]), "transient_payload": {"anonymousId": "visitor-1"}}
    await send(client, await native(client), body)

    event = (await stage.events())[-1]
    assert event["event"] == "Signed In"
    assert event["userId"] == ada["id"]
    assert event["anonymousId"] == "visitor-1"
    assert event["properties"]["method"] == "password"
    assert event["properties"]["flow_type"] == "api"
    assert ADA["email"] not in json.dumps(event)


async def test_the_action_may_say_no_and_then_nobody_is_signed_in(stage, client, receiver):
    await register(client)
    _after_login(stage, web_hook(receiver.url))
    receiver.status = 500
    refused = await send(client, await native(client), password_of(ADA["email"]))

    assert refused.status_code >= 400
    assert await stage.count(sessions) == 1
    assert "Signed In" not in [event["event"] for event in await stage.events()]

    receiver.status = 200
    assert (await sign_in(client))["session_token"]
    ctx = receiver.bodies[-1]["ctx"]
    assert ctx["session"]["identity"]["traits"]["email"] == ADA["email"]
    assert ctx["flow"]["active"] == "password"
    assert PASSWORD not in json.dumps(receiver.bodies)


async def test_no_action_is_told_of_somebody_who_was_disabled(stage, client, receiver):
    await _disable(stage, (await register(client))["identity"]["id"])
    _after_login(stage, web_hook(receiver.url))
    await send(client, await native(client), password_of(ADA["email"]))
    assert receiver.bodies == []


async def test_a_session_and_its_event_are_stored_together_or_not_at_all(stage, client, monkeypatch):
    await register(client)
    flow = await native(client)

    def dies(*_arguments, **_more):
        raise UnavailableError

    monkeypatch.setattr("headwater.identity.login.entrance.outbox.enqueue", dies)
    assert (await send(client, flow, password_of(ADA["email"]))).status_code == 503
    assert await stage.count(sessions) == 1
    assert "Signed In" not in [event["event"] for event in await stage.events()]


async def test_signing_in_can_end_every_other_session(stage, client):
    old = (await register(client))["session_token"]
    _after_login(stage, {"hook": "revoke_active_sessions"})
    new = (await sign_in(client))["session_token"]

    assert (await whoami(client, old)).status_code == 401
    assert (await whoami(client, new)).status_code == 200


def _after_login(stage, *hooks):
    stage.revise(lambda whole: whole["selfservice"]["flows"]["login"]["after"].update(hooks=list(hooks)))


async def _disable(stage, identity_id):
    change = identities.update().where(identities.c.id == identity_id).values(state="inactive")
    await stage.database.write(lambda connection: connection.execute(change))
