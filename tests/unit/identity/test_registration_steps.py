"""Profile-first registration: traits at one step, a way to sign in at the next. Compared with the real Kratos."""

import pytest
from identity_stage import ADA, PASSWORD, message_ids, node, start_native, submit

from headwater.store.tables import identities

MALFORMED = {**ADA, "email": "nobody"}


@pytest.fixture
def stage(stage):
    def change(whole):
        whole["selfservice"]["flows"]["registration"]["style"] = "profile_first"
        whole["selfservice"]["methods"]["code"] = {"enabled": True, "passwordless_enabled": True}

    stage.revise(change)
    return stage


def shape(flow):
    """Return each node as `group name type`."""
    return [f"{n['group']} {n['attributes']['name']} {n['attributes']['type']}" for n in flow["ui"]["nodes"]]


async def post(client, flow, **body):
    return await client.post(f"/self-service/registration?flow={flow['id']}", json=body)


PROFILE_STEP = [
    "default csrf_token hidden",
    "default traits.email email",
    "default traits.name text",
    "default traits.consent.newsletter checkbox",
    "default traits.age number",
    "default traits.code text",
    "default traits.tags text",
    "profile method submit",
]
CREDENTIAL_STEP = [
    "default csrf_token hidden",
    "default traits.email hidden",
    "default traits.name hidden",
    "default traits.consent.newsletter hidden",
    "default traits.age hidden",
    "default traits.code hidden",
    "default traits.tags hidden",
    "code method submit",
    "password password password",
    "password method submit",
    "profile screen submit",
]


async def test_traits_come_first_and_a_way_to_sign_in_after(stage, client):
    flow = await start_native(client)
    assert shape(flow) == PROFILE_STEP

    second = await post(client, flow, method="profile", traits=ADA)
    assert second.status_code == 400  # Ory's: not done yet
    assert shape(second.json()) == CREDENTIAL_STEP
    assert message_ids(second.json()) == [1040009]
    assert node(second.json(), "traits.email")["attributes"]["value"] == ADA["email"]
    assert await stage.count(identities) == 0

    done = await submit(client, flow, ADA)
    assert done.status_code == 200
    assert done.json()["identity"]["traits"] == ADA


async def test_wrong_traits_do_not_reach_the_second_step(client):
    flow = await start_native(client)
    refused = (await post(client, flow, method="profile", traits=MALFORMED)).json()

    assert shape(refused) == PROFILE_STEP
    assert message_ids(refused, "traits.email") == [4000040]


@pytest.mark.parametrize("method", ["profile", "password"])
async def test_one_can_go_back_and_find_what_was_typed(client, method):
    flow = await start_native(client)
    await post(client, flow, method="profile", traits=ADA)
    back = (await post(client, flow, method=method, screen="previous", traits=ADA)).json()

    assert shape(back) == PROFILE_STEP
    assert node(back, "traits.name")["attributes"]["value"] == "Ada"
    assert "messages" not in back["ui"]
    assert shape((await post(client, flow, method="profile", traits=ADA)).json()) == CREDENTIAL_STEP


async def test_a_short_password_stays_at_the_second_step_and_is_shown_nowhere(client):
    flow = await start_native(client)
    await post(client, flow, method="profile", traits=ADA)
    answer = await post(client, flow, method="password", traits=ADA, password="a1-shor")

    assert shape(answer.json()) == CREDENTIAL_STEP
    assert "a1-shor" not in answer.text


async def test_an_unknown_screen_is_refused(client):
    flow = await start_native(client)
    answer = await post(client, flow, method="profile", traits=ADA, screen="../admin")

    assert message_ids(answer.json()) == [4000001]


async def test_one_complete_submit_is_enough(client):
    done = await submit(client, await start_native(client), ADA, password=PASSWORD)

    assert done.status_code == 200
