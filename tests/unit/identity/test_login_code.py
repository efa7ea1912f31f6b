import asyncio

import pytest
from identity_stage import ADA, GRACE, PASSWORD, message_ids, node, register
from login_stage import (
    LoginStage,
    in_app,
    layout,
    native,
    password_of,
    send,
    whoami,
    with_codes,
    with_identifier_first,
)

from headwater.store.tables import addresses, challenges, courier_messages, sessions

UNIFIED = [
    "default/text/identifier",
    "code/submit/method=code",
    "password/password/password",
    "password/submit/method=password",
]
SENT = [
    "default/hidden/identifier",
    "code/hidden/method",
    "code/text/code",
    "code/submit/method=code",
    "code/submit/resend=code",
]


@pytest.fixture
async def stage(tmp_path):
    stage = await LoginStage(tmp_path).open()
    stage.revise(with_codes)
    async with stage.client() as client:
        await register(client)
    yield stage
    await stage.close()


def ask(identifier=ADA["email"], **more):
    return {"method": "code", "identifier": identifier, **more}


async def test_a_code_is_offered_before_the_password_as_in_kratos(client):
    flow = await native(client)
    assert layout(flow) == UNIFIED
    assert node(flow, "method")["meta"]["label"]["id"] == 1010015


async def test_a_code_is_sent_and_brings_in_whoever_gives_it_back(stage, client):
    flow = await native(client)
    sent = await send(client, flow, ask(transient_payload={"a": 1}))

    assert sent.status_code == 400  # Ory's: the flow isn't done
    assert sent.json()["state"] == "sent_email"
    assert sent.json()["active"] == "code"
    assert message_ids(sent.json()) == [1010014]
    assert layout(sent.json()) == SENT
    assert node(sent.json(), "code")["attributes"]["autocomplete"] == "one-time-code"
    assert node(sent.json(), "identifier")["attributes"]["value"] == ADA["email"]

    code = await stage.code_to(ADA["email"])
    done = await send(client, flow, ask(code=code))
    assert done.status_code == 200
    assert done.json()["session"]["authentication_methods"][0]["method"] == "code"
    assert (await whoami(client, done.json()["session_token"])).status_code == 200
    shown = (await client.get(f"/self-service/login/flows?id={flow['id']}")).json()
    assert shown["state"] == "passed_challenge"


async def test_the_address_a_code_came_back_from_is_verified(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    done = (await send(client, flow, ask(code=await stage.code_to(ADA["email"])))).json()

    shown = done["session"]["identity"]["verifiable_addresses"][0]
    assert (shown["verified"], shown["status"]) == (True, "completed")
    stored = await stage.database.read(
        lambda c: c.execute(addresses.select().where(addresses.c.purpose == "verifiable")).one()
    )
    assert stored.verified
    assert stored.status == "completed"
    assert [event["event"] for event in await stage.events()][-2:] == ["Identity Verified", "Signed In"]


async def test_account_enumeration_by_code_learns_nothing(stage, client):
    known = await send(client, await native(client), ask())
    unknown = await send(client, await native(client), ask("no.body@example.org"))
    nonsense = await send(client, await native(client), ask("nope"))

    assert known.status_code == unknown.status_code == nonsense.status_code == 400
    for answer in (unknown, nonsense):
        assert message_ids(answer.json()) == [1010014]
        assert answer.json()["state"] == "sent_email"
        assert layout(answer.json()) == layout(known.json())
    assert await stage.count(courier_messages) == 1
    assert [mail["recipient"] for mail in await stage.mails()] == [ADA["email"]]


async def test_account_enumeration_by_the_second_step_learns_nothing(client):
    answers = []
    for identifier in (ADA["email"], "no.body@example.org"):
        flow = await native(client)
        await send(client, flow, ask(identifier))
        tries = [await send(client, flow, ask(identifier, code="000000")) for _ in range(6)]
        answers.append([(answer.status_code, message_ids(answer.json())) for answer in tries])

    assert answers[0] == answers[1]


async def test_account_enumeration_by_time_a_mail_is_written_for_nobody_too(stage, client, monkeypatch):
    written = []
    compose = stage.room.courier.compose

    async def counted(*arguments, **more):
        written.append(more["recipient"])
        return await compose(*arguments, **more)

    monkeypatch.setattr(stage.room.courier, "compose", counted)
    await send(client, await native(client), ask())
    await send(client, await native(client), ask("no.body@example.org"))

    assert len(written) == 2
    assert await stage.count(challenges) == 2


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        pytest.param({"method": "code"}, "identifier", id="identifier"),
        pytest.param(ask(code=""), "code", id="code"),
        pytest.param({"method": "code", "code": "123456"}, "identifier", id="identifier of the second step"),
    ],
)
async def test_what_is_missing_is_said(client, body, missing):
    flow = await native(client)
    if "code" in body:
        await send(client, flow, ask())
    answer = await send(client, flow, body)
    assert answer.status_code == 400
    assert message_ids(answer.json(), missing) == [4000002]


async def test_a_wrong_code_is_told_and_the_right_one_still_good(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])
    wrong = await send(client, flow, ask(code="000000" if code != "000000" else "111111"))

    assert wrong.status_code == 400
    assert message_ids(wrong.json()) == [4010008]
    assert wrong.json()["state"] == "sent_email"
    assert layout(wrong.json()) == SENT
    assert (await send(client, flow, ask(code=code))).status_code == 200


async def test_code_guessing_ends_after_five_tries_even_for_the_right_code(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])
    for _ in range(5):
        assert message_ids((await send(client, flow, ask(code="x"))).json()) == [4010008]
    answer = await send(client, flow, ask(code=code))

    assert message_ids(answer.json()) == [4000001]
    assert await stage.count(sessions) == 1


async def test_code_guessing_at_the_same_moment_is_counted_alike(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    tries = await asyncio.gather(*(send(client, flow, ask(code=f"{number:06}")) for number in range(20)))

    told = [message_ids(answer.json()) for answer in tries]
    assert told.count([4010008]) == 5
    assert told.count([4000001]) == 15


async def test_code_guessing_over_many_flows_ends_too(client):
    for _ in range(2):
        flow = await native(client)
        await send(client, flow, ask())
        for _ in range(5):
            await send(client, flow, ask(code="x"))
    flow = await native(client)
    await send(client, flow, ask())

    assert (await send(client, flow, ask(code="x"))).status_code == 429


async def test_only_the_newest_code_counts(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    old = await stage.code_to(ADA["email"])
    stage.clock.advance(1)
    resent = await send(client, flow, ask(resend="code"))
    assert message_ids(resent.json()) == [1010014]
    new = await stage.code_to(ADA["email"])

    if old != new:
        assert message_ids((await send(client, flow, ask(code=old))).json()) == [4010008]
    assert (await send(client, flow, ask(code=new))).status_code == 200


async def test_a_code_is_good_once(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])
    await send(client, flow, ask(code=code))
    again = await send(client, flow, ask(code=code))

    assert again.status_code == 400
    assert message_ids(again.json()) == [4010002]
    assert await stage.count(sessions) == 2


async def test_two_who_bring_the_same_code_at_once_get_one_session(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])
    both = await asyncio.gather(*(send(client, flow, ask(code=code)) for _ in range(2)))

    assert sorted(answer.status_code for answer in both) == [200, 400]


async def test_a_code_expires(stage, client):
    stage.revise(lambda whole: whole["selfservice"]["methods"]["code"].update(config={"lifespan": "5m"}))
    flow = await native(client)
    await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])
    stage.clock.advance(301)

    assert message_ids((await send(client, flow, ask(code=code))).json()) == [4010008]


async def test_a_code_of_another_flow_opens_nothing(stage, client):
    first, second = await native(client), await native(client)
    await send(client, first, ask())
    code = await stage.code_to(ADA["email"])
    stage.clock.advance(1)
    await send(client, second, ask())

    if code != await stage.code_to(ADA["email"]):
        assert message_ids((await send(client, second, ask(code=code))).json()) == [4010008]
    assert (await send(client, first, ask(code=code))).status_code == 200


async def test_a_code_of_one_person_does_not_let_in_another(stage, client):
    await register(client, GRACE)
    flow = await native(client)
    await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])

    assert message_ids((await send(client, flow, ask(GRACE["email"], code=code))).json()) == [4010008]


async def test_a_code_is_worth_nothing_once_its_person_has_another_address(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])
    await stage.database.write(
        lambda c: c.exec_driver_sql("UPDATE identifiers SET identifier = 'new@example.org' WHERE type = 'code'")
    )
    assert message_ids((await send(client, flow, ask(code=code))).json()) == [4010008]


async def test_the_code_is_stored_only_as_a_keyed_hash(stage, client):
    flow = await native(client)
    sent = await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])
    rows = await stage.database.read(
        lambda c: str(c.execute(challenges.select()).all()) + str(c.exec_driver_sql("SELECT document FROM flows").all())
    )
    assert code not in rows
    assert code not in sent.text


async def test_mail_flooding_is_stopped_and_the_answer_stays_alike(stage, client):
    told = [message_ids((await send(client, await native(client), ask())).json()) for _ in range(12)]

    assert told == [[1010014]] * 12
    assert await stage.count(courier_messages) == 10


async def test_mail_flooding_leaves_the_code_good_that_was_sent(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])
    for _ in range(9):
        await send(client, await native(client), ask())
    assert message_ids((await send(client, flow, ask(resend="code"))).json()) == [1010014]
    assert await stage.count(courier_messages) == 10

    assert (await send(client, flow, ask(code=code))).status_code == 200


async def test_an_app_goes_all_the_way_in_its_browser(stage, client):
    flow = await in_app(client)
    await send(client, flow, ask())
    done = await send(client, flow, ask(code=await stage.code_to(ADA["email"])))

    assert done.status_code == 200
    assert "session_token" not in done.json()
    assert (await whoami(client)).status_code == 200


async def test_a_refresh_by_code_asks_where_to_send_it_and_keeps_the_session(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    first = (await send(client, flow, ask(code=await stage.code_to(ADA["email"])))).json()
    stage.clock.advance(60)
    mine = {"X-Session-Token": first["session_token"]}
    again = await native(client, "?refresh=true", **mine)
    assert layout(again) == UNIFIED
    assert node(again, "identifier")["attributes"]["value"] == ""

    sent = await send(client, again, ask(), **mine)
    assert message_ids(sent.json()) == [1010025]
    done = (await send(client, again, ask(code=await stage.code_to(ADA["email"])), **mine)).json()
    assert done["session_token"] == first["session_token"]
    assert [item["method"] for item in done["session"]["authentication_methods"]] == ["code", "code"]


async def test_a_refresh_sends_no_code_to_somebody_else(stage, client):
    await register(client, GRACE)
    token = (await send(client, await native(client), password_of(ADA["email"]))).json()["session_token"]
    mine = {"X-Session-Token": token}
    flow = await native(client, "?refresh=true", **mine)

    assert message_ids((await send(client, flow, ask(GRACE["email"]), **mine)).json()) == [1010025]
    assert await stage.mails(GRACE["email"]) == []


async def test_somebody_disabled_does_not_come_in_by_code(stage, client):
    flow = await native(client)
    await send(client, flow, ask())
    code = await stage.code_to(ADA["email"])
    await stage.database.write(lambda c: c.exec_driver_sql("UPDATE identities SET state = 'inactive'"))

    assert message_ids((await send(client, flow, ask(code=code))).json()) == [4010011]


async def test_a_password_is_good_in_a_flow_that_has_sent_a_code(client):
    flow = await native(client)
    await send(client, flow, ask())
    assert (await send(client, flow, password_of(ADA["email"]))).status_code == 200


@pytest.mark.parametrize("is_allowed", [True, False])
async def test_people_from_before_codes_get_one_where_the_project_says_so(stage, client, is_allowed):
    await stage.database.write(lambda c: c.exec_driver_sql("DELETE FROM credentials WHERE type = 'code'"))
    fallback = {"missing_credential_fallback_enabled": is_allowed}
    stage.revise(lambda whole: whole["selfservice"]["methods"]["code"].update(config=fallback))
    flow = await native(client)

    assert message_ids((await send(client, flow, ask())).json()) == [1010014]
    assert len(await stage.mails(ADA["email"])) == int(is_allowed)
    if is_allowed:
        done = await send(client, flow, ask(code=await stage.code_to(ADA["email"])))
        assert done.status_code == 200


class TestIdentifierFirst:
    @pytest.fixture
    async def stage(self, stage):
        stage.revise(with_identifier_first)
        return stage

    async def test_the_first_step_asks_who_the_second_how(self, client):
        flow = await native(client)
        assert layout(flow) == ["identifier_first/text/identifier", "identifier_first/submit/method=identifier_first"]
        assert node(flow, "identifier")["attributes"]["autocomplete"] == "username webauthn"

        answer = await send(client, flow, {"method": "identifier_first", "identifier": ADA["email"]})
        assert answer.status_code == 400
        assert answer.json()["active"] == "identifier_first"
        assert layout(answer.json()) == ["identifier_first/hidden/identifier", *UNIFIED[1:]]
        assert node(answer.json(), "identifier")["attributes"]["value"] == ADA["email"]
        assert (await send(client, flow, password_of(ADA["email"]))).status_code == 200

    async def test_the_first_step_needs_no_method(self, client):
        answer = await send(client, await native(client), {"identifier": ADA["email"]})
        assert "identifier_first/hidden/identifier" in layout(answer.json())

    async def test_a_first_step_without_an_identifier_says_so(self, client):
        answer = await send(client, await native(client), {"method": "identifier_first"})
        assert message_ids(answer.json(), "identifier") == [4000002]

    async def test_account_enumeration_by_the_first_step_learns_nothing(self, client):
        known = await send(client, await native(client), {"identifier": ADA["email"]})
        unknown = await send(client, await native(client), {"identifier": "no.body@example.org"})

        assert known.status_code == unknown.status_code
        assert layout(known.json()) == layout(unknown.json())
        assert message_ids(known.json()) == message_ids(unknown.json()) == []

    async def test_one_complete_submit_is_enough(self, client):
        assert (await send(client, await native(client), password_of(ADA["email"], PASSWORD))).status_code == 200

    async def test_where_a_code_is_the_only_way_it_is_sent_at_once(self, stage, client):
        stage.revise(lambda whole: whole["selfservice"]["methods"]["password"].update(enabled=False))
        flow = await native(client)
        answer = await send(client, flow, {"method": "identifier_first", "identifier": ADA["email"]})

        assert answer.json()["state"] == "sent_email"
        assert layout(answer.json()) == ["identifier_first/hidden/identifier", *SENT[1:]]
        done = await send(client, flow, ask(code=await stage.code_to(ADA["email"])))
        assert done.status_code == 200

    async def test_a_wrong_password_stays_at_the_second_step(self, client):
        flow = await native(client)
        await send(client, flow, {"identifier": ADA["email"]})
        answer = await send(client, flow, password_of(ADA["email"], "wrong"))

        assert message_ids(answer.json()) == [4000006]
        assert layout(answer.json()) == ["identifier_first/hidden/identifier", *UNIFIED[1:]]
