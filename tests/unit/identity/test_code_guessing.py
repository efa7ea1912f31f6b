"""Mallory guesses codes: in order, all at once, by the back door of links, with codes of other flows and people."""

import asyncio

import pytest
from identity_stage import AS_JSON, GRACE, message_ids, register
from recovery_stage import EMAIL, again, on_stage, send, sent, wrong

KINDS = pytest.mark.parametrize("kind", ["verification", "recovery"])
WRONG = {"verification": 4070006, "recovery": 4060006}
TRIES = 5
AT_ONCE = 50


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


async def is_through(stage, kind):
    done = {"verification": "Identity Verified", "recovery": "Recovery Completed"}[kind]
    return done in await stage.event_names()


async def is_let_on(client, answer, kind):
    """Return the messages of the flow that takes the place of one whose guesses are used up."""
    if answer.status_code == 410:
        return message_ids(await again(client, {"id": answer.json()["use_flow_id"]}, kind))
    assert answer.status_code == 303
    return message_ids((await client.get(answer.headers["location"], headers=AS_JSON)).json())


@KINDS
async def test_after_five_wrong_codes_not_even_the_right_one_works(stage, client, kind):
    flow = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    for _ in range(TRIES):
        assert message_ids((await send(client, flow, method="code", code=wrong(code))).json()) == [WRONG[kind]]
    answer = await send(client, flow, method="code", code=code)
    assert await is_let_on(client, answer, kind) == [4000001]
    assert not await is_through(stage, kind)


@KINDS
async def test_fifty_guesses_at_the_same_moment_are_five(stage, client, kind):
    flow = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    looked_at = []
    find = stage.parts.challenges.find_or_none
    stage.parts.challenges.find_or_none = lambda *a, **k: looked_at.append(1) or find(*a, **k)
    answers = await asyncio.gather(*(send(client, flow, method="code", code=wrong(code)) for _ in range(AT_ONCE)))
    assert sum(answer.status_code == 200 for answer in answers) == TRIES
    assert len(looked_at) == TRIES
    await send(client, flow, method="code", code=code)
    assert not await is_through(stage, kind)


@KINDS
async def test_the_right_code_twice_at_the_same_moment_counts_once(stage, client, kind):
    flow = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    await asyncio.gather(*(send(client, flow, method="code", code=code) for _ in range(4)))
    done = {"verification": "Identity Verified", "recovery": "Recovery Completed"}[kind]
    assert (await stage.event_names()).count(done) == 1


@KINDS
async def test_a_used_code_is_worth_nothing(stage, client, kind):
    flow = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    await send(client, flow, method="code", code=code)
    events = await stage.event_names()
    assert (await send(client, flow, method="code", code=code)).status_code in (303, 410)
    assert await stage.event_names() == events


@KINDS
async def test_another_code_gives_five_more_tries_for_another_mail(stage, client, kind):
    flow = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    for _ in range(TRIES):
        await send(client, flow, method="code", code=wrong(code))
    await send(client, flow, method="code", email=EMAIL)
    assert len(await stage.mails(EMAIL)) == 2
    answer = await send(client, flow, method="code", code=await stage.code_to(EMAIL))
    assert answer.status_code in (200, 422)
    assert await is_through(stage, kind)


@KINDS
async def test_a_code_cannot_be_guessed_as_a_links_token_where_nothing_counts(stage, client, kind):
    stage.revise(lambda whole: whole["selfservice"]["methods"].update(link={"enabled": True}))
    flow = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    stage.set_flow(kind, use="link")
    async with stage.client() as mallory:
        await mallory.get(f"/self-service/{kind}?flow={flow['id']}&token={code}")
        await mallory.post(f"/self-service/{kind}?flow={flow['id']}&token={code}")
        assert (await mallory.get("/sessions/whoami")).status_code == 401
    assert not await is_through(stage, kind)


@KINDS
async def test_a_code_of_another_flow_is_wrong(stage, client, kind):
    first = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    second = await sent(client, kind)
    if code != await stage.code_to(EMAIL):  # one in a million
        assert message_ids((await send(client, second, method="code", code=code)).json()) == [WRONG[kind]]
    assert not await is_through(stage, kind)
    await send(client, first, method="code", code=code)
    assert await is_through(stage, kind)


async def test_a_verification_code_recovers_nothing(stage, client):
    await sent(client, "verification")
    code = await stage.code_to(EMAIL)
    flow = await sent(client, "recovery")
    if code != await stage.code_to(EMAIL):  # one in a million
        assert message_ids((await send(client, flow, method="code", code=code)).json()) == [4060006]
    assert not await is_through(stage, "recovery")


@KINDS
async def test_a_code_of_another_person_lets_mallory_in_as_nobody_else(stage, client, kind):
    await register(client, GRACE)
    adas = await sent(client, kind, email=EMAIL)
    await sent(client, kind, email=GRACE["email"])
    hers, graces = await stage.code_to(EMAIL), await stage.code_to(GRACE["email"])
    if hers != graces:  # one in a million
        assert message_ids((await send(client, adas, method="code", code=graces)).json()) == [WRONG[kind]]
    assert not await is_through(stage, kind)


@KINDS
async def test_asking_for_somebody_else_in_the_same_flow_makes_the_first_code_worthless(stage, client, kind):
    await register(client, GRACE)
    flow = await sent(client, kind, email=EMAIL)
    code = await stage.code_to(EMAIL)
    await send(client, flow, method="code", email=GRACE["email"])
    if code != await stage.code_to(GRACE["email"]):  # one in a million
        assert message_ids((await send(client, flow, method="code", code=code)).json()) == [WRONG[kind]]
    assert not await is_through(stage, kind)
