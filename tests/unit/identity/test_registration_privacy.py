"""What a sign-up tells whom: nothing of others under `mitigate`; to the log, who the visitor was before."""

import pytest
from identity_stage import ADA, GRACE, message_ids, node, register, start_native, submit, web_hook
from sqlalchemy import select

from headwater.store.tables import identities, sessions


def without_ids(document):
    """Return an answer without what differs from one request to the next anyway."""
    identity = {key: value for key, value in document["identity"].items() if key != "id"}
    for purpose in ("verifiable_addresses", "recovery_addresses"):
        identity[purpose] = [{k: v for k, v in item.items() if k != "id"} for item in identity[purpose]]
    return {**document, "identity": identity}


async def test_account_enumeration_finds_nothing_under_mitigate(stage, client):
    stage.revise(lambda whole: whole.update(security={"account_enumeration": {"mitigate": True}}))
    hashes = count_hashes(stage)
    new = await submit(client, await start_native(client), ADA)
    taken = await submit(client, await start_native(client), ADA)

    assert (new.status_code, taken.status_code) == (200, 200)
    assert without_ids(new.json()) == without_ids(taken.json())
    assert new.json()["identity"]["id"] != taken.json()["identity"]["id"]
    assert await stage.count(identities) == 1
    assert await stage.count(sessions) == 0
    assert hashes == ["hash", "hash"]  # the same work, so the same time


@pytest.mark.parametrize("response", [{}, {"on_error": "queue"}], ids=["inline", "held"])
async def test_mallory_learns_nothing_under_mitigate_from_a_hook_that_only_new_people_would_wait_for(
    stage, client, receiver, response
):
    stage.revise(lambda whole: whole.update(security={"account_enumeration": {"mitigate": True}}))
    stage.set_hooks(web_hook(receiver.url, response=response))
    receiver.status = 400
    new, taken = [await submit(client, await start_native(client), ADA) for _ in range(2)]

    assert (new.status_code, taken.status_code) == (200, 200)
    assert without_ids(new.json()) == without_ids(taken.json())
    assert receiver.bodies == []  # nobody waited
    assert [record.user_id for record in await stage.queued()] == [await only_person(stage)]


async def only_person(stage):
    return await stage.database.read(lambda connection: connection.execute(select(identities.c.id)).scalar_one())


def count_hashes(stage):
    """Return a list that grows with every hash that is made."""
    made, hash_ = [], stage.hasher.hash

    async def counted(*args, **kwargs):
        made.append("hash")
        return await hash_(*args, **kwargs)

    stage.hasher.hash = counted
    return made


async def test_without_mitigate_a_taken_identifier_is_named(client):
    await register(client)
    answer = await submit(client, await start_native(client), ADA)

    assert message_ids(answer.json()) == [4000007]


@pytest.mark.parametrize("member", ["anonymousId", "anonymous_id"])
async def test_the_anonymous_id_of_the_payload_is_tied_to_the_person(stage, client, member):
    done = await register(client, transient_payload={member: "visitor-1"})

    (event,) = await stage.events()
    assert event["anonymousId"] == "visitor-1"
    assert event["userId"] == done["identity"]["id"]


@pytest.mark.parametrize("cookie", ["%22visitor-2%22", "visitor-2"])
async def test_the_anonymous_id_of_the_sdks_cookie_is_tied_to_the_person(stage, client, cookie):
    client.cookies.set("ajs_anonymous_id", cookie)
    flow = (await client.get("/self-service/registration/browser", headers={"Accept": "application/json"})).json()
    token = node(flow, "csrf_token")["attributes"]["value"]
    answer = await submit(client, flow, GRACE, csrf_token=token)

    assert answer.status_code == 200, answer.text
    (event,) = await stage.events()
    assert event["anonymousId"] == "visitor-2"


@pytest.mark.parametrize(
    "said", ["x" * 256, "a b", "\n", 5, {"a": 1}], ids=["long", "space", "control", "number", "object"]
)
async def test_what_is_no_id_is_not_tied_to_anybody(stage, client, said):
    await register(client, transient_payload={"anonymousId": said})

    (event,) = await stage.events()
    assert "anonymousId" not in event
