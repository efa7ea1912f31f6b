import asyncio
import logging

from identity_stage import (
    ADA,
    GRACE,
    PASSWORD,
    as_text,
    csrf_token,
    message_ids,
    register,
    start_in_browser,
    start_native,
    submit,
    web_hook,
)
from rich.pretty import pretty_repr
from structlog.dev import ConsoleRenderer, RichTracebackFormatter

from headwater.identity.flows.inbound import Inbound
from headwater.log import outbox
from headwater.store.tables import addresses, credentials, flows, held, identifiers, identities, sessions


async def test_an_inline_action_hears_of_a_person_who_can_be_looked_up_already(stage, client, receiver):
    seen = []

    async def look():
        seen.append(await stage.count(identities))

    receiver.before_answer = look
    stage.set_hooks(web_hook(receiver.url))
    done = await register(client, transient_payload={"campaign": "spring"})

    assert seen == [1]
    (body,) = receiver.bodies
    assert body["userId"] == done["identity"]["id"]
    ctx = body["ctx"]
    assert ctx["identity"]["traits"] == ADA
    assert ctx["flow"]["transient_payload"] == {"campaign": "spring"}
    assert ctx["flow"]["active"] == "password"
    assert ctx["request_method"] == "POST"
    assert ctx["request_url"].startswith("http://127.0.0.1:4433/self-service/registration?flow=")
    assert done["session_token"]


async def test_the_password_is_in_no_reply_no_ctx_no_log_line_and_no_table(stage, client, receiver, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    stage.set_hooks(web_hook(receiver.url), web_hook(receiver.url, response={"ignore": True}))
    flow = await start_native(client)
    texts = [(await submit(client, flow, traits)).text for traits in ({}, ADA, ADA)]

    out, err = capfd.readouterr()
    kept = [str(record) for record in await stage.records()]
    rows = await stage.database.read(
        lambda connection: [str(connection.execute(table.select()).all()) for table in TABLES]
    )
    for text in (*texts, as_text(receiver.bodies), caplog.text, out, err, *kept, *rows):
        assert PASSWORD not in text
    assert any("hashed_password" in row for row in rows)
    assert not any("hashed_password" in text for text in (*texts, as_text(receiver.bodies)))


def test_a_request_shows_neither_body_nor_headers_in_a_traceback():
    inbound = Inbound(
        method="POST",
        url="/?secret=1",
        headers={"cookie": ["ory_kratos_session=secret"]},
        cookies={"ory_kratos_session": "secret"},
        query={},
        client_ip="127.0.0.1",
        body=b"secret",
    )

    for shown in (repr(inbound), str(inbound), pretty_repr(inbound)):
        assert "secret" not in shown


TABLES = (identities, credentials, identifiers, sessions, flows, addresses)


async def test_the_browsers_own_cookies_are_not_shown_to_actions(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url))
    client.cookies.set("theme", "dark", domain="127.0.0.1", path="/")
    flow = await start_in_browser(client)
    assert (await submit(client, flow, ADA, csrf_token=csrf_token(flow))).status_code == 200

    (body,) = receiver.bodies
    assert body["ctx"]["request_cookies"] == {"theme": "dark"}


async def test_a_failing_action_leaves_a_flow_that_finishes_with_the_same_person(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url))
    receiver.status = 400
    flow = await start_native(client)
    failed = await submit(client, flow, ADA)

    assert failed.status_code == 502
    assert await stage.count(identities) == 1
    assert await stage.count(sessions) == 0  # nobody holds a token, so there is no session

    receiver.status = 200
    done = await submit(client, flow, ADA)
    assert done.status_code == 200, done.text
    assert done.json()["session_token"].startswith("ory_st_")
    assert done.json()["identity"]["id"] == receiver.bodies[0]["userId"] == receiver.bodies[1]["userId"]
    assert await stage.count(identities) == 1
    assert await stage.count(sessions) == 1
    assert [event["event"] for event in await stage.events()] == ["Signed Up"]


async def test_once_finished_the_flow_forgets_its_person(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url))
    flow = await start_native(client)
    assert (await submit(client, flow, ADA)).status_code == 200

    again = await submit(client, flow, ADA)
    assert message_ids(again.json()) == [4000007]  # a sign-up form is no sign-in form


async def test_an_unfinished_person_is_given_only_to_who_knows_the_password(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url))
    receiver.status = 400
    flow = await start_native(client)
    await submit(client, flow, ADA)
    receiver.status = 200

    guess = await submit(client, flow, ADA, password="mallory's best guess")
    assert guess.status_code == 400
    assert message_ids(guess.json()) == [4000007]
    assert await stage.count(credentials) == 1
    assert (await submit(client, flow, ADA)).status_code == 200


async def test_other_traits_for_an_unfinished_person_are_refused_not_lost(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url))
    receiver.status = 400
    flow = await start_native(client)
    await submit(client, flow, ADA)
    answer = await submit(client, flow, {**ADA, "name": "Augusta"})

    assert answer.status_code == 400
    assert message_ids(answer.json()) == [4000036]


async def test_another_person_on_an_unfinished_flow_is_another_person(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url))
    receiver.status = 400
    flow = await start_native(client)
    await submit(client, flow, ADA)
    receiver.status = 200
    answer = await submit(client, flow, GRACE)

    assert answer.json()["identity"]["traits"] == GRACE
    assert await stage.count(identities) == 2


async def test_a_client_that_retries_before_the_action_answered_fires_it_once(stage, client, receiver):
    started, may_answer = asyncio.Event(), asyncio.Event()

    async def wait():
        started.set()
        await may_answer.wait()

    receiver.before_answer = wait
    stage.set_hooks(web_hook(receiver.url))
    flow = await start_native(client)
    first = asyncio.create_task(submit(client, flow, ADA))
    await asyncio.wait_for(started.wait(), 10)
    second = asyncio.create_task(submit(client, flow, ADA))
    may_answer.set()

    assert (await first).status_code == 200
    assert message_ids((await second).json()) == [4000007]
    assert len(receiver.bodies) == 1


async def test_a_queued_action_is_owed_with_the_person_and_only_once(stage, client, receiver):
    stage.set_hooks(web_hook(receiver.url, response={"ignore": True}), web_hook(receiver.url))
    receiver.status = 400
    flow = await start_native(client)
    assert (await submit(client, flow, ADA)).status_code == 502
    receiver.status = 200
    done = await submit(client, flow, ADA)

    assert done.status_code == 200
    (record,) = await stage.queued()
    assert record.user_id == done.json()["identity"]["id"]


async def test_with_on_error_queue_a_dead_receiver_does_not_stop_a_sign_up(stage, client, receiver):
    receiver.status = 500
    stage.set_hooks(web_hook(receiver.url, response={"on_error": "queue"}))
    done = await register(client)

    (record,) = await stage.queued()
    assert record.user_id == done["identity"]["id"]
    assert await stage.count(held) == 0


async def test_person_and_event_come_together_or_not_at_all(stage, client, monkeypatch, capfd):
    """Kill-safety: the transaction fails after the account was inserted. And a bug's traceback tells no secret."""

    def die(*_arguments):
        raise RuntimeError("a bug")

    flow = await start_native(client)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "enqueue", die)
        patch.setattr(ConsoleRenderer.get_active(), "exception_formatter", RichTracebackFormatter())  # with variables
        assert (await submit(client, flow, ADA)).status_code == 500
    printed = "".join(capfd.readouterr())
    assert "RuntimeError" in printed
    assert PASSWORD not in printed
    assert "$argon2id$" not in printed
    assert await stage.count(identities) == 0
    assert await stage.records() == []

    assert (await submit(client, flow, ADA)).status_code == 200
    assert await stage.count(identities) == 1
    assert len(await stage.events()) == 1


async def test_signed_up_is_an_ordinary_track_event_without_traits(stage, client):
    done = await register(client)

    (record,) = await stage.records()
    (event,) = await stage.events()
    assert record.user_id == event["userId"] == done["identity"]["id"]
    assert record.message_id == event["messageId"]
    assert record.source == "identity"
    assert event["type"] == record.type == "track"
    assert event["event"] == "Signed Up"
    assert event["timestamp"] == event["receivedAt"] == event["originalTimestamp"] == "2026-11-23T12:00:00.000Z"
    assert event["properties"]["method"] == "password"
    assert ADA["email"] not in as_text(event)
