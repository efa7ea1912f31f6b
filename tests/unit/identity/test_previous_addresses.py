"""Whoever had an address is told that it was changed, and nothing about that can fail the change."""

import json

import msgspec
import pytest
from identity_stage import ADA, AS_JSON, PERSON, base64_url
from identity_stage import jsonnet as as_base64
from login_stage import native, password_of
from login_stage import send as sign_in
from recovery_stage import EMAIL, on_stage, path_of
from sqlalchemy import update

from headwater.actions.chain import Chain, Hook
from headwater.identity.flows.inbound import Inbound
from headwater.identity.people import accounts
from headwater.identity.settings.previous_addresses import PreviousAddresses
from headwater.store.tables import addresses

CHANGED = "verifiable_address_changed"
NEW = "countess@example.org"
WORK = "work@example.org"


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        stage.revise(with_two_addresses)
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


def with_two_addresses(whole):
    person = json.loads(json.dumps(PERSON))
    second = {"type": "string", "format": "email", "ory.sh/kratos": {"verification": {"via": "email"}}}
    person["properties"]["traits"]["properties"]["work"] = second
    whole["identity"]["schemas"][0]["url"] = base64_url(person)


def notify(stage, *hooks, **config):
    hook = {"hook": "notify_previous_addresses", **({"config": config} if config else {})}

    def change(whole):
        after = whole["selfservice"]["flows"]["settings"].setdefault("after", {})
        after["profile"] = {"hooks": [hook, *hooks]}

    stage.revise(change)


async def save(client, **traits):
    signed_in = (await sign_in(client, await native(client), password_of(EMAIL))).json()
    headers = {"X-Session-Token": signed_in["session_token"], **AS_JSON}
    flow = (await client.get("/self-service/settings/api", headers=headers)).json()
    body = {"method": "profile", "traits": {**ADA, **traits}}
    answer = await client.post(path_of(flow["ui"]["action"]), headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def verify(stage, value=EMAIL):
    change = update(addresses).where(addresses.c.value == value).values(verified=True, status="completed")
    await stage.database.write(lambda connection: connection.execute(change))


async def told_of(stage):
    return sorted(mail["recipient"] for mail in await stage.mails() if mail["template_type"] == CHANGED)


async def test_the_old_address_hears_of_the_change_and_of_whose_account(stage, client):
    notify(stage)
    done = await save(client, email=NEW)

    assert await told_of(stage) == [EMAIL]
    (mail,) = [mail for mail in await stage.mails(EMAIL) if mail["template_type"] == CHANGED]
    assert done["identity"]["id"] in mail["body"]
    assert "2026-" in mail["body"]
    assert NEW not in mail["body"]  # whoever has the old inbox learns no new address


async def test_nobody_is_told_without_the_hook(stage, client):
    await save(client, email=NEW)
    assert await told_of(stage) == []


@pytest.mark.parametrize(
    ("config", "recipients"),
    [
        ({}, [EMAIL]),
        ({"recipients": "removed"}, [EMAIL]),
        ({"recipients": "all_verified"}, [WORK]),
        ({"recipients": "all"}, [EMAIL, WORK]),
    ],
)
async def test_who_is_told_is_the_operators_choice(stage, client, config, recipients):
    await save(client, work=WORK)
    await verify(stage, WORK)
    notify(stage, **config)
    await save(client, email=NEW, work=WORK)
    assert await told_of(stage) == recipients


@pytest.mark.parametrize("mode", ["removed", "all_verified", "all"])
async def test_another_name_is_no_other_address(stage, client, mode):
    await verify(stage)
    notify(stage, recipients=mode)
    await save(client, name="Countess")
    assert await told_of(stage) == []


async def test_a_change_that_is_refused_tells_nobody(stage, client):
    notify(stage)
    signed_in = (await sign_in(client, await native(client), password_of(EMAIL))).json()
    headers = {"X-Session-Token": signed_in["session_token"], **AS_JSON}
    flow = (await client.get("/self-service/settings/api", headers=headers)).json()
    body = {"method": "profile", "traits": {**ADA, "email": "nobody"}}
    assert (await client.post(path_of(flow["ui"]["action"]), headers=headers, json=body)).status_code == 400
    assert await told_of(stage) == []


async def test_an_inbox_that_was_flooded_does_not_stop_the_change(stage, client):
    notify(stage)
    mallory = [NEW, EMAIL] * 11
    for email in mallory:
        current = EMAIL if email == NEW else NEW
        signed_in = (await sign_in(client, await native(client), password_of(current))).json()
        headers = {"X-Session-Token": signed_in["session_token"], **AS_JSON}
        flow = (await client.get("/self-service/settings/api", headers=headers)).json()
        body = {"method": "profile", "traits": {**ADA, "email": email}}
        assert (await client.post(path_of(flow["ui"]["action"]), headers=headers, json=body)).status_code == 200
    assert len(await stage.mails(EMAIL)) == 10


async def test_the_words_are_the_operators_to_choose(stage, client):
    notify(stage)
    part = as_base64("{{ .Identity.traits.name }}: {{ .To }} at {{ .ChangedAt }}")
    words = {"verifiable_address_changed": {"email": {"body": {"plaintext": part}}}}
    stage.revise(lambda whole: whole.update(courier={"templates": words}))
    await save(client, email=NEW)
    (mail,) = [mail for mail in await stage.mails(EMAIL) if mail["template_type"] == CHANGED]
    assert mail["body"].startswith(f"Ada: {EMAIL} at 2026-")


async def test_an_inbox_that_is_flooded_at_the_same_moment_does_not_either(stage):
    config = await stage.parts.current.config()
    told = PreviousAddresses(courier=stage.parts.courier, clock=stage.clock, public_url=stage.public_url).told
    person = await stage.person_id()
    ada = await stage.database.read(lambda c: accounts.find_or_none(c, person, project_id=stage.project_id))
    hook = Hook(path="/x", name="notify_previous_addresses")
    request = Inbound(method="POST", url="", headers={}, cookies={}, query={}, client_ip="")
    gone = msgspec.structs.replace(ada, addresses=())
    chain = Chain(built_in={hook.name: hook})
    stores = [await told(ada, gone, chain=chain, inbound=request, config=config) for _ in range(12)]
    for store in stores:
        await stage.database.write(store)
    assert await told_of(stage) == [EMAIL] * 10
