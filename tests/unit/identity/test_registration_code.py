"""Registering with a one-time code, and what Mallory tries with it. Compared with the real Kratos."""

import asyncio
import json

import pytest
from identity_stage import ADA, GRACE, PERSON, base64_url, message_ids, start_native
from sqlalchemy import select

from headwater.store.tables import addresses, challenges, courier_messages, identities

CODE_SCHEMA = {
    **PERSON,
    "properties": {
        "traits": {
            **PERSON["properties"]["traits"],
            "properties": {
                **PERSON["properties"]["traits"]["properties"],
                "email": {
                    "type": "string",
                    "format": "email",
                    "title": "E-Mail",
                    "ory.sh/kratos": {
                        "credentials": {
                            "password": {"identifier": True},
                            "code": {"identifier": True, "via": "email"},
                        },
                        "verification": {"via": "email"},
                        "recovery": {"via": "email"},
                    },
                },
            },
        }
    },
}


@pytest.fixture
def stage(stage):
    def change(whole):
        whole["identity"]["schemas"][0]["url"] = base64_url(CODE_SCHEMA)
        whole["selfservice"]["methods"]["code"] = {"enabled": True, "passwordless_enabled": True}

    stage.revise(change)
    return stage


async def post(client, flow, **body):
    body = {"method": "code", "traits": ADA, **body}
    return await client.post(f"/self-service/registration?flow={flow['id']}", json=body)


async def sent(client, **body):
    """Start a flow and have the code sent."""
    flow = await start_native(client)
    answer = await post(client, flow, **body)
    assert answer.status_code == 400
    assert message_ids(answer.json()) == [1040005], answer.text
    return answer.json()


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_the_code_makes_the_person_with_a_proven_address(stage, client):
    flow = await sent(client)
    assert flow["state"] == "sent_email"
    assert flow["active"] == "code"
    assert await stage.count(identities) == 0

    done = await post(client, flow, code=await stage.code_to(ADA["email"]))

    assert done.status_code == 200, done.text
    assert done.json()["session"]["authentication_methods"][0]["method"] == "code"
    (address,) = done.json()["identity"]["verifiable_addresses"]
    assert address["verified"]
    assert address["status"] == "completed"
    (event,) = await stage.events()
    assert event["event"] == "Signed Up"
    assert event["properties"]["method"] == "code"


async def test_neither_code_nor_its_bare_hash_is_stored(stage, client):
    await sent(client)
    code = await stage.code_to(ADA["email"])

    row = await stage.database.read(lambda c: c.execute(select(challenges)).mappings().one())
    message = await stage.database.read(lambda c: c.execute(select(courier_messages)).mappings().one())
    assert code not in "".join(map(str, row.values()))
    assert code.encode() not in message["sealed"]
    assert code not in message["subject"]


async def test_code_guessing_ends_after_five_tries_even_with_the_right_one(stage, client):
    flow = await sent(client)
    code = await stage.code_to(ADA["email"])
    for _ in range(5):
        assert message_ids((await post(client, flow, code=wrong(code))).json()) == [4040003]

    for guess in (wrong(code), code):
        assert message_ids((await post(client, flow, code=guess)).json()) == [4000001]
    assert await stage.count(identities) == 0


async def test_fifty_guesses_at_the_same_moment_are_no_more_than_five(stage, client):
    flow = await sent(client)
    code = await stage.code_to(ADA["email"])
    guesses = [f"{(int(code) + number) % 1_000_000:06}" for number in range(1, 51)]
    answers = await asyncio.gather(*(post(client, flow, code=guess) for guess in guesses))

    assert [message_ids(answer.json()) for answer in answers].count([4040003]) == 5


async def test_another_code_may_be_asked_for_and_the_old_one_is_worth_nothing(stage, client):
    flow = await sent(client)
    old = await stage.code_to(ADA["email"])
    stage.clock.advance(1)
    assert message_ids((await post(client, flow, resend="code")).json()) == [1040005]
    new = await stage.code_to(ADA["email"])

    assert message_ids((await post(client, flow, code=old)).json()) == [4040003]
    assert (await post(client, flow, code=new)).status_code == 200


async def test_an_expired_code_is_refused(stage, client):
    stage.revise(lambda whole: whole["selfservice"]["methods"]["code"].update(config={"lifespan": "1m"}))
    flow = await sent(client)
    code = await stage.code_to(ADA["email"])
    stage.clock.advance(61)

    assert message_ids((await post(client, flow, code=code)).json()) == [4040003]


async def test_a_code_for_one_address_registers_no_other(stage, client):
    flow = await sent(client)
    code = await stage.code_to(ADA["email"])

    assert message_ids((await post(client, flow, code=code, traits=GRACE)).json()) == [4000036]
    assert await stage.count(identities) == 0


async def test_a_code_of_another_flow_is_worth_nothing(stage, client):
    await sent(client)
    code = await stage.code_to(ADA["email"])
    stage.clock.advance(1)
    other = await sent(client, traits=GRACE)
    while await stage.code_to(GRACE["email"]) == code:  # once in a million
        stage.clock.advance(1)
        await post(client, other, traits=GRACE, resend="code")

    assert message_ids((await post(client, other, traits=GRACE, code=code)).json()) == [4040003]


async def test_who_exists_already_is_told_to_the_owner_of_the_address_only(stage, client):
    first = await sent(client)
    await post(client, first, code=await stage.code_to(ADA["email"]))
    stage.clock.advance(1)
    async with stage.client() as mallory:
        flow = await sent(mallory)  # looks as for anybody
        answer = await post(mallory, flow, code=await stage.code_to(ADA["email"]))

    assert message_ids(answer.json()) == [4000007]
    assert await stage.count(identities) == 1


def hide_accounts(stage):
    stage.revise(lambda whole: whole.update(security={"account_enumeration": {"mitigate": True}}))


async def test_under_mitigate_too_the_code_brings_in_whom_it_made(stage, client):
    hide_accounts(stage)
    flow = await sent(client)
    done = await post(client, flow, code=await stage.code_to(ADA["email"]))

    assert done.status_code == 200, done.text
    token = done.json()["session_token"]
    assert (await client.get("/sessions/whoami", headers={"X-Session-Token": token})).status_code == 200


async def test_under_mitigate_a_code_for_ones_own_address_says_nothing_of_anybody_elses_name(stage, client):
    """Mallory proves her own address, and claims a nickname with it to learn whether somebody has it."""
    schema = json.loads(json.dumps(CODE_SCHEMA))
    name = schema["properties"]["traits"]["properties"]["name"]
    name["ory.sh/kratos"] = {"credentials": {"password": {"identifier": True}}}
    stage.revise(lambda whole: whole["identity"]["schemas"][0].update(url=base64_url(schema)))
    first = await sent(client)
    await post(client, first, code=await stage.code_to(ADA["email"]))
    hide_accounts(stage)
    said = []
    for address, nickname in (("mallory@example.org", "Ada"), ("eve@example.org", "Free")):
        traits = {"email": address, "name": nickname}
        flow = await sent(client, traits=traits)
        answer = await post(client, flow, traits=traits, code=await stage.code_to(address))
        assert answer.status_code == 200
        said.append(sorted(answer.json()))

    assert said[0] == said[1] == ["continue_with", "identity"]


async def test_two_people_cannot_have_one_address(stage, client):
    for _ in range(2):
        flow = await sent(client)
        await post(client, flow, code=await stage.code_to(ADA["email"]))
        stage.clock.advance(1)

    assert await stage.count(addresses) == 2  # verifiable and recovery, once each
