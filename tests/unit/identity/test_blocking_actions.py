"""Actions that are asked before anything is stored: whom they keep out, what they change, where their words stand."""

import pytest
from identity_stage import (
    ADA,
    ADMIN,
    AS_JSON,
    PASSWORD,
    csrf_token,
    jsonnet,
    message_ids,
    node,
    register,
    start_in_browser,
    start_native,
    submit,
    web_hook,
)
from sqlalchemy import select
from structlog.testing import capture_logs

from headwater.store.tables import addresses, credentials, flows, identities, sessions

PARSE = {"response": {"parse": True}}
BELOW_18 = {"id": 1234, "text": "Only grown-ups.", "type": "error", "context": {"age": 12}}
LISTS = pytest.mark.parametrize("method", [None, "password"], ids=["global list", "method's list"])


def refusal(pointer, *messages):
    return {"messages": [{"instance_ptr": pointer, "messages": list(messages or [BELOW_18])}]}


@LISTS
async def test_a_receiver_that_says_no_keeps_somebody_out_and_says_why_at_the_field(stage, client, receiver, method):
    stage.set_hooks({"hook": "session"}, web_hook(receiver.url, **PARSE), method=method)
    receiver.will_say(refusal("#/traits/name"), status=422)
    flow = await start_native(client)
    answer = await submit(client, flow, ADA)

    assert answer.status_code == 400
    shown = node(answer.json(), "traits.name")
    assert shown["messages"] == [BELOW_18]
    assert shown["attributes"]["value"] == "Ada"  # what was typed is still there
    assert [await stage.count(table) for table in (identities, sessions)] == [0, 0]
    assert await stage.records() == []

    receiver.will_say({})
    assert (await submit(client, flow, ADA)).status_code == 200
    assert message_ids((await submit(client, flow, ADA)).json(), "traits.name") == []


async def test_a_browser_is_led_back_to_its_form(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, can_interrupt=True))
    receiver.will_say(refusal(""), status=400)
    flow = await start_in_browser(client)
    body = {"method": "password", "password": PASSWORD, "traits.email": ADA["email"], "csrf_token": csrf_token(flow)}
    page = {"Accept": "text/html"}
    answer = await client.post(f"/self-service/registration?flow={flow['id']}", data=body, headers=page)

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"{stage.public_url}/ui/registration?flow={flow['id']}",
    )
    shown = (await client.get(f"/self-service/registration/flows?id={flow['id']}")).json()
    assert message_ids(shown) == [1234]  # a blank pointer is about the flow
    assert node(shown, "csrf_token")["attributes"]["value"]


async def test_a_message_about_no_field_of_the_form_gets_a_node_of_its_own(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say(refusal("#/captcha"), status=400)
    shown = (await submit(client, await start_native(client), ADA)).json()

    added = node(shown, "captcha")
    assert (added["type"], added["group"], added["attributes"]["type"]) == ("input", "default", "text")
    assert added["messages"] == [BELOW_18]


async def test_a_message_about_a_button_is_shown_above_the_form(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    flow = await start_native(client)
    receiver.will_say(refusal("#/method"), status=400)
    shown = (await submit(client, flow, ADA)).json()

    assert shown["ui"]["messages"] == [BELOW_18]


async def test_what_is_no_error_is_shown_as_information(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say(refusal("", {**BELOW_18, "type": "success"}), status=400)
    shown = (await submit(client, await start_native(client), ADA)).json()

    assert [message["type"] for message in shown["ui"]["messages"]] == ["info"]


async def test_a_receiver_hears_of_somebody_who_is_not_stored_yet_under_the_id_they_will_have(stage, client, receiver):
    stored = []

    async def look():
        stored.append(await stage.count(identities))

    receiver.before_answer = look
    receiver.will_say({})
    stage.set_hooks(web_hook(receiver.url, **PARSE), web_hook(receiver.url, id="after"))
    done = await register(client)

    assert stored == [0, 1]
    assert [body["userId"] for body in receiver.bodies] == [done["identity"]["id"]] * 2
    assert "session" not in receiver.bodies[0]["ctx"]


async def test_a_receiver_changes_who_is_stored_identifiers_and_addresses_follow(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    identity = {
        "traits": {**ADA, "email": "Countess@example.org"},
        "metadata_public": {"tier": "gold"},
        "metadata_admin": {"score": 7},
        "external_id": "crm-1",
        "verifiable_addresses": [
            {"value": "countess@example.org", "via": "email", "verified": True, "status": "completed"},
            {"value": "mallory@example.org", "via": "email", "verified": True, "status": "completed"},
        ],
    }
    receiver.will_say({"identity": identity})
    shown = (await register(client))["identity"]
    kept = (await client.get(f"/admin/identities/{shown['id']}", headers=ADMIN)).json()

    assert (kept["traits"], kept["external_id"]) == (identity["traits"], "crm-1")
    assert (kept["metadata_public"], kept["metadata_admin"]) == ({"tier": "gold"}, {"score": 7})
    assert "metadata_admin" not in shown
    assert [(item["value"], item["verified"]) for item in kept["verifiable_addresses"]] == [
        ("countess@example.org", True)
    ]
    assert kept["credentials"]["password"]["identifiers"] == ["countess@example.org"]
    signed_in = await client.get("/self-service/login/api")
    body = {"method": "password", "identifier": "countess@example.org", "password": PASSWORD}
    assert (await client.post(f"/self-service/login?flow={signed_in.json()['id']}", json=body)).status_code == 200


@pytest.mark.parametrize(
    ("identity", "where"),
    [({"traits": {"name": "Ada"}}, "traits.email"), ({"traits": {**ADA, "age": 3}}, "traits.age")],
)
async def test_what_a_receiver_changes_has_to_fit_the_schema(stage, client, receiver, identity, where):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say({"identity": identity})
    answer = await submit(client, await start_native(client), ADA)

    assert answer.status_code == 400
    assert message_ids(answer.json(), where)
    assert await stage.count(identities) == 0


@pytest.mark.parametrize(
    "identity",
    [
        {"state": "sleeping"},
        {"schema_id": "nobodys"},
        {"verifiable_addresses": [{"value": 3}]},
        {"metadata_public": {"note": "x" * 200_000}},
        {"traits": {**ADA, "note": "x" * 200_000}},
    ],
    ids=["state", "schema", "address", "huge metadata", "huge traits"],
)
async def test_nonsense_from_a_receiver_stores_nobody(stage, client, receiver, identity):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say({"identity": identity})
    answer = await submit(client, await start_native(client), ADA)

    assert answer.status_code == 502, answer.text
    assert await stage.count(identities) == 0


def found_why(stage, logs):
    """Return what the delivery log and the logger say alike of the one firing, which failed."""
    (firing,) = stage.journal.firings
    (line,) = [line for line in logs if line["event"] == "action_failed"]
    assert firing.state == "failed"
    assert (line["hook"], line["reason"]) == (firing.path, firing.reason)
    return firing.reason


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        ({"schema_id": "nobodys"}, "Unable to find JSON Schema ID: nobodys."),
        ({"verifiable_addresses": [{"value": 3}]}, "verifiable_addresses"),
        ({"traits": {"name": "Ada"}}, "traits.email: Property email is missing."),
        ({"traits": {**ADA, "name": "A"}}, "traits.name: length must be >= 2"),
        ({"traits": {**ADA, "note": [[[[[[[[[[[[[[[[[["deep"]]]]]]]]]]]]]]]]]]}}, "nested deeper"),
    ],
    ids=["schema", "address", "missing", "short", "deep"],
)
async def test_an_operator_finds_a_change_that_does_not_fit_as_failed_and_why(stage, client, receiver, identity, why):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say({"identity": identity})
    with capture_logs() as logs:
        answer = await submit(client, await start_native(client), ADA)

    assert answer.status_code in (400, 502)
    assert why in found_why(stage, logs)


async def test_an_operator_finds_a_change_of_settings_that_does_not_fit_as_failed(stage, client, receiver):
    done = await register(client)
    in_settings(stage, web_hook(receiver.url, **PARSE))
    receiver.will_say({"identity": {"schema_id": "nobodys"}})
    with capture_logs() as logs:
        answer = await changing(client, done, {**ADA, "name": "Countess"})

    assert answer.status_code == 502
    assert "nobodys" in found_why(stage, logs)


async def test_viewers_who_may_read_that_a_change_did_not_fit_read_no_traits_in_it(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say({"identity": {"traits": {**ADA, "tags": ["s3cret", "s3cret"], "age": {"s3cret": 1}}}})
    with capture_logs() as logs:
        await submit(client, await start_native(client), ADA)

    assert "s3cret" not in found_why(stage, logs)


async def test_a_change_that_fits_is_on_record_as_delivered(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say({"identity": {"traits": {**ADA, "name": "Countess"}}})
    await register(client)

    assert [(firing.state, firing.reason) for firing in stage.journal.firings] == [("delivered", None)]


async def test_somebody_whom_a_receiver_disables_is_stored_and_not_signed_in(stage, client, receiver):
    stage.set_hooks({"hook": "session"}, web_hook(receiver.url, **PARSE), method="password")
    receiver.will_say({"identity": {"state": "inactive"}})
    done = await register(client)

    assert done["identity"]["state"] == "inactive"
    assert "session_token" not in done
    assert await stage.count(sessions) == 0


async def test_a_changed_person_whose_later_action_fails_goes_on_as_the_same_person(stage, client, receiver):
    later = web_hook(receiver.url, id="later")
    stage.set_hooks(web_hook(receiver.url, **PARSE), later)
    receiver.will_say({"identity": {"traits": {**ADA, "name": "Countess"}}})

    flow = await start_native(client)

    async def answered_as_asked():
        receiver.status = 200 if len(receiver.bodies) == 1 else 400

    receiver.before_answer = answered_as_asked
    assert (await submit(client, flow, ADA)).status_code == 502
    receiver.before_answer = None
    receiver.will_say({})
    done = await submit(client, flow, ADA)

    assert done.status_code == 200, done.text
    assert done.json()["identity"]["traits"]["name"] == "Countess"
    assert await stage.count(identities) == 1
    assert len(receiver.bodies) == 3  # who is stored isn't asked about again


async def test_mallory_learns_nothing_of_a_taken_address_by_asking_the_receiver(stage, client, receiver):
    await register(client)
    stage.revise(lambda whole: whole.update(security={"account_enumeration": {"mitigate": True}}))
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say(refusal("#/traits/name"), status=400)
    taken, free = [
        await submit(client, await start_native(client), {**ADA, "email": email})
        for email in (ADA["email"], "free@example.org")
    ]

    assert [answer.status_code for answer in (taken, free)] == [400, 400]
    assert len(receiver.bodies) == 2


async def test_a_receiver_that_is_down_lets_nobody_past_and_stores_nobody(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.status = 503

    assert (await submit(client, await start_native(client), ADA)).status_code == 502
    assert await stage.count(identities) == 0


# -- settings ---------------------------------------------------------------------------------------------------


async def changing(client, done, traits):
    headers = {"X-Session-Token": done["session_token"]}
    flow = (await client.get("/self-service/settings/api", headers=headers)).json()
    body = {"method": "profile", "traits": traits}
    return await client.post(f"/self-service/settings?flow={flow['id']}", headers=headers, json=body)


def in_settings(stage, *hooks, method=None):
    def change(whole):
        after = whole["selfservice"]["flows"]["settings"]["after"]
        (after.setdefault(method, {}) if method else after)["hooks"] = list(hooks)

    stage.revise(change)


@pytest.mark.parametrize("method", [None, "profile"], ids=["global list", "method's list"])
async def test_a_receiver_says_no_to_a_change(stage, client, receiver, method):
    done = await register(client)
    in_settings(stage, web_hook(receiver.url, **PARSE), method=method)
    receiver.will_say(refusal("#/traits/name"), status=403)
    answer = await changing(client, done, {**ADA, "name": "Root"})

    assert answer.status_code == 400
    assert node(answer.json(), "traits.name")["messages"] == [BELOW_18]
    kept = (await client.get(f"/admin/identities/{done['identity']['id']}", headers=ADMIN)).json()
    assert kept["traits"]["name"] == "Ada"


async def test_a_receiver_is_told_who_somebody_was_and_would_be(stage, client, receiver):
    done = await register(client)
    in_settings(stage, web_hook(receiver.url, **PARSE), web_hook(receiver.url, id="after"))
    receiver.will_say({"identity": {"traits": {**ADA, "name": "Lady Ada"}}})
    answer = await changing(client, done, {**ADA, "name": "Countess"})

    assert answer.status_code == 200, answer.text
    assert answer.json()["identity"]["traits"]["name"] == "Lady Ada"
    asked, told = (body["ctx"] for body in receiver.bodies)

    def name(identity):
        return identity["traits"]["name"]

    assert (name(asked["identity"]), name(asked["session"]["identity"])) == ("Countess", "Ada")
    assert name(asked["previous_identity"]) == name(asked["flow"]["identity"]) == "Ada"
    assert (name(told["identity"]), name(told["session"]["identity"])) == ("Lady Ada", "Lady Ada")
    assert name(told["previous_identity"]) == "Ada"
    assert asked["client_ip"] == "127.0.0.1"


# -- login ------------------------------------------------------------------------------------------------------


def at_login(stage, *hooks):
    stage.revise(lambda whole: whole["selfservice"]["flows"]["login"]["after"].update(hooks=list(hooks)))


async def sign_in(client):
    flow = (await client.get("/self-service/login/api")).json()
    body = {"method": "password", "identifier": ADA["email"], "password": PASSWORD}
    return await client.post(f"/self-service/login?flow={flow['id']}", json=body)


async def test_a_receiver_keeps_somebody_from_signing_in(stage, client, receiver):
    await register(client)
    before = await stage.count(sessions)
    at_login(stage, web_hook(receiver.url, can_interrupt=True))
    receiver.will_say(refusal("identifier"), status=401)
    answer = await sign_in(client)

    assert answer.status_code == 400
    assert node(answer.json(), "identifier")["messages"] == [BELOW_18]
    assert await stage.count(sessions) == before


async def test_at_login_hooks_run_in_the_order_of_the_list_and_nothing_they_change_is_stored(stage, client, receiver):
    done = await register(client)
    body = jsonnet("function(ctx) ctx.identity")
    at_login(
        stage, web_hook(receiver.url, id="told"), web_hook(receiver.url, body=body, **PARSE), web_hook(receiver.url)
    )
    receiver.will_say({"identity": {"metadata_public": {"tier": "gold"}}})
    answer = await sign_in(client)

    assert answer.status_code == 200, answer.text
    assert len(receiver.bodies) == 3
    assert "metadata_public" in receiver.bodies[1]
    assert receiver.bodies[2]["ctx"]["identity"]["metadata_public"] == {"tier": "gold"}
    kept = (await client.get(f"/admin/identities/{done['identity']['id']}", headers=ADMIN)).json()
    assert kept["metadata_public"] is None


# -- what stays true --------------------------------------------------------------------------------------------


async def test_a_form_keeps_no_message_of_a_try_that_was_mended(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say(refusal("#/captcha"), status=400)
    flow = await start_in_browser(client)
    await submit(client, flow, ADA, csrf_token=csrf_token(flow))
    answer = await submit(client, flow, {"name": "A"}, csrf_token=csrf_token(flow))

    names = [item["attributes"]["name"] for item in answer.json()["ui"]["nodes"]]
    assert "captcha" not in names


async def test_the_address_and_the_credential_of_a_changed_person_are_the_changed_ones(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say({"identity": {"traits": {**ADA, "email": "new@example.org"}}})
    await register(client)

    def query(connection):
        rows = connection.execute(select(addresses.c.value)).scalars().all()
        return set(rows), len(connection.execute(select(credentials.c.id)).all())

    assert await stage.database.read(query) == ({"new@example.org"}, 1)
    assert (await stage.mails())[0]["recipient"] == "new@example.org"


async def test_a_huge_refusal_is_shown_in_part(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    messages = [{"id": number, "text": "x" * 5_000, "type": "error"} for number in range(500)]
    receiver.will_say(refusal("", *messages), status=400)
    answer = await submit(client, await start_native(client), ADA)

    assert answer.status_code == 400
    assert len(answer.content) < 256 * 1024
    assert await stage.count(flows) == 1


async def test_single_page_apps_get_the_flow_with_400(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, **PARSE))
    receiver.will_say(refusal("#/traits/name"), status=400)
    flow = await start_in_browser(client)
    url = f"/self-service/registration?flow={flow['id']}"
    body = {"method": "password", "password": PASSWORD, "traits": ADA, "csrf_token": csrf_token(flow)}
    answer = await client.post(url, json=body, headers=AS_JSON)

    assert (answer.status_code, answer.json()["id"]) == (400, flow["id"])
