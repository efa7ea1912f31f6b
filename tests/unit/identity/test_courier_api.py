import re

import pytest
from courier_stage import ADA, ADMIN, CODE, MESSAGES, OTHER_PROJECT, Stage, embedded, http_receiver
from sqlalchemy import update

from headwater.core.secrets import Sealer, new_key
from headwater.identity.courier import mailbox
from headwater.store.tables import courier_messages

GRACE = "grace@example.org"
STRANGER = "99999999-9999-4999-8999-999999999999"


@pytest.fixture
async def stage(tmp_path):
    stage = await Stage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        client.headers.update(ADMIN)
        yield client


@pytest.mark.parametrize("path", [MESSAGES, f"{MESSAGES}/{STRANGER}", f"{MESSAGES}/{STRANGER}/words"])
async def test_mail_is_shown_to_operators_only(stage, client, path):
    await stage.send()
    assert (await client.get(path, headers={"Authorization": ""})).status_code == 401


async def test_captured_mail_is_shown_with_its_code(stage, client):
    message_id = await stage.send()
    (shown,) = (await client.get(MESSAGES)).json()

    assert CODE in shown.pop("body")
    assert shown == {
        "id": message_id,
        "status": "queued",
        "type": "email",
        "recipient": ADA,
        "subject": f"{CODE} is your code to get back into your account",
        "template_type": "recovery_code_valid",
        "channel": "email",
        "send_count": 0,
        "created_at": "2026-11-23T12:00:00.000Z",
        "updated_at": "2026-11-23T12:00:00.000Z",
    }


async def test_all_that_a_message_says_is_shown_with_its_html(stage, client):
    message_id = await stage.send()
    shown = (await client.get(f"{MESSAGES}/{message_id}")).json()
    said = (await client.get(f"{MESSAGES}/{message_id}/words")).json()

    assert (shown["subject"], shown["body"]) == (said["subject"], said["plaintext"])
    assert said["html"].startswith("<!doctype html>")
    assert CODE in said["html"]


async def test_delivered_mail_is_listed_without_words_even_after_a_switch_to_captured(stage, client):
    async with http_receiver() as receiver:
        request = {"url": receiver.url, "method": "POST", "body": embedded("function(ctx) {text: ctx.body}")}
        stage.configure({"delivery_strategy": "http", "http": {"request_config": request}})
        message_id = await stage.send()
        waiting = (await client.get(f"{MESSAGES}/{message_id}")).json()
        said = (await client.get(f"{MESSAGES}/{message_id}/words")).json()
        stage.start()
        await stage.until(message_id, tries=1)
        sent = (await client.get(f"{MESSAGES}/{message_id}")).json()

    assert {"subject": waiting["subject"], "plaintext": waiting["body"], "html": ""} == said
    assert waiting["body"] == waiting["subject"] == sent["body"] == sent["subject"] == "<redacted-unless-dev-mode>"
    stage.configure({})
    switched = await client.get(f"{MESSAGES}/{message_id}")
    assert CODE not in switched.text


async def test_tries_are_shown_with_their_errors(stage, client):
    (stage.folder / "mail").write_text("in the way")
    message_id = await stage.send()
    stage.start()
    await stage.until(message_id, tries=1)
    shown = (await client.get(f"{MESSAGES}/{message_id.upper()}")).json()

    (dispatch,) = shown["dispatches"]
    assert dispatch["status"] == "failed"
    assert dispatch["message_id"] == message_id
    assert "data folder" in dispatch["error"]["reason"]
    assert dispatch["created_at"] == dispatch["updated_at"] == "2026-11-23T12:00:00.000Z"
    assert shown["send_count"] == 1


async def test_newest_first_page_by_page_while_more_arrive(stage, client):
    ids = []
    for number in range(7):
        ids.append(await stage.send(recipient=f"ada{number}@example.org"))
        if number % 2:  # some of the same millisecond
            stage.clock.advance(1)
    seen, url = [], f"{MESSAGES}?page_size=2"
    while url:
        answer = await client.get(url)
        seen += [message["id"] for message in answer.json()]
        assert len(answer.json()) <= 2
        assert '; rel="first"' in answer.headers["link"]
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers["link"])
        url = following[1] if following else ""
        await stage.send(recipient=GRACE)

    assert len(seen) == 7
    assert set(seen) == set(ids)
    newest = [message["created_at"] for message in (await client.get(MESSAGES)).json()]
    assert newest == sorted(newest, reverse=True)


async def test_filters_stay_on_the_next_page(stage, client):
    for _ in range(3):
        await stage.send()
        await stage.send(recipient=GRACE)
    first = await client.get(MESSAGES, params={"recipient": ADA, "status": "queued", "page_size": 2})
    following = re.search(r'<([^>]+)>; rel="next"', first.headers["link"])[1]
    second = await client.get(following)

    assert [message["recipient"] for message in first.json() + second.json()] == [ADA] * 3
    assert (await client.get(MESSAGES, params={"status": "sent"})).json() == []


@pytest.mark.parametrize("evil", ["' OR '1'='1", "ada@example.org'--", "%", "_"])
async def test_a_filter_is_data_and_no_sql(stage, client, evil):
    await stage.send()
    assert (await client.get(MESSAGES, params={"recipient": evil})).json() == []


@pytest.mark.parametrize(
    "params",
    [
        {"status": "lost"},
        {"status": ""},
        {"status": "' OR 1=1"},
        {"page_size": "0"},
        {"page_size": "1001"},
        {"page_size": "many"},
        {"page_token": "nonsense"},
        {"page_token": "ÿ"},
        {"page_token": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OSA5OTk5OTk5OS05OTk5LTQ5OTktODk5OS05OTk5OTk5OTk5OTk="},
    ],
    ids=range(9),
)
async def test_a_listing_that_makes_no_sense_is_refused_with_a_reason(client, params):
    answer = await client.get(MESSAGES, params=params)
    assert answer.status_code == 400
    assert answer.json()["error"]["reason"]


async def test_a_message_that_is_not_there_is_404_and_a_strange_id_400(client):
    assert (await client.get(f"{MESSAGES}/{STRANGER}")).status_code == 404
    assert (await client.get(f"{MESSAGES}/nonsense")).status_code == 400


async def test_another_projects_mail_is_nobodys_here(stage, client):
    message_id = await stage.send()
    await stage.database.write(lambda c: c.execute(update(courier_messages).values(project_id=OTHER_PROJECT)))
    assert (await client.get(MESSAGES)).json() == []
    assert (await client.get(f"{MESSAGES}/{message_id}")).status_code == 404


async def test_a_page_of_large_messages_ends_early_and_loses_none(stage, client, monkeypatch):
    monkeypatch.setattr(mailbox, "MOST_PAGE_BYTES", 5_000)
    for number in range(9):
        await stage.send(recipient=f"ada{number}@example.org")
    answer = await client.get(MESSAGES)
    seen = answer.json()
    assert 1 <= len(seen) < 9
    while following := re.search(r'<([^>]+)>; rel="next"', answer.headers["link"]):
        answer = await client.get(following[1])
        seen += answer.json()
    assert len({message["id"] for message in seen}) == len(seen) == 9


async def test_mail_sealed_with_a_lost_key_does_not_hide_the_rest(stage):
    await stage.send()
    stage.sealer = Sealer(new_key())
    stage.courier = stage.new_courier()
    await stage.send(recipient=GRACE)
    async with stage.client() as client:
        shown = (await client.get(MESSAGES, headers=ADMIN)).json()

    bodies = {message["recipient"]: message["body"] for message in shown}
    assert bodies[ADA] == "<unreadable: it was sealed with another secret.key>"
    assert CODE in bodies[GRACE]
