"""What interfaces and browsers post, and what it means: as the real Kratos reads it."""

import json

import pytest
from identity_stage import AS_JSON, PASSWORD, base64_url, message_ids, node, start_native

from headwater.store.tables import identities

SCHEMA = {
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string",
                    "format": "email",
                    "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}},
                },
                "name": {"type": "object", "properties": {"first": {"type": "string", "minLength": 2}}},
                "site": {"type": "string", "format": "uri"},
                "age": {"type": "integer", "minimum": 18},
                "size": {"type": "string", "enum": ["s", "m"]},
                "phone": {"type": "string", "format": "tel"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "lucky": {"type": "array", "items": {"type": "integer"}},
            },
            "required": ["email"],
            "additionalProperties": False,
        }
    },
}


@pytest.fixture
def stage(stage):
    stage.revise(lambda whole: whole["identity"]["schemas"][0].update(url=base64_url(SCHEMA)))
    return stage


async def post(client, how, **members):
    """Register with dotted names, as JSON or as a form; return the answer."""
    flow = await start_native(client)
    body = {"method": "password", "password": PASSWORD, **{name.replace("__", "."): v for name, v in members.items()}}
    return await client.post(f"/self-service/registration?flow={flow['id']}", **{how: body}, headers=AS_JSON)


async def registered(client, how, **members):
    answer = await post(client, how, **members)
    assert answer.status_code == 200, answer.text
    return answer.json()["identity"]["traits"]


async def test_json_may_name_members_as_the_form_does(client):
    traits = await registered(client, "json", traits__email="ada@example.org", traits__name__first="Ada")
    assert traits == {"email": "ada@example.org", "name": {"first": "Ada"}}

    mixed = await registered(client, "json", traits={"email": "grace@example.org"}, traits__name__first="Grace")
    assert mixed == {"email": "grace@example.org", "name": {"first": "Grace"}}


@pytest.mark.parametrize("traits", ["x", 5, []], ids=["text", "number", "list"])
async def test_dotted_members_of_what_is_no_object_are_refused_and_break_nothing(client, traits):
    answer = await post(client, "json", traits=traits, traits__email="ada@example.org")

    assert answer.status_code == 400


@pytest.mark.parametrize("how", ["json", "data"])
async def test_a_name_with_a_thousand_dots_is_refused(client, how):
    answer = await post(client, how, **{"traits" + ".a" * 1000: "x"})

    assert answer.status_code == 400
    assert answer.json()["error"]["id"] == "bad_body"


async def test_what_a_browser_left_empty_was_not_said(client):
    empty = {f"traits__{name}": "" for name in ("name__first", "site", "age", "size", "phone", "tags")}
    traits = await registered(client, "data", traits__email="ada@example.org", **empty)

    assert traits == {"email": "ada@example.org"}


async def test_a_required_trait_left_empty_is_missing(client):
    answer = await post(client, "data", traits__email="")

    assert message_ids(answer.json(), "traits.email") == [4000002]


async def test_a_form_field_that_the_schema_does_not_know_is_dropped(client):
    traits = await registered(client, "data", traits__email="ada@example.org", traits__admin="true")

    assert traits == {"email": "ada@example.org"}


async def test_lists_have_a_field_and_one_for_each_item(client):
    flow = await start_native(client)
    assert node(flow, "traits.tags")["attributes"]["type"] == "text"
    flow_id = flow["id"]
    form = {
        "method": "password",
        "password": PASSWORD,
        "traits.email": "ada@example.org",
        "traits.tags": ["a", "b", ""],
        "traits.lucky.0": "7",
        "traits.lucky": "9",
    }
    done = (await client.post(f"/self-service/registration?flow={flow_id}", data=form)).json()
    assert done["identity"]["traits"] == {"email": "ada@example.org", "tags": ["a", "b"], "lucky": [7, 9]}

    settings = await client.get("/self-service/settings/api", headers={"X-Session-Token": done["session_token"]})
    names = {item["attributes"]["name"]: item["attributes"].get("value") for item in settings.json()["ui"]["nodes"]}
    assert names["traits.tags.0"] == "a"
    assert names["traits.tags.1"] == "b"
    assert names["traits.tags"] is None


async def test_what_is_no_phone_number_is_refused(client, stage):
    answer = await post(client, "json", traits={"email": "ada@example.org", "phone": "nope"})

    assert message_ids(answer.json(), "traits.phone") == [4000041]
    assert await stage.count(identities) == 0


async def test_the_default_schema_may_be_asked_for_by_name(client):
    answer = await client.get("/self-service/registration/api?identity_schema=person")

    assert answer.status_code == 200, answer.text
    assert answer.json()["identity_schema"] == "person"


async def test_an_expired_flow_says_where_to_begin_anew(stage, client):
    native = await start_native(client)
    query = f"?return_to={stage.public_url}/a"
    app = (await client.get(f"/self-service/registration/browser{query}", headers=AS_JSON)).json()
    stage.clock.advance(3601)

    async def gone(flow):
        answer = await client.get("/self-service/registration/flows", params={"id": flow["id"]})
        assert answer.status_code == 410
        return answer.json()["error"]["details"]

    start = f"{stage.public_url}/self-service/registration"
    assert await gone(native) == {"api": f"{start}/api"}
    place = f"{stage.public_url}/a"
    assert await gone(app) == {"redirect_to": f"{start}/browser?return_to={quoted(place)}", "return_to": place}


def quoted(url):
    return url.replace(":", "%3A").replace("/", "%2F")


ENDLESS = int("9" * 400)


def said(answer):
    """Return what stands above the form."""
    assert answer.status_code == 400, answer.text
    return [message["text"] for message in answer.json()["ui"]["messages"]]


@pytest.mark.parametrize("how", ["json", "data"])
async def test_a_transient_payload_so_large_that_hooks_would_not_render_is_refused_at_the_form(stage, client, how):
    payload = {"note": "x" * 60_000}
    sent = payload if how == "json" else json.dumps(payload)
    answer = await post(client, how, traits__email="mallory@example.org", transient_payload=sent)

    assert said(answer) == ["The transient_payload is larger than 8 KiB."]
    assert await stage.count(identities) == 0


async def test_a_transient_payload_of_many_dotted_fields_is_no_way_around(stage, client):
    fields = {f"transient_payload__{number}": "x" * 1_000 for number in range(20)}
    answer = await post(client, "data", traits__email="mallory@example.org", **fields)

    assert said(answer) == ["The transient_payload is larger than 8 KiB."]


@pytest.mark.parametrize("how", ["json", "data"])
async def test_a_number_that_no_float_holds_reaches_no_jsonnet_by_the_payload(stage, client, how):
    payload = {"deep": [{"n": ENDLESS}]}
    sent = payload if how == "json" else json.dumps(payload)
    answer = await post(client, how, traits__email="mallory@example.org", transient_payload=sent)

    assert said(answer) == ["transient_payload holds a number that is too large."]
    assert await stage.count(identities) == 0


@pytest.mark.parametrize("how", ["json", "data"])
async def test_nor_by_a_trait_where_it_is_not_even_remembered(stage, client, how):
    answer = await post(client, how, traits__email="mallory@example.org", traits__age=ENDLESS)

    assert answer.status_code == 400, answer.text
    age = node(answer.json(), "traits.age")
    assert [message["text"] for message in age["messages"]] == ["This number is too large."]
    assert str(ENDLESS) not in answer.text
    assert await stage.count(identities) == 0


async def test_a_payload_of_usual_size_and_the_largest_number_there_is_go_through(client):
    answer = await post(
        client, "json", traits__email="ada@example.org", transient_payload={"n": 1e308, "text": "x" * 8_000}
    )
    assert answer.status_code == 200, answer.text
