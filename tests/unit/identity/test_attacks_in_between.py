"""Somebody, or the rules they live by, gone in the middle of a step: no error of ours, nobody is locked out."""

import pytest
from identity_stage import AS_JSON, GRACE, PASSWORD, base64_url, register
from login_stage import with_codes
from recovery_stage import begin, on_stage, send
from sqlalchemy import delete

from headwater.identity.courier.courier import Courier
from headwater.store.tables import challenges, identities

EMAIL = GRACE["email"]
NEXT_PASSWORD = "another horse battery"


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        stage.revise(with_codes)
        async with stage.client() as app:
            await register(app, GRACE)
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


CASES = [
    ("login", {"identifier": EMAIL}, 400),
    ("recovery", {"email": EMAIL}, 200),
    ("verification", {"email": EMAIL}, 200),
]


@pytest.mark.parametrize("case", CASES, ids=[kind for kind, *_ in CASES])
async def test_somebody_deleted_while_their_code_is_written_is_no_error_of_ours(stage, client, monkeypatch, case):
    kind, body, status = case
    compose = Courier.compose

    async def compose_while_deleted(*arguments, **more):
        mail = await compose(*arguments, **more)
        await stage.database.write(lambda connection: connection.execute(delete(identities)))
        return mail

    monkeypatch.setattr(Courier, "compose", compose_while_deleted)
    answer = await send(client, await begin(client, kind), method="code", **body)

    assert (status, "sent_email") == (answer.status_code, answer.json()["state"])
    assert 1 == await stage.count(challenges)


async def sign_in(client, password):
    return await send(client, await begin(client, "login"), method="password", identifier=EMAIL, password=password)


OTHER = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {"traits": {"type": "object", "properties": {"nick": {"type": "string"}}}},
}


def with_another_schema(whole):
    whole["identity"] = {"default_schema_id": "other", "schemas": [{"id": "other", "url": base64_url(OTHER)}]}


async def test_a_new_password_keeps_who_one_is_though_the_schema_is_gone(stage, client):
    entered = await sign_in(client, PASSWORD)
    stage.revise(with_another_schema)
    token = {"X-Session-Token": entered.json()["session_token"]}
    flow = (await client.get("/self-service/settings/api", headers={**AS_JSON, **token})).json()
    body = {"method": "password", "password": NEXT_PASSWORD}
    changed = await client.post(f"/self-service/settings?flow={flow['id']}", json=body, headers=token)
    again = await sign_in(client, NEXT_PASSWORD)

    assert (200, 200) == (changed.status_code, again.status_code)
    assert EMAIL == again.json()["session"]["identity"]["verifiable_addresses"][0]["value"]
