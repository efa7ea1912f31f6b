import json

import pytest
from admin_stage import PEOPLE, AdminStage, made, person, with_hash
from identity_stage import PERSON, base64_url


@pytest.fixture
async def stage(tmp_path):
    stage = await AdminStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


def set_schema(stage, **more):
    """Require new traits of everybody, those who are there included."""
    stricter = json.loads(json.dumps(PERSON))
    traits = stricter["properties"]["traits"]
    traits["properties"]["member"] = {"type": "string", "minLength": 3}
    traits["required"] = ["email", "member"]
    del traits["properties"]["name"]
    schema = {"id": "person", "url": base64_url(stricter), **more}
    stage.revise(lambda whole: whole["identity"].update(schemas=[schema]))


async def test_a_stricter_schema_breaks_nobody_who_is_there(stage, client):
    body = with_hash("ada@example.org")
    ada = await made(client, {**body, "traits": {"email": "ada@example.org", "name": "Ada"}})
    _, token = await stage.sign_in(ada["id"])
    set_schema(stage)

    assert (await client.get(f"{PEOPLE}/{ada['id']}")).json() == ada
    assert (await client.get(PEOPLE)).json()[0]["traits"] == ada["traits"]
    assert await stage.is_signed_in(token)
    assert await stage.password_fits("ada@example.org", "correct horse battery")


async def test_who_is_changed_has_to_fit_the_schema_as_it_is_now(stage, client):
    ada = await made(client, {**person(), "traits": {"email": "ada@example.org", "name": "Ada"}})
    set_schema(stage)

    url = f"{PEOPLE}/{ada['id']}"
    for answer in (
        await client.put(url, json=person()),
        await client.patch(url, json=[{"op": "add", "path": "/metadata_public", "value": 1}]),
    ):
        assert answer.status_code == 400
        assert "member" in answer.json()["error"]["reason"]
    fitting = await client.patch(
        url,
        json=[{"op": "remove", "path": "/traits/name"}, {"op": "add", "path": "/traits/member", "value": "yes"}],
    )
    assert fitting.status_code == 200
    assert fitting.json()["verifiable_addresses"] == ada["verifiable_addresses"]


async def test_who_has_a_schema_that_is_gone_is_shown_and_can_be_moved(stage, client):
    ada = await made(client, with_hash("ada@example.org"))
    stage.revise(lambda whole: whole["identity"]["schemas"][0].update(id="member"))
    stage.revise(lambda whole: whole["identity"].update(default_schema_id="member"))

    url = f"{PEOPLE}/{ada['id']}"
    assert (await client.get(url)).json() == ada
    refused = await client.patch(url, json=[{"op": "add", "path": "/metadata_public", "value": 1}])
    assert refused.status_code == 400
    assert "Unable to find JSON Schema ID: person" in refused.json()["error"]["reason"]
    moved = await client.patch(url, json=[{"op": "replace", "path": "/schema_id", "value": "member"}])
    assert moved.status_code == 200
    assert moved.json()["schema_id"] == "member"
    assert await stage.password_fits("ada@example.org", "correct horse battery")


async def test_people_of_one_project_may_have_different_schemas(stage, client):
    username = {"id": "preset://username", "url": "preset://username"}
    stage.revise(lambda whole: whole["identity"]["schemas"].append(username))
    await made(client, person())
    grace = await made(client, {"schema_id": "preset://username", "traits": {"username": "Grace"}})

    assert grace["schema_id"] == "preset://username"
    assert "verifiable_addresses" not in grace
    wrong = await client.post(PEOPLE, json={"schema_id": "preset://username", "traits": {"email": "x@example.org"}})
    assert wrong.status_code == 400
    # One name leads to one person, whatever their schemas.
    taken = {"schema_id": "preset://username", "traits": {"username": "ada@example.org"}}
    assert (await client.post(PEOPLE, json=taken)).status_code == 409
