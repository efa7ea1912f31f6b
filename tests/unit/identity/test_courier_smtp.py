import asyncio
from datetime import UTC, datetime

import pytest
from courier_stage import ADA, CODE, DATA, Stage, embedded, eventually, mail_server, words_of

import certificates
from headwater.core.secrets import Secret
from headwater.identity.courier import backoff, mail
from headwater.identity.courier.channels import smtp_uri
from headwater.identity.courier.channels.channel import DeliveryError
from headwater.net.addresses import AddressPolicy

CLEAR = "?disable_starttls=true"
LOGIN = ("ada", "p@ss/word")
LOGIN_IN_URI = "ada:p%40ss%2Fword@"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of our own for localhost, and a server context that uses it."""
    return certificates.for_localhost(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def stage(tmp_path):
    stage = await Stage(tmp_path).open()
    yield stage
    await stage.close()


async def delivered(stage, uri, *, templates=None, data=DATA, **smtp):
    stage.configure({"smtp": {"connection_uri": uri, **smtp}, "templates": templates or {}})
    stage.start()
    return await stage.until(await stage.send(data=data), tries=1)


async def test_a_letter_arrives_with_both_bodies_and_the_operators_headers(stage):
    async with mail_server() as server:
        message = await delivered(
            stage,
            f"smtp://127.0.0.1:{server.port}/{CLEAR}",
            from_address="hello@example.org",
            from_name="Grüße, Ada",
            headers={"X-SES-SOURCE-ARN": "arn:aws"},
        )
    (letter,) = server.received

    assert message.status == mail.SENT
    assert message.sealed is None
    assert server.envelopes[0].rcpt_tos == [ADA]
    assert server.envelopes[0].mail_from == "hello@example.org"
    assert letter["From"] == '"Grüße, Ada" <hello@example.org>'
    assert letter["Subject"] == f"{CODE} is your code to get back into your account"
    assert letter["X-SES-SOURCE-ARN"] == "arn:aws"
    assert letter["Message-ID"] == f"<{message.id}@example.org>"
    assert letter["Date"].datetime == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert CODE in words_of(letter)
    assert CODE in words_of(letter, "html")


async def test_a_trait_ends_no_header(stage):
    evil = "Ada\r\nBcc: mallory@example.org\r\n\r\nbody"
    data = {**DATA, "identity": {"traits": {"name": evil}}}
    subject = embedded("Hi {{ .Identity.traits.name }}")
    async with mail_server() as server:
        await delivered(
            stage,
            f"smtp://127.0.0.1:{server.port}/{CLEAR}",
            templates={"recovery_code": {"valid": {"email": {"subject": subject}}}},
            data=data,
            from_name="A\r\nBcc: mallory@example.org",
        )
    (letter,) = server.received

    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hi Ada Bcc: mallory@example.org body"
    assert server.envelopes[0].rcpt_tos == [ADA]


async def test_a_line_with_a_single_dot_ends_no_message(stage):
    data = {**DATA, "identity": {"traits": {"name": "Ada\r\n.\r\nMAIL FROM:<mallory@example.org>"}}}
    plaintext = embedded("{{ .Identity.traits.name }} bye")
    async with mail_server() as server:
        await delivered(
            stage,
            f"smtp://127.0.0.1:{server.port}/{CLEAR}",
            templates={"recovery_code": {"valid": {"email": {"body": {"plaintext": plaintext}}}}},
            data=data,
        )

    assert len(server.received) == 1
    assert "MAIL FROM:<mallory@example.org> bye" in words_of(server.received[0])


async def test_a_server_without_starttls_gets_nothing(stage):
    async with mail_server() as server:
        message = await delivered(stage, f"smtp://127.0.0.1:{server.port}/")

    assert message.status == mail.QUEUED
    assert "STARTTLS" in message.dispatches[0].error
    assert server.received == []


async def test_a_certificate_nobody_vouches_for_gets_nothing(stage, certificate):
    async with mail_server(tls_context=certificate[1]) as server:
        message = await delivered(stage, f"smtp://localhost:{server.port}/")

    assert message.status == mail.QUEUED
    assert "certificate" in message.dispatches[0].error.lower()
    assert server.received == []


async def test_a_certificate_of_somebody_else_gets_nothing(stage, certificate):
    stage.trusted_certificates = certificate[0]
    async with mail_server(tls_context=certificate[1]) as server:
        message = await delivered(stage, f"smtp://127.0.0.1:{server.port}/")

    assert message.status == mail.QUEUED
    assert server.received == []


@pytest.mark.parametrize("place", ["localhost", "127.0.0.1"])
async def test_starttls_is_used_before_the_password_goes_out(stage, certificate, place):
    stage.trusted_certificates = certificate[0]
    query = "" if place == "localhost" else "?server_name=localhost"
    async with mail_server(
        tls_context=certificate[1], require_starttls=True, login=LOGIN, auth_require_tls=True
    ) as server:
        message = await delivered(stage, f"smtp://{LOGIN_IN_URI}{place}:{server.port}/{query}")

    assert message.status == mail.SENT, message.dispatches
    assert len(server.received) == 1


async def test_tls_from_the_first_byte(stage, certificate):
    stage.trusted_certificates = certificate[0]
    async with mail_server(tls_at_once=certificate[1], login=LOGIN) as server:
        message = await delivered(stage, f"smtps://{LOGIN_IN_URI}localhost:{server.port}/")

    assert message.status == mail.SENT, message.dispatches
    assert len(server.received) == 1


async def test_an_operator_may_skip_the_certificate_check(stage, certificate):
    async with mail_server(tls_context=certificate[1], require_starttls=True) as server:
        message = await delivered(stage, f"smtp://127.0.0.1:{server.port}/?skip_ssl_verify=true")

    assert message.status == mail.SENT, message.dispatches


async def test_a_wrong_password_is_tried_again_and_shown_nowhere(stage):
    async with mail_server(login=LOGIN) as server:
        message = await delivered(stage, f"smtp://ada:wrong-password@127.0.0.1:{server.port}/{CLEAR}")

    assert message.status == mail.QUEUED
    assert "535" in message.dispatches[0].error
    assert "wrong-password" not in message.dispatches[0].error
    assert server.received == []


async def test_a_server_that_knows_no_login_gets_no_password(stage):
    async with mail_server() as server:
        message = await delivered(stage, f"smtp://{LOGIN_IN_URI}127.0.0.1:{server.port}/{CLEAR}")

    assert message.status == mail.QUEUED
    assert server.received == []


async def test_a_refusal_for_good_ends_the_message_and_quotes_no_code(stage):
    async with mail_server() as server:
        server.answer = f"554 I read {CODE} in it"
        message = await delivered(stage, f"smtp://127.0.0.1:{server.port}/{CLEAR}")

    assert message.status == mail.ABANDONED
    assert message.dispatches[0].error == "The mail server answered 554 I read ****** in it"


@pytest.mark.parametrize(("answer", "status"), [("550 who?", mail.ABANDONED), ("450 later", mail.QUEUED)])
async def test_an_unknown_recipient_ends_it_and_a_busy_one_does_not(stage, answer, status):
    async with mail_server() as server:
        server.recipient_answer = answer
        message = await delivered(stage, f"smtp://127.0.0.1:{server.port}/{CLEAR}")

    assert message.status == status
    assert answer in message.dispatches[0].error
    assert server.received == []


async def test_a_server_that_is_down_is_found_again_when_it_is_back(stage):
    async with mail_server() as server:
        port = server.port
    message = await delivered(stage, f"smtp://127.0.0.1:{port}/{CLEAR}")
    assert "can't be reached" in message.dispatches[0].error

    async with mail_server(port=port) as server:
        await stage.until_asleep()
        stage.clock.advance(backoff.DELAYS_SECONDS[0])
        again = await stage.until(message.id, tries=2)

    assert again.status == mail.SENT
    assert len(server.received) == 1


async def test_a_courier_killed_while_the_server_thinks_sends_again_under_the_same_id(stage):
    async with mail_server() as server:
        server.holds = asyncio.Event()
        stage.configure({"smtp": {"connection_uri": f"smtp://127.0.0.1:{server.port}/{CLEAR}"}})
        stage.start()
        message_id = await stage.send()
        async with asyncio.timeout(5):
            await server.has_message.wait()
        await stage.stop()
        assert (await stage.message(message_id)).status == mail.PROCESSING

        server.holds.set()
        stage.start()
        message = await stage.until(message_id, tries=1)

    assert message.status == mail.SENT
    assert [letter["Message-ID"] for letter in server.received] == [server.received[0]["Message-ID"]] * 2


async def test_one_slow_server_answer_keeps_nobody_else_waiting(stage):
    async with mail_server() as server:
        server.holds = asyncio.Event()
        await stage.send()
        await stage.send(recipient="grace@example.org")
        stage.configure({"smtp": {"connection_uri": f"smtp://127.0.0.1:{server.port}/{CLEAR}"}})
        stage.start()

        async def are_both_there():
            return len(server.received) == 2

        await eventually(are_both_there)
        server.holds.set()


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "allowed"])
async def test_private_addresses_are_refused_when_the_operator_says_so(tmp_path, is_refused):
    clients = {"smtp": {"disallow_private_ip_ranges": is_refused}}
    stage = await Stage(tmp_path, clients=clients).open()
    async with mail_server() as server:
        message = await delivered(stage, f"smtp://localhost:{server.port}/{CLEAR}")
    await stage.close()

    assert message.status == (mail.QUEUED if is_refused else mail.SENT)
    assert len(server.received) == (0 if is_refused else 1)


@pytest.mark.parametrize("place", ["169.254.169.254", "[::ffff:169.254.169.254]"])
async def test_a_metadata_service_is_never_a_mail_server(stage, place):
    message = await delivered(stage, f"smtp://{place}:25/{CLEAR}")
    assert "never called" in message.dispatches[0].error


async def test_our_own_listener_is_never_a_mail_server(tmp_path):
    stage = Stage(tmp_path)
    async with mail_server() as server:
        stage.policy = AddressPolicy(allow_private=True, own_listeners=frozenset({("127.0.0.1", server.port)}))
        await stage.open()
        message = await delivered(stage, f"smtp://127.0.0.1:{server.port}/{CLEAR}")
        await stage.close()

    assert "Headwater itself" in message.dispatches[0].error


@pytest.mark.parametrize("uri", ["smtp://", "http://x/", "smtp://x:99999/", "smtp://u:SECRET@[x/"])
def test_an_unusable_uri_is_refused_without_quoting_it(uri):
    with pytest.raises(DeliveryError) as refused:
        smtp_uri.parse(Secret(uri))
    assert "SECRET" not in refused.value.message


def test_a_uri_as_kratos_reads_it():
    server = smtp_uri.parse(Secret("smtp://a%40b:p%3Aw@mail.example.org/?disable_starttls=1"))
    assert (server.host, server.port, server.user, server.password.reveal()) == ("mail.example.org", 587, "a@b", "p:w")
    assert (server.is_tls, server.is_starttls, server.is_verified) == (False, False, True)
    assert smtp_uri.parse(Secret("smtp://h:1/?disable_starttls=false")).is_starttls
    assert smtp_uri.parse(Secret("smtps://h/")).is_tls
