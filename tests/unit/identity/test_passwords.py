"""Passwords as a whole room sees them: in flows. Each part has its own file below passwords/."""

import asyncio

from identity_stage import ADA, Stage, message_ids, start_native, submit

from headwater.identity.passwords.hasher import Hasher


async def test_a_flood_of_sign_ups_gets_429_and_the_flow_can_be_tried_again(tmp_path):
    stage = await Stage(tmp_path, hasher=Hasher(threads=1, waiting=0)).open()
    async with stage.client() as client:
        flows = [await start_native(client) for _ in range(8)]
        people = [{**ADA, "email": f"ada{number}@example.org"} for number in range(8)]
        answers = await asyncio.gather(*(submit(client, flow, one) for flow, one in zip(flows, people, strict=True)))
        statuses = {answer.status_code for answer in answers}
        assert statuses == {200, 429}
        late = next(number for number, answer in enumerate(answers) if answer.status_code == 429)
        assert (await submit(client, flows[late], people[late])).status_code == 200
    await stage.close()


async def test_under_bcrypt_more_than_72_bytes_are_refused_instead_of_cut_off(stage, client):
    stage.revise(lambda whole: whole.update(hashers={"algorithm": "bcrypt", "bcrypt": {"cost": 4}}))
    flow = await start_native(client)

    answer = await submit(client, flow, ADA, password="\u00e4" * 37)
    assert message_ids(answer.json(), "password") == [4000033]
    assert (await submit(client, flow, ADA, password="\u00e4" * 36)).status_code == 200


async def test_everybodys_first_guess_is_no_password_here(client):
    flow = await start_native(client)

    answer = await submit(client, flow, ADA, password="PassWord123")
    assert message_ids(answer.json(), "password") == [4000005]


async def test_the_list_of_common_passwords_is_a_switch(stage, client):
    def allow(whole):
        whole["selfservice"]["methods"]["password"]["config"]["common_passwords_enabled"] = False

    stage.revise(allow)
    answer = await submit(client, await start_native(client), ADA, password="PassWord123")
    assert answer.status_code == 200
