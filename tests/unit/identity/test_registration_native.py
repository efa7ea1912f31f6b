import asyncio
import base64

import pytest
from identity_stage import (
    ADA,
    GRACE,
    PASSWORD,
    PUBLIC_URL,
    as_text,
    message_ids,
    node,
    register,
    start_native,
    submit,
)

from headwater.identity.flows.flow import SWEEPS
from headwater.identity.flows.inbound import NETWORK_COOKIES
from headwater.store.tables import flows, identities, sessions


async def test_a_native_flow_asks_for_what_the_schema_says_in_its_order(client):
    flow = await start_native(client)

    names = [item["attributes"]["name"] for item in flow["ui"]["nodes"]]
    assert names == [
        "csrf_token",
        "traits.email",
        "password",  # Ory's place: right after the first trait
        "traits.name",
        "traits.consent.newsletter",
        "traits.age",
        "traits.code",
        "traits.tags",
        "method",
    ]
    assert flow["type"] == "api"
    assert flow["state"] == "choose_method"
    assert flow["ui"]["action"] == f"{PUBLIC_URL}/self-service/registration?flow={flow['id']}"
    assert flow["expires_at"] == "2026-11-23T13:00:00.000Z"
    assert node(flow, "traits.email")["attributes"] == {
        "name": "traits.email",
        "type": "email",
        "required": True,
        "autocomplete": "email",
        "disabled": False,
        "node_type": "input",
    }
    assert node(flow, "traits.email")["meta"]["label"]["id"] == 1070002
    assert node(flow, "password")["attributes"]["autocomplete"] == "new-password"
    assert node(flow, "method")["attributes"]["value"] == "password"


async def test_a_complete_submit_makes_a_person_a_session_and_a_token_that_works(client):
    done = await register(client)

    assert done["identity"]["traits"] == ADA
    assert done["identity"]["schema_id"] == "person"
    assert done["identity"]["state"] == "active"
    assert done["session_token"].startswith("ory_st_")
    assert done["continue_with"] == [{"action": "set_ory_session_token", "ory_session_token": done["session_token"]}]
    assert done["session"]["expires_at"] == "2026-11-24T12:00:00.000Z"
    assert [item["value"] for item in done["identity"]["verifiable_addresses"]] == ["ada@example.org"]
    assert [item["value"] for item in done["identity"]["recovery_addresses"]] == ["ada@example.org"]

    answer = await client.get("/sessions/whoami", headers={"X-Session-Token": done["session_token"]})
    assert answer.json()["identity"]["id"] == done["identity"]["id"]


async def test_without_the_session_hook_there_is_a_person_but_no_session(stage, client):
    stage.set_hooks(method="password")
    done = await register(client)

    assert "session" not in done
    assert "session_token" not in done
    assert done["continue_with"] is None
    assert await stage.count(sessions) == 0


async def test_a_taken_identifier_comes_back_as_4000007_however_it_is_spelt(stage, client):
    await register(client)

    for spelling in ("ada@example.org", "ADA@Example.org", "ada\u200b@example.org", " ada@example.org"):
        answer = await submit(client, await start_native(client), {**ADA, "email": spelling})
        assert answer.status_code == 400
        if 4000040 not in message_ids(answer.json(), "traits.email"):  # a space or a zero width is no address at all
            assert message_ids(answer.json()) == [4000007]
    assert await stage.count(identities) == 1


async def test_of_two_who_register_one_identifier_at_the_same_moment_one_gets_4000007_and_none_a_500(stage, client):
    mine, yours = await start_native(client), await start_native(client)
    answers = await asyncio.gather(submit(client, mine, ADA), submit(client, yours, ADA))

    assert sorted(answer.status_code for answer in answers) == [200, 400]
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert message_ids(refused.json()) == [4000007]
    assert await stage.count(identities) == 1
    assert len(await stage.events()) == 1


async def test_the_same_flow_submitted_twice_at_once_makes_one_person(stage, client):
    flow = await start_native(client)
    answers = await asyncio.gather(*(submit(client, flow, ADA) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
    assert await stage.count(identities) == 1


@pytest.mark.parametrize(
    ("traits", "where", "expected"),
    [
        ({}, "traits.email", 4000002),
        ({"email": "nobody"}, "traits.email", 4000040),
        ({"email": "Ada <ada@example.org>"}, "traits.email", 4000040),  # a display name is no identifier
        ({**ADA, "name": "A"}, "traits.name", 4000003),
        ({**ADA, "name": "A" * 41}, "traits.name", 4000017),
        ({**ADA, "age": 17}, "traits.age", 4000018),
        ({**ADA, "age": "old"}, "traits.age", 4000026),
        ({**ADA, "code": "UPPER"}, "traits.code", 4000004),
        ({**ADA, "tags": ["a", "a"]}, "traits.tags", 4000025),
        ({**ADA, "role": "admin"}, "traits", 4000001),  # nobody gives themselves a trait the schema doesn't know
        ({**ADA, "email": "a" * 310 + "@example.org"}, "traits.email", None),
    ],
)
async def test_traits_that_break_the_schema_come_back_on_their_node(stage, client, traits, where, expected):
    answer = await submit(client, await start_native(client), traits)

    assert answer.status_code == 400
    found = message_ids(answer.json(), where)
    assert found if expected is None else found == [expected]
    assert await stage.count(identities) == 0


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", 4000002),
        ("short", 4000032),
        ("ada@example.org", 4000031),
        ("ADA@example.com", 4000031),
        ("example.org!", 4000031),
        ("x" * 1025, 4000033),
    ],
)
async def test_a_password_that_breaks_the_policy_comes_back_on_the_password(stage, client, password, expected):
    answer = await submit(client, await start_native(client), ADA, password=password)

    assert answer.status_code == 400
    assert message_ids(answer.json(), "password") == [expected]
    assert await stage.count(identities) == 0


async def test_what_was_typed_comes_back_but_never_the_password(stage, client):
    flow = await start_native(client)
    answer = await submit(client, flow, {**ADA, "email": "nobody", "name": "Ada"})

    assert node(answer.json(), "traits.email")["attributes"]["value"] == "nobody"
    assert node(answer.json(), "traits.consent.newsletter")["attributes"]["value"] is True
    assert "value" not in node(answer.json(), "password")["attributes"]
    assert PASSWORD not in answer.text

    again = await client.get("/self-service/registration/flows", params={"id": flow["id"]})
    assert again.json()["ui"] == answer.json()["ui"]
    assert PASSWORD not in again.text


async def test_nodes_brought_by_complaints_do_not_pile_up(client):
    flow = await start_native(client)
    for index in range(3):
        answer = await submit(client, flow, {**ADA, "tags": [index, index]})
    first = await submit(client, flow, {})

    assert len(first.json()["ui"]["nodes"]) == len(flow["ui"]["nodes"])
    assert "traits.tags.0" in as_text(answer.json())


async def test_a_late_submit_gets_410_and_a_fresh_flow_that_works(stage, client):
    flow = await start_native(client)
    stage.clock.advance(3601)
    answer = await submit(client, flow, ADA)

    assert answer.status_code == 410
    assert answer.json()["error"]["id"] == "self_service_flow_expired"
    assert answer.json()["since"] == 1_000_000_000
    fresh = (await client.get("/self-service/registration/flows", params={"id": answer.json()["use_flow_id"]})).json()
    assert message_ids(fresh) == [4040001]
    assert (await submit(client, fresh, ADA)).status_code == 200


async def begin_until_one_sweeps(client):
    begun = 1
    while not (await start_native(client))["id"].startswith(SWEEPS):
        begun += 1
    return begun


async def test_an_expired_flow_is_shown_to_nobody_and_forgotten_after_a_day(stage, client):
    flow = await start_native(client)
    stage.clock.advance(3601)
    assert (await client.get("/self-service/registration/flows", params={"id": flow["id"]})).status_code == 410

    stage.clock.advance(25 * 3600)
    begun = await begin_until_one_sweeps(client)
    assert await stage.count(flows) == begun


UNKNOWN = "22222222-2222-4222-8222-222222222222"


@pytest.mark.parametrize(("flow_id", "status"), [("", 400), ("nonsense", 400), (UNKNOWN, 404), ("' OR '1'='1", 400)])
async def test_an_unknown_flow_is_404_and_no_flow_at_all_400(client, flow_id, status):
    answer = await client.post("/self-service/registration", params={"flow": flow_id}, json={})

    assert answer.status_code == status
    assert (await client.get("/self-service/registration/flows", params={"id": flow_id})).status_code == 404


async def test_whoever_is_signed_in_cannot_register_again(client):
    token = {"X-Session-Token": (await register(client))["session_token"]}

    for answer in (
        await client.get("/self-service/registration/api", headers=token),
        await client.post("/self-service/registration", headers=token, json={}),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["id"] == "session_already_available"


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Cookie": "a=b"}])
async def test_refuses_to_submit_a_native_flow_from_a_browser(stage, client, header):
    flow = await start_native(client)
    body = {"method": "password", "password": PASSWORD, "traits": ADA}
    answer = await client.post(f"/self-service/registration?flow={flow['id']}", json=body, headers=header)

    assert answer.status_code == 400
    assert message_ids(answer.json()) == [4000001]
    assert await stage.count(identities) == 0


async def test_lets_a_delivery_networks_cookies_through(client):
    flow = await start_native(client)
    body = {"method": "password", "password": PASSWORD, "traits": ADA}
    cookie = {"Cookie": f"{NETWORK_COOKIES[0]}_bm=1"}
    answer = await client.post(f"/self-service/registration?flow={flow['id']}", json=body, headers=cookie)

    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["", "oidc", "profile"])
async def test_a_method_we_do_not_know_comes_back_as_4010003(client, method):
    answer = await submit(client, await start_native(client), ADA, method=method)

    assert answer.status_code == 400
    assert message_ids(answer.json()) == [4010003]


async def test_a_disabled_flow_and_a_disabled_method_are_refused(stage, client):
    flow = await start_native(client)
    stage.revise(lambda whole: whole["selfservice"]["methods"]["password"].update(enabled=False))
    answer = await submit(client, flow, ADA)
    assert answer.status_code == 400
    assert message_ids(answer.json()) == [4010003]
    assert "password" not in as_text((await start_native(client))["ui"])

    stage.revise(lambda whole: whole["selfservice"]["flows"]["registration"].update(enabled=False))
    for answer in (await client.get("/self-service/registration/api"), await submit(client, flow, GRACE)):
        assert answer.status_code == 400
        assert answer.json()["error"]["id"] == "self_service_flow_disabled"


async def test_a_form_body_is_read_by_the_schemas_types(client):
    flow = await start_native(client)
    form = {
        "method": "password",
        "password": PASSWORD,
        "traits.email": "ada@example.org",
        "traits.consent.newsletter": ["false", "on"],
        "traits.age": "36",
        "transient_payload": '{"campaign": "x"}',
    }
    answer = await client.post(f"/self-service/registration?flow={flow['id']}", data=form)

    assert answer.status_code == 200, answer.text
    expected = {"email": "ada@example.org", "consent": {"newsletter": True}, "age": 36}
    assert answer.json()["identity"]["traits"] == expected


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"\xff"),
        ("application/json", b'{"traits": ' + b"[" * 100_000),
        ("application/json", b'{"traits": ' + b'{"a":' * 17 + b"1" + b"}" * 18),
        ("application/x-www-form-urlencoded", b"traits" + b".a" * 20 + b"=1"),
        ("application/x-www-form-urlencoded", b"traits=1&traits.email=x"),
        ("application/x-www-form-urlencoded", b"traits.email=%ff"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % index for index in range(501))),
        ("text/plain", b"hello"),
        ("", b""),
    ],
)
async def test_a_malformed_or_deeply_nested_body_is_400_with_a_reason(stage, client, content_type, body):
    flow = await start_native(client)
    answer = await client.post(
        f"/self-service/registration?flow={flow['id']}", content=body, headers={"Content-Type": content_type}
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["id"] == "bad_body"
    assert answer.json()["error"]["reason"]


async def test_an_oversize_body_is_413(client):
    flow = await start_native(client)
    answer = await submit(client, flow, {**ADA, "note": "x" * 200_000})

    assert answer.status_code == 413


async def test_thousands_of_wrong_items_are_answered_with_few_messages(client):
    answer = await submit(client, await start_native(client), {**ADA, "tags": [1] * 20_000})

    assert answer.status_code == 400
    assert len(answer.content) < 100_000


@pytest.mark.parametrize("member", [{"password": 1}, {"traits": []}, {"transient_payload": "x"}])
async def test_members_of_the_wrong_kind_come_back_as_4000026(client, member):
    answer = await submit(client, await start_native(client), **{"traits": ADA, **member})

    assert answer.status_code == 400
    assert message_ids(answer.json(), next(iter(member))) == [4000026]


async def test_sql_in_an_identifier_is_an_identifier(stage, client):
    def to_username(whole):
        traits = {"user": {"type": "string", "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}}}}
        schema = {"properties": {"traits": {"type": "object", "properties": traits}}}
        url = "base64://" + base64.b64encode(as_text(schema).encode()).decode()
        whole["identity"] = {"default_schema_id": "u", "schemas": [{"id": "u", "url": url}]}

    stage.revise(to_username)
    for name in ("'; DROP TABLE identities; --", '" OR 1=1', "%", "\\"):
        done = await register(client, {"user": name}, password="quite another thing")
        assert done["identity"]["traits"] == {"user": name}
    assert await stage.count(identities) == 4


async def test_a_line_break_in_an_email_is_refused_so_no_mail_or_header_can_be_split(client):
    for email in ("ada@example.org\r\nBcc: mallory@evil.example", "ada@example.org\n", "a\r\n@example.org"):
        answer = await submit(client, await start_native(client), {**ADA, "email": email})
        assert answer.status_code == 400
        assert message_ids(answer.json(), "traits.email") == [4000040]


async def test_a_host_header_cannot_change_where_the_form_is_sent(client):
    answer = await client.get(
        "/self-service/registration/api", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )

    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.example",
        "//evil.example",
        "javascript:alert(1)",
        "http://127.0.0.1:4433@evil.example",
        "http://127.0.0.1:4433\\@evil.example",
        "http://evil.example\\@127.0.0.1:4433/",  # a browser reads \\ as /
        "http://127.0.0.1:99999",
        "https://good.example.evil.example/app",
    ],
)
async def test_refuses_an_open_redirect(stage, client, return_to):
    stage.revise(lambda whole: whole["selfservice"].update(allowed_return_urls=["https://good.example/app"]))
    answer = await client.get("/self-service/registration/api", params={"return_to": return_to})

    assert answer.status_code == 400
    assert answer.json()["error"]["id"] == "self_service_flow_return_to_forbidden"


async def test_accepts_an_allowed_return_to(stage, client):
    stage.revise(lambda whole: whole["selfservice"].update(allowed_return_urls=["https://good.example/app"]))
    for return_to in ("https://good.example/app/x", f"{PUBLIC_URL}/ui"):
        answer = await client.get("/self-service/registration/api", params={"return_to": return_to})
        assert answer.json()["return_to"] == return_to
