import asyncio

import pytest
from admin_stage import PEOPLE, READY_HASH, AdminStage, made, person, with_hash

from headwater.store.tables import identifiers, outbox

DENIED = (
    "/id",
    "/ID",
    "/id/x",
    "/stateChangedAt",
    "/region",
    "/statechangedat",
    "/credentials",
    "/Credentials",
    "/credentials/oidc",
    "/credentials/oidc/config/providers",
    "/credentials/password/identifiers",
    "/credentials/password/config",
    "/credentials/password/config/hashed_password/x",
)
ATTACKS = (
    {"op": "copy", "from": "/metadata_admin", "path": "/traits/name"},
    {"op": "move", "from": "/traits/email", "path": "/traits/name"},
    {"op": "test", "path": "/state", "value": "active"},
    {"op": "nonsense", "path": "/state", "value": "active"},
    {"path": "/state", "value": "inactive"},
    {"op": "replace", "value": "inactive"},
    {"op": "replace", "path": "state", "value": "inactive"},
    {"op": "replace", "path": 7, "value": "inactive"},
    {"op": "replace", "path": "", "value": {}},
    {"op": "replace", "path": "", "value": [1]},
    {"op": "remove", "path": "/traits/nonsense"},
    {"op": "remove", "path": "/traits/email"},
    {"op": "remove", "path": "/state"},
    {"op": "remove", "path": "/schema_id"},
    {"op": "replace", "path": "/traits", "value": "x"},
    {"op": "replace", "path": "/traits/email", "value": {"a": 1}},
    {"op": "replace", "path": "/state", "value": "asleep"},
    {"op": "replace", "path": "/schema_id", "value": "nonsense"},
    {"op": "add", "path": "/verifiable_addresses/7", "value": {}},
    {"op": "replace", "path": "/verifiable_addresses", "value": "x"},
    {"op": "add", "path": "/metadata_public" + "/a" * 200, "value": 1},
    {"op": "add", "path": "/traits/note", "value": [["x" * 100] * 100] * 20},
    {"op": "add", "path": "/organization_id", "value": 7},
    {"op": "replace", "path": "/created_at", "value": "x"},
    {"op": "replace", "path": "/recovery_addresses", "value": "x"},
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


@pytest.fixture
async def ada(client):
    proven = {"value": "ada@example.org", "via": "email", "verified": True, "status": "completed"}
    body = with_hash("ada@example.org")
    return await made(client, {**body, "verifiable_addresses": [proven], "metadata_admin": {"tier": 1}})


def url_of(someone):
    return f"{PEOPLE}/{someone['id']}"


async def patched(client, someone, *operations):
    return await client.patch(url_of(someone), json=list(operations))


async def test_putting_someone_moves_identifier_and_address_and_keeps_the_password(stage, client, ada):
    stage.clock.advance(60)
    answer = await client.put(url_of(ada), json=person("lovelace@example.org"))

    assert answer.status_code == 200
    after = answer.json()
    assert after == (await client.get(url_of(ada))).json()
    assert after["credentials"]["password"]["identifiers"] == ["lovelace@example.org"]
    (address,) = after["verifiable_addresses"]
    assert (address["value"], address["verified"]) == ("lovelace@example.org", False)
    assert after["metadata_admin"] is None
    assert after["created_at"] == ada["created_at"]
    assert after["updated_at"] > ada["updated_at"]
    assert await stage.password_fits("lovelace@example.org", "correct horse battery")
    assert not await stage.password_fits("ada@example.org", "correct horse battery")
    assert [event["event"] for event in await stage.events()] == ["Identity Created", "Identity Updated"]


async def test_an_address_that_stays_keeps_its_id_and_what_was_proven(client, ada):
    answer = await client.put(url_of(ada), json={**person(), "traits": {"email": "ADA@example.org", "name": "Ada"}})

    assert answer.json()["verifiable_addresses"] == ada["verifiable_addresses"]
    assert answer.json()["recovery_addresses"] == ada["recovery_addresses"]


async def test_sending_back_a_whole_identity_changes_nothing_it_says(client, ada):
    stale = {**ada, "verifiable_addresses": [{**ada["verifiable_addresses"][0], "verified": False}]}
    answer = await client.put(url_of(ada), json=stale)

    assert answer.status_code == 200
    assert {**answer.json(), "updated_at": ""} == {**ada, "updated_at": ""}


async def test_putting_a_password_replaces_it_and_tells_the_log(stage, client, ada):
    body = person(credentials={"password": {"config": {"password": "a new passphrase"}}})
    answer = await client.put(url_of(ada), json=body)

    assert answer.status_code == 200
    assert await stage.password_fits("ada@example.org", "a new passphrase")
    assert not await stage.password_fits("ada@example.org", "correct horse battery")
    assert [event["event"] for event in await stage.events()][1:] == ["Identity Updated", "Credential Changed"]


async def test_putting_accounts_elsewhere_adds_to_those_there(client, ada):
    for subject in ("1", "2"):
        providers = [{"provider": "google", "subject": subject}]
        body = person(credentials={"oidc": {"config": {"providers": providers}}})
        answer = await client.put(url_of(ada), json=body)

    assert answer.json()["credentials"]["oidc"]["identifiers"] == ["google:1", "google:2"]


@pytest.mark.parametrize(
    "change",
    [
        {"traits": {"email": "x"}},
        {"traits": None},
        {"state": "asleep"},
        {"schema_id": "nonsense"},
        {"credentials": {"password": {"config": {"hashed_password": "nope"}}}},
    ],
    ids=["traits", "none", "state", "schema", "hash"],
)
async def test_a_wrong_put_changes_nothing(stage, client, ada, change):
    answer = await client.put(url_of(ada), json={**person(), **change})

    assert answer.status_code == 400
    assert (await client.get(url_of(ada))).json() == ada
    assert await stage.count(outbox) == 1


async def test_nobody_is_given_an_address_that_is_somebody_elses(stage, client, ada):
    grace = await made(client, person("grace@example.org", external_id="crm-2"))
    for answer in (
        await client.put(url_of(ada), json=person("Grace@example.org")),
        await client.put(url_of(ada), json=person(external_id="crm-2")),
        await patched(client, ada, {"op": "replace", "path": "/traits/email", "value": "grace@example.org"}),
    ):
        assert answer.status_code == 409

    assert (await client.get(url_of(ada))).json() == ada
    assert (await client.get(url_of(grace))).json() == grace
    assert await stage.count(identifiers) == 2
    assert await stage.count(outbox) == 2


async def test_a_patch_changes_what_it_names_and_nothing_else(stage, client, ada):
    answer = await patched(
        client,
        ada,
        {"op": "replace", "path": "/traits/name", "value": "Ada"},
        {"op": "add", "path": "/metadata_public/a/b", "value": 1},
        {"op": "replace", "path": "/state", "value": "inactive"},
        {"op": "add", "path": "/external_id", "value": "crm-1"},
    )

    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["traits"] == {"email": "ada@example.org", "name": "Ada"}
    assert after["metadata_public"] == {"a": {"b": 1}}
    assert after["metadata_admin"] == {"tier": 1}
    assert after["state"] == "inactive"
    assert after["external_id"] == "crm-1"
    assert after["verifiable_addresses"] == ada["verifiable_addresses"]
    assert await stage.password_fits("ada@example.org", "correct horse battery")
    gone = await patched(client, ada, {"op": "remove", "path": "/external_id"})
    assert "external_id" not in gone.json()


async def test_an_operator_can_verify_an_address_by_patch(client):
    ada = await made(client, person())
    answer = await patched(
        client,
        ada,
        {"op": "replace", "path": "/verifiable_addresses/0/verified", "value": True},
        {"op": "replace", "path": "/verifiable_addresses/0/status", "value": "completed"},
    )

    assert (await client.get(url_of(ada))).json() == answer.json()
    (address,) = answer.json()["verifiable_addresses"]
    assert (address["id"], address["verified"], address["status"]) == (
        ada["verifiable_addresses"][0]["id"],
        True,
        "completed",
    )
    assert address["verified_at"].endswith("Z")


async def test_a_patch_of_the_hash_is_the_one_way_into_credentials(stage, client):
    ada = await made(client, person())
    path = "/credentials/password/config/hashed_password"
    answer = await patched(client, ada, {"op": "replace", "path": path, "value": READY_HASH})

    assert answer.status_code == 200
    assert await stage.password_fits("ada@example.org", "correct horse battery")
    refused = await patched(client, ada, {"op": "replace", "path": path, "value": "nope"})
    assert refused.status_code == 400


async def test_a_patch_reaches_no_denied_path(stage, client, ada):
    for path in DENIED:
        for operation in ("add", "replace", "remove"):
            answer = await patched(client, ada, {"op": operation, "path": path, "value": "x"})
            assert answer.status_code == 400, path
            assert "denied path" in answer.json()["error"]["reason"]
    assert (await client.get(url_of(ada))).json() == ada
    assert await stage.count(outbox) == 1


async def test_a_patch_that_attacks_or_errs_changes_nothing(stage, client, ada):
    for operation in ATTACKS:
        answer = await patched(client, ada, operation)
        assert answer.status_code == 400, operation
        assert answer.json()["error"]["reason"]
    assert (await client.get(url_of(ada))).json() == ada
    assert await stage.count(outbox) == 1


@pytest.mark.parametrize("body", [{"op": "replace"}, "x", None, [1], [[]], [None]], ids=range(6))
async def test_a_body_that_is_no_patch_is_refused(client, ada, body):
    assert (await client.patch(url_of(ada), json=body)).status_code == 400


async def test_a_patch_may_name_what_is_ours_to_keep_without_effect(client, ada):
    answer = await patched(
        client,
        ada,
        {"op": "replace", "path": "/created_at", "value": "2000-01-01T00:00:00Z"},
        {"op": "replace", "path": "/verifiable_addresses/0/id", "value": "22222222-2222-4222-8222-222222222222"},
        {"op": "add", "path": "/nonsense", "value": 1},
    )

    assert answer.status_code == 200
    assert {**answer.json(), "updated_at": ""} == {**ada, "updated_at": ""}


async def test_nobody_verifies_an_address_by_renaming_another(client, ada):
    grace = await made(client, person("grace@example.org"))
    answer = await patched(
        client, grace, {"op": "add", "path": "/verifiable_addresses/-", "value": ada["verifiable_addresses"][0]}
    )

    assert [item["value"] for item in answer.json()["verifiable_addresses"]] == ["grace@example.org"]
    assert not answer.json()["verifiable_addresses"][0]["verified"]


async def test_two_operators_at_once_undo_nothing_of_each_other(client, ada):
    changes = [{"op": "add", "path": f"/metadata_public/n{n}", "value": n} for n in range(12)]
    start = await patched(client, ada, {"op": "add", "path": "/metadata_public", "value": {}})
    assert start.status_code == 200
    answers = await asyncio.gather(*(patched(client, ada, change) for change in changes))

    assert [answer.status_code for answer in answers] == [200] * 12
    shown = (await client.get(url_of(ada))).json()["metadata_public"]
    assert shown == {f"n{n}": n for n in range(12)}


async def test_the_last_way_to_sign_in_cannot_be_taken(stage, client, ada):
    answer = await client.delete(f"{url_of(ada)}/credentials/password")

    assert answer.status_code == 400
    assert await stage.password_fits("ada@example.org", "correct horse battery")


async def test_a_password_goes_when_another_way_in_stays(stage, client, ada):
    providers = [{"provider": "google", "subject": "1"}, {"provider": "github", "subject": "Ada"}]
    await client.put(url_of(ada), json=person(credentials={"oidc": {"config": {"providers": providers}}}))

    assert (await client.delete(f"{url_of(ada)}/credentials/password")).status_code == 204
    assert not await stage.password_fits("ada@example.org", "correct horse battery")
    kept = (await client.get(url_of(ada))).json()["credentials"]
    assert kept["password"]["identifiers"] == ["ada@example.org"]
    assert (await stage.events())[-1]["event"] == "Credential Changed"

    assert (await client.delete(f"{url_of(ada)}/credentials/oidc")).status_code == 400
    unknown = await client.delete(f"{url_of(ada)}/credentials/oidc", params={"identifier": "google:9"})
    assert unknown.status_code == 404
    one = await client.delete(f"{url_of(ada)}/credentials/oidc", params={"identifier": "google:1"})
    assert one.status_code == 204
    last = await client.delete(f"{url_of(ada)}/credentials/oidc", params={"identifier": "github:Ada"})
    assert last.status_code == 400
    assert (await client.get(url_of(ada))).json()["credentials"]["oidc"]["identifiers"] == ["github:Ada"]


@pytest.mark.parametrize("kind", ["oidc", "totp", "lookup_secret", "nonsense", "'; DROP TABLE credentials"])
async def test_a_credential_that_is_not_there_is_404(client, ada, kind):
    answer = await client.delete(f"{url_of(ada)}/credentials/{kind}")

    assert answer.status_code == 404
    assert kind in answer.json()["error"]["reason"]
