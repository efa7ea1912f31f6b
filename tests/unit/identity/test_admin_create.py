import base64
import json

import pytest
from admin_stage import PEOPLE, READY_HASH, AdminStage, made, person, with_hash
from identity_stage import PERSON, base64_url

from headwater.identity.passwords.overload import HashingOverloadedError
from headwater.store.tables import addresses, credentials, identifiers, identities, outbox

LATER = {
    "totp": {"config": {"totp_url": "otpauth://totp/x?secret=ABC"}},
    "lookup_secret": {"config": {"codes": [{"code": "1"}]}},
    "webauthn": {"config": {"credentials": [], "user_handle": "AAAA"}},
    "passkey": {"config": {"credentials": [], "user_handle": "AAAA"}},
    "saml": {"config": {"providers": [{"provider": "okta", "subject": "1"}]}},
}

WRONG = (
    ({"traits": {"email": "nope"}}, "I[#/traits/email]"),
    ({"traits": {}}, "I[#/traits/email]"),
    ({"traits": None}, "I[#/traits/email]"),
    ({"traits": {"email": "ada@example.org", "zip": 1}}, "zip"),
    ({"traits": "ada"}, "$.traits"),
    ({"traits": ["ada"]}, "$.traits"),
    ({"schema_id": "nonsense"}, "nonsense"),
    ({"schema_id": 7}, "$.schema_id"),
    ({"state": "asleep"}, "asleep"),
    ({"foo": 1}, "foo"),
    ({"credentials": {"code": {}}}, "code"),
    ({"credentials": {"password": "x"}}, "$.credentials.password"),
    ({"credentials": {"oidc": {"config": {"providers": [{"provider": "google"}]}}}}, "subject"),
    ({"verifiable_addresses": [{"value": "ada@example.org", "via": "email", "status": "x"}]}, "status"),
    (
        {"verifiable_addresses": [{"value": "ada@example.org", "via": "email", "verified": True, "verified_at": "x"}]},
        "verified_at",
    ),
    ({"external_id": "x" * 256}, "external_id"),
    ({"external_id": "a\x00b"}, "external_id"),
)


@pytest.fixture
async def stage(tmp_path):
    stage = await AdminStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


async def leaves_nothing(stage):
    return [await stage.count(table) for table in (identities, credentials, identifiers, addresses, outbox)] == [0] * 5


async def test_a_person_is_made_with_their_event_and_place(stage, client):
    answer = await client.post(PEOPLE, json=person())

    assert answer.status_code == 201
    assert answer.headers["location"].endswith(f"{PEOPLE}/{answer.json()['id']}")
    assert (await client.get(f"{PEOPLE}/{answer.json()['id']}")).json() == answer.json()
    (event,) = await stage.events()
    assert event["event"] == "Identity Created"
    assert event["userId"] == answer.json()["id"]


async def test_someone_made_without_a_password_signs_in_with_none(stage, client):
    ada = await made(client, person())

    assert ada["credentials"]["password"]["identifiers"] == ["ada@example.org"]
    for guess in ("", "{}", "None"):
        assert not await stage.password_fits("ada@example.org", guess)


async def test_a_password_in_clear_is_hashed_and_shown_to_nobody(stage, client):
    clear = "correct horse battery staple"
    answer = await client.post(PEOPLE, json=person(credentials={"password": {"config": {"password": clear}}}))

    assert answer.status_code == 201
    assert clear not in answer.text
    assert await stage.password_fits("ada@example.org", clear)
    stored = await stage.database.read(lambda connection: connection.execute(credentials.select()).all())
    assert clear not in str(stored)


async def test_an_imported_password_may_break_the_policy(stage, client):
    await made(client, person(credentials={"password": {"config": {"password": "a"}}}))

    assert await stage.password_fits("ada@example.org", "a")


async def test_a_ready_hash_lets_its_owner_in(stage, client):
    await made(client, with_hash("ada@example.org"))

    assert await stage.password_fits("ada@example.org", "correct horse battery")
    assert not await stage.password_fits("ada@example.org", "correct horse")


@pytest.mark.parametrize(
    "config",
    [
        {"hashed_password": "nope"},
        {"hashed_password": "$2b$31$" + "a" * 53},
        {"hashed_password": "$argon2id$v=19$m=9999999999,t=99,p=99$YWFhYWFhYWE$YWFhYQ"},
        {"password": ""},
        {},
        {"password": "x" * 5000},
    ],
    ids=["unknown", "cost", "memory", "empty", "nothing", "long"],
)
async def test_a_password_nobody_could_use_is_refused(stage, client, config):
    answer = await client.post(PEOPLE, json=person(credentials={"password": {"config": config}}))

    assert answer.status_code == 400
    assert "correct horse" not in answer.text
    assert await leaves_nothing(stage)


async def test_a_flood_of_clear_passwords_gets_429_and_stores_nothing(stage, client):
    async def refuse(*_args, **_options):
        raise HashingOverloadedError

    stage.hasher.hash = refuse
    answer = await client.post(PEOPLE, json=person(credentials={"password": {"config": {"password": "a"}}}))

    assert answer.status_code == 429
    assert await leaves_nothing(stage)


async def test_accounts_elsewhere_are_kept_as_given_and_lead_to_one_person(client):
    providers = [
        {"provider": "google", "subject": "42", "use_auto_link": True},
        {"provider": "github", "subject": "Ada"},
        {"provider": "github", "subject": "Ada"},
    ]
    elsewhere = {"oidc": {"config": {"providers": providers}}}
    ada = await made(client, person(credentials=elsewhere))
    assert ada["credentials"]["oidc"]["identifiers"] == ["google:42", "github:Ada"]

    shown = await client.get(f"{PEOPLE}/{ada['id']}", params={"include_credential": "oidc"})
    kept = shown.json()["credentials"]["oidc"]["config"]["providers"]
    assert [(item["provider"], item["subject"], item.get("use_auto_link")) for item in kept] == [
        ("google", "42", True),
        ("github", "Ada", None),
    ]
    mallory = await client.post(PEOPLE, json=person("mallory@example.org", credentials=elsewhere))
    assert mallory.status_code == 409


@pytest.mark.parametrize("kind", LATER)
async def test_what_comes_later_says_so_and_is_not_half_imported(stage, client, kind):
    answer = await client.post(PEOPLE, json=person(credentials={kind: LATER[kind]}))

    assert answer.status_code == 501
    assert kind in answer.json()["error"]["reason"]
    assert await leaves_nothing(stage)


async def test_whose_password_another_system_knows_is_made_without_one(client):
    config = {"use_password_migration_hook": True}
    ada = await made(client, person(credentials={"password": {"config": config}}))
    shown = (await client.get(f"{PEOPLE}/{ada['id']}?include_credential=password")).json()

    assert shown["credentials"]["password"]["config"] == config
    assert shown["credentials"]["password"]["identifiers"] == ["ada@example.org"]


async def test_a_verified_address_stays_verified(client):
    proven = {"value": "ADA@example.org", "via": "email", "verified": True, "status": "completed"}
    ada = await made(client, person(verifiable_addresses=[proven], recovery_addresses=[proven]))

    (address,) = ada["verifiable_addresses"]
    assert (address["value"], address["verified"], address["status"]) == ("ada@example.org", True, "completed")
    assert address["verified_at"].endswith("Z")
    with_time = {**proven, "value": "grace@example.org", "verified_at": "2020-02-03T04:05:06Z"}
    grace = await made(client, person("grace@example.org", verifiable_addresses=[with_time]))
    assert grace["verifiable_addresses"][0]["verified_at"] == "2020-02-03T04:05:06.000Z"


async def test_an_address_that_the_traits_do_not_hold_is_not_theirs(client):
    other = {"value": "grace@example.org", "via": "email", "verified": True, "status": "completed"}
    ada = await made(client, person(verifiable_addresses=[other]))

    assert [(item["value"], item["verified"]) for item in ada["verifiable_addresses"]] == [("ada@example.org", False)]


async def test_what_makes_no_person_is_refused_naming_its_place(stage, client):
    for change, where in WRONG:
        answer = await client.post(PEOPLE, json={**person(), **change})
        assert answer.status_code == 400, change
        assert where in answer.json()["error"]["reason"]
    assert await leaves_nothing(stage)


@pytest.mark.parametrize("body", [b"", b"{nope", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"traits":{"a":"\\ud800"}}'])
async def test_a_body_that_is_none_is_refused(stage, client, body):
    answer = await client.post(PEOPLE, content=body)

    assert answer.status_code == 400
    assert await leaves_nothing(stage)


def nested(levels):
    return json.loads('{"a":' * levels + "1" + "}" * levels)


@pytest.mark.parametrize("name", ["traits", "metadata_public", "metadata_admin"])
async def test_deeply_nested_and_oversized_values_are_refused(stage, client, name):
    def with_value(value):
        return {**person(), name: {"email": "ada@example.org", "note": value}}

    for value in (nested(20), [["x" * 100] * 100] * 20):
        answer = await client.post(PEOPLE, json=with_value(value))
        assert answer.status_code == 400, value
        assert name in answer.json()["error"]["reason"]
    assert (await client.post(PEOPLE, json=with_value(nested(10)))).status_code == 201


async def test_a_body_nested_without_end_is_a_bad_request(stage, client):
    bomb = b'{"traits":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}"

    assert (await client.post(PEOPLE, content=bomb)).status_code == 400
    assert (await client.patch(PEOPLE, content=b'{"identities":[{"create":' + bomb + b"}]}")).status_code in (200, 400)
    assert await leaves_nothing(stage)


async def test_two_people_cannot_have_one_address_or_external_id(stage, client):
    await made(client, person(external_id="crm-1"))
    same_address = await client.post(PEOPLE, json=person("ADA@Example.org"))
    same_external_id = await client.post(PEOPLE, json=person("grace@example.org", external_id="crm-1"))

    for answer in (same_address, same_external_id):
        assert answer.status_code == 409
        assert "conflicts with another identity" in answer.json()["error"]["reason"]
    assert await stage.count(identities) == 1
    assert await stage.count(outbox) == 1


async def test_an_address_is_one_persons_even_where_nobody_signs_in_with_it(stage, client):
    other = json.loads(json.dumps(PERSON))
    traits = other["properties"]["traits"]["properties"]
    del traits["email"]["ory.sh/kratos"]["credentials"]
    stage.revise(lambda whole: whole["identity"]["schemas"].append({"id": "reached", "url": base64_url(other)}))
    await made(client, {**person(), "schema_id": "reached"})

    assert (await client.post(PEOPLE, json={**person(), "schema_id": "reached"})).status_code == 409


async def test_an_address_that_reaches_nobody_is_refused_though_the_schema_lets_it_pass(stage, client):
    other = json.loads(json.dumps(PERSON))
    reached = {"type": "string", "ory.sh/kratos": {"verification": {"via": "sms"}}}
    other["properties"]["traits"]["properties"]["phone"] = reached
    stage.revise(lambda whole: whole["identity"]["schemas"].append({"id": "reached", "url": base64_url(other)}))
    traits = {"email": "ada@example.org", "phone": "call me"}
    answer = await client.post(PEOPLE, json={"schema_id": "reached", "traits": traits})

    assert answer.status_code == 400
    assert "I[#/traits/phone]" in answer.json()["error"]["reason"]


async def test_the_default_schema_is_taken_where_none_is_named(client):
    body = person()
    del body["schema_id"]

    assert (await made(client, body))["schema_id"] == "person"


async def test_someone_may_start_inactive(client):
    assert (await made(client, person(state="inactive")))["state"] == "inactive"


async def test_an_organization_is_refused_instead_of_forgotten(client):
    answer = await client.post(PEOPLE, json=person(organization_id="22222222-2222-4222-8222-222222222222"))

    assert answer.status_code == 501


async def test_a_hash_that_comes_in_is_stored_to_the_letter(stage, client):
    ada = await made(client, with_hash("ada@example.org"))
    shown = await client.get(f"{PEOPLE}/{ada['id']}", params={"include_credential": "password"})

    assert shown.json()["credentials"]["password"]["config"]["hashed_password"] == READY_HASH
    assert base64.b64encode(READY_HASH.encode()).decode() not in shown.text
