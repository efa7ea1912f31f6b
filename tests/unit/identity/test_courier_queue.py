import asyncio
from email import message_from_bytes, policy

import pytest
from courier_stage import ADA, CODE, DATA, OTHER_PROJECT, PROJECT, Stage, embedded, eventually, http_receiver, words_of
from sqlalchemy import func, select, update

from headwater.identity.courier import backoff, contents, ledger, mail, queue, recipients
from headwater.identity.courier.composer import WrongChannelError
from headwater.identity.courier.kinds import EMAIL, RECOVERY_INVALID, SMS
from headwater.identity.courier.mail import BadRecipientError, TooManyMessagesError
from headwater.store.errors import DatabaseError
from headwater.store.tables import courier_dispatches, courier_messages, projects

GRACE = "grace@example.org"
DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS


def posting(url: str, **more):
    body = embedded("function(ctx) {to: ctx.recipient, text: ctx.body}")
    request = {"url": url, "method": "POST", "body": body}
    return {"delivery_strategy": "http", "http": {"request_config": request}, **more}


@pytest.fixture
async def stage(tmp_path):
    stage = await Stage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def receiver():
    async with http_receiver() as receiver:
        yield receiver


async def count(stage, table=courier_messages):
    return await stage.database.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())


async def test_captured_mail_becomes_a_file_that_only_its_owner_reads(stage):
    stage.start()
    message = await stage.until(await stage.send(), tries=1)

    (file,) = (stage.folder / "mail").iterdir()
    assert file.name == f"20261123T120000-{message.id}.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    letter = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert letter["To"] == ADA
    assert letter["Subject"] == f"{CODE} is your code to get back into your account"
    assert CODE in words_of(letter)
    assert CODE in words_of(letter, "html")
    assert message.status == mail.SENT
    assert message.send_count == 1
    assert [item.status for item in message.dispatches] == [mail.SUCCESS]


async def test_a_captured_sms_is_a_text_file(stage):
    stage.start()
    await stage.until(await stage.send(channel=SMS, recipient="+4915112345678"), tries=1)

    (file,) = (stage.folder / "mail").iterdir()
    assert file.suffix == ".txt"
    assert file.read_text().startswith("To: +4915112345678\n\n")


async def test_a_full_disk_delays_captured_mail_and_loses_none(stage):
    (stage.folder / "mail").write_text("in the way")
    stage.start()
    message_id = await stage.send()
    failed = await stage.until(message_id, tries=1)
    assert failed.status == mail.QUEUED
    assert "data folder" in failed.dispatches[0].error

    (stage.folder / "mail").unlink()
    await stage.until_asleep()
    stage.clock.advance(backoff.DELAYS_SECONDS[0])
    assert (await stage.until(message_id, tries=2)).status == mail.SENT


async def test_a_change_that_is_rolled_back_sends_nothing(stage):
    composed = await stage.courier.compose(
        "recovery_code_valid", channel=EMAIL, recipient=ADA, data=DATA, config=await stage.config()
    )

    def transaction(connection):
        queue.enqueue(connection, composed, project_id=PROJECT, now_ms=stage.now_ms())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stage.database.write(transaction)
    assert await count(stage) == 0


async def test_codes_rest_sealed_and_are_shown_in_no_column_or_repr(stage):
    message = await stage.message(await stage.send())
    composed = await stage.courier.compose(
        "recovery_code_valid", channel=EMAIL, recipient=ADA, data=DATA, config=await stage.config()
    )
    said = contents.unseal(message.sealed, message_id=message.id, sealer=stage.sealer)

    assert CODE in said.body
    for shown in (message, composed, said):
        assert CODE not in repr(shown)
    assert message.subject == "****** is your code to get back into your account"
    await asyncio.to_thread(stage.database.close)
    for file in stage.folder.glob("core.db*"):
        assert CODE.encode() not in file.read_bytes()


async def test_a_body_copied_over_anothers_does_not_open(stage, receiver):
    ada, grace = await stage.send(), await stage.send(recipient=GRACE)
    sealed = (await stage.message(ada)).sealed
    await stage.database.write(
        lambda c: c.execute(update(courier_messages).where(courier_messages.c.id == grace).values(sealed=sealed))
    )
    stage.configure(posting(receiver.url))
    stage.start()

    assert (await stage.until(grace, tries=1)).status == mail.ABANDONED
    assert (await stage.until(ada, tries=1)).status == mail.SENT
    assert len(receiver.bodies) == 1


async def test_retries_come_by_the_clock_and_end_in_abandonment(stage, receiver):
    receiver.status = 503
    stage.configure(posting(receiver.url))
    stage.start()
    message_id = await stage.send()
    moments = []
    for tries, delay in enumerate((*backoff.DELAYS_SECONDS, None), start=1):
        message = await stage.until(message_id, tries=tries)
        moments.append((stage.now_ms() - message.created_at_ms) // 1000)
        assert message.send_count == len(receiver.bodies) == tries
        if delay is None:
            break
        assert message.status == mail.QUEUED
        await stage.until_asleep()
        stage.clock.advance(delay - 1)
        await stage.until_asleep()
        assert len(receiver.bodies) == tries  # a second too early
        stage.clock.advance(1)

    assert moments == [0, 5, 35, 155, 755, 2555]
    assert message.status == mail.ABANDONED
    assert {item.error for item in message.dispatches} == {"The receiver answered 503 Service Unavailable."}
    assert message.sealed is None

    await stage.until_asleep()
    stage.clock.advance(3_600)
    await stage.until_asleep()
    assert len(receiver.bodies) == 6


async def test_no_retries_means_one_try(stage, receiver):
    receiver.status = 500
    stage.configure(posting(receiver.url, message_retries=0))
    stage.start()
    assert (await stage.until(await stage.send(), tries=1)).status == mail.ABANDONED


async def test_the_words_are_forgotten_once_they_are_delivered_elsewhere(stage, receiver):
    stage.configure(posting(receiver.url))
    stage.start()
    message = await stage.until(await stage.send(), tries=1)

    assert CODE.encode() in receiver.bodies[0]
    assert message.sealed is None


async def test_a_courier_that_was_killed_in_the_middle_is_taken_over(stage, receiver):
    stage.configure(posting(receiver.url))
    message_id = await stage.send()
    await stage.database.write(lambda c: ledger.take_due(c, project_id=PROJECT, now_ms=stage.now_ms(), limit=9))
    assert (await stage.message(message_id)).status == mail.PROCESSING

    stage.start()
    message = await stage.until(message_id, tries=1)
    assert message.status == mail.SENT
    assert message.send_count == 2
    assert len(receiver.bodies) == 1


async def test_a_message_that_kills_every_courier_is_given_up(stage, receiver):
    stage.configure(posting(receiver.url, message_retries=2))
    message_id = await stage.send()
    for _ in range(3):
        await stage.database.write(lambda c: ledger.take_due(c, project_id=PROJECT, now_ms=stage.now_ms(), limit=9))
        await stage.database.write(lambda c: ledger.requeue_interrupted(c, project_id=PROJECT))

    stage.start()
    assert (await stage.until(message_id, tries=1)).status == mail.ABANDONED
    assert receiver.bodies == []


async def test_a_queue_filled_before_the_start_is_emptied_the_oldest_first(stage, receiver):
    ids = []
    for number in range(40):
        ids.append(await stage.send(recipient=f"ada{number}@example.org"))
        stage.clock.advance(0.01)
    stage.configure(posting(receiver.url))
    stage.start()
    await stage.until(ids[-1], tries=1)

    assert len(receiver.bodies) == 40
    assert b"ada0@" in b"".join(receiver.bodies[:16])
    assert b"ada39@" in b"".join(receiver.bodies[-8:])


async def test_one_message_with_a_bug_stops_nobody_elses(stage, receiver, monkeypatch):
    choose = type(stage.courier._ways_out).choose

    def broken(self, channel, *, config):
        if not broken.has_run:
            broken.has_run = True
            raise KeyError(CODE)
        return choose(self, channel, config=config)

    broken.has_run = False
    monkeypatch.setattr(type(stage.courier._ways_out), "choose", broken)
    stage.configure(posting(receiver.url))
    first, second = await stage.send(), await stage.send()
    stage.start()
    done = [await stage.until(item, tries=1) for item in (first, second)]

    assert sorted(item.status for item in done) == [mail.QUEUED, mail.SENT]
    assert {item.dispatches[0].error for item in done} == {
        None,
        "An internal error, KeyError, kept it from being sent.",
    }


async def test_a_database_that_fails_for_a_moment_loses_no_message(stage, receiver, monkeypatch):
    mark_sent = ledger.mark_sent

    def broken(*args, **options):
        monkeypatch.setattr(ledger, "mark_sent", mark_sent)
        raise DatabaseError

    monkeypatch.setattr(ledger, "mark_sent", broken)
    stage.configure(posting(receiver.url))
    stage.start()
    message_id = await stage.send()

    async def is_taken():
        return (await stage.message(message_id)).send_count >= 1

    async def is_sent():
        stage.clock.advance(1)  # whenever it pauses, the pause ends
        return (await stage.message(message_id)).status == mail.SENT

    await eventually(is_taken)
    await eventually(is_sent)
    assert len(receiver.bodies) == 2  # at least once


async def test_nobodys_inbox_is_flooded(stage):
    for _ in range(queue.RECIPIENT_MESSAGES_PER_MINUTE):
        await stage.send()
    with pytest.raises(TooManyMessagesError):
        await stage.send()
    await stage.send(recipient=GRACE)

    stage.clock.advance(60)
    await stage.send()


async def test_guessing_at_one_person_is_bounded_by_the_codes_of_a_day(stage, monkeypatch):
    monkeypatch.setattr(queue, "RECIPIENT_MESSAGES_PER_DAY", 3)
    for _ in range(3):
        await stage.send()
        stage.clock.advance(60)
    with pytest.raises(TooManyMessagesError):
        await stage.send()

    stage.clock.advance(24 * 3_600)
    await stage.send()


async def test_a_flood_that_comes_all_at_once_is_counted_in_the_transaction(stage):
    results = await asyncio.gather(*(stage.send() for _ in range(30)), return_exceptions=True)

    assert sum(isinstance(result, str) for result in results) == queue.RECIPIENT_MESSAGES_PER_MINUTE
    assert {type(result) for result in results} == {str, TooManyMessagesError}
    assert await count(stage) == queue.RECIPIENT_MESSAGES_PER_MINUTE


async def test_a_project_sends_only_so_many_an_hour(stage, monkeypatch):
    monkeypatch.setattr(queue, "PROJECT_MESSAGES_PER_HOUR", 3)
    for number in range(3):
        await stage.send(recipient=f"ada{number}@example.org")
    with pytest.raises(TooManyMessagesError):
        await stage.send(recipient=GRACE)

    stage.clock.advance(3_600)
    await stage.send(recipient=GRACE)


@pytest.mark.parametrize(
    "evil",
    [
        "ada@example.org\r\nBcc: mallory@example.org",
        "ada@example.org\nX: y",
        "ada@example.org, mallory@example.org",
        "ada@example.org;mallory@example.org",
        "Ada <ada@example.org>",
        "ada@example.org mallory@example.org",
        '"a\r\nb"@example.org',
        "ada@example.org\x00",
        "ada@exam\u2028ple.org",
        "ada@example.org>",
        "ada",
        "",
        "@example.org",
        "ada@a@b",
        "a" * 320 + "@example.org",
    ],
    ids=range(15),
)
def test_a_recipient_brings_no_header_and_no_second_recipient(evil):
    with pytest.raises(BadRecipientError):
        recipients.check(evil, channel=EMAIL)


@pytest.mark.parametrize("evil", ["+49151\r\nX: y", "+49151,+49152", "ada@example.org", "call me", "+", "1" * 40])
def test_a_number_is_a_number(evil):
    with pytest.raises(BadRecipientError):
        recipients.check(evil, channel=SMS)


@pytest.mark.parametrize("fine", ["ada+kratos@example.org", "o'brien@example.org", "ä@exämple.org", "a.b-c_d@x"])
def test_ordinary_addresses_are_fine(fine):
    assert recipients.check(fine, channel=EMAIL) == fine


async def test_nothing_is_written_to_a_recipient_that_is_none(stage):
    with pytest.raises(BadRecipientError):
        await stage.send(recipient="ada@example.org\r\nBcc: mallory@example.org")


async def test_a_kind_that_has_no_sms_is_refused(stage):
    with pytest.raises(WrongChannelError):
        await stage.send(RECOVERY_INVALID, channel=SMS, recipient="+4915112345678")


async def test_an_sms_without_a_channel_says_so(stage):
    stage.configure({"smtp": {"connection_uri": "smtp://127.0.0.1:1/"}})
    stage.start()
    message = await stage.until(await stage.send(channel=SMS, recipient="+4915112345678"), tries=1)
    assert message.dispatches[0].error == "No channel sms is configured. Add one with this id to courier.channels."


async def test_bodies_go_after_a_week_and_rows_after_three_months(stage):
    stage.start()
    message_id = await stage.send()
    await stage.until(message_id, tries=1)
    await stage.until_asleep()

    async def is_bodiless():
        return (await stage.message(message_id)).sealed is None

    stage.clock.advance(WEEK_SECONDS - 1)
    await stage.until_asleep()
    assert not await is_bodiless()
    stage.clock.advance(1)
    await eventually(is_bodiless)
    assert list((stage.folder / "mail").iterdir()) == []
    assert (await stage.message(message_id)).subject.startswith("******")

    async def is_gone():
        return await count(stage) == 0

    await stage.until_asleep()
    stage.clock.advance(83 * DAY_SECONDS)
    await eventually(is_gone)
    assert await count(stage, courier_dispatches) == 0


async def test_mail_of_another_project_waits_for_that_project(stage, receiver):
    stage.configure(posting(receiver.url))
    composed = await stage.courier.compose(
        "recovery_code_valid", channel=EMAIL, recipient=GRACE, data=DATA, config=await stage.config()
    )
    await stage.database.write(lambda c: queue.enqueue(c, composed, project_id=OTHER_PROJECT, now_ms=stage.now_ms()))
    stage.start()
    await stage.until(await stage.send(), tries=1)

    assert (await stage.message(composed.id)).status == mail.QUEUED
    assert len(receiver.bodies) == 1


async def test_a_project_deleted_while_its_mail_is_under_way_hurts_nobody(stage, receiver):
    message = await stage.message(await stage.send())
    await stage.database.write(lambda c: c.execute(projects.delete().where(projects.c.id == PROJECT)))
    stage.configure(posting(receiver.url))
    await stage.courier._attempt.make(message, config=(await stage.config()).courier)
    assert await count(stage, courier_dispatches) == 0
