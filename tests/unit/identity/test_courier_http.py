import base64
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from courier_stage import ADA, CODE, Stage, embedded, http_receiver
from standardwebhooks.webhooks import Webhook

from headwater.core.secrets import Secret
from headwater.identity.courier import mail
from headwater.identity.courier.channels import smtp_uri
from headwater.identity.courier.channels.channel import DeliveryError
from headwater.identity.courier.kinds import RECOVERY_CODE_VALID, SMS
from headwater.net.addresses import AddressPolicy
from headwater.workspace.references import Unread

EVERYTHING = embedded("function(ctx) ctx")


def request(url: str, body: str = EVERYTHING, **more):
    return {"url": url, "method": "POST", "body": body, **more}


@pytest.fixture
async def receiver():
    async with http_receiver() as receiver:
        yield receiver


@pytest.fixture
async def stage(tmp_path):
    stage = await Stage(tmp_path).open()
    yield stage
    await stage.close()


async def delivered(stage, section, **message):
    stage.configure(section)
    stage.start()
    return await stage.until(await stage.send(**message), tries=1)


async def test_the_jsonnet_gets_what_kratos_gives_it(stage, receiver):
    section = {"delivery_strategy": "http", "http": {"request_config": request(receiver.url)}}
    await delivered(stage, section, request_headers={"User-Agent": ["Firefox"]})
    ctx = json.loads(receiver.bodies[0])

    assert ctx["recipient"] == ctx["template_data"]["to"] == ADA
    assert ctx["subject"].startswith(CODE)
    assert CODE in ctx["body"]
    assert CODE in ctx["html_body"]
    assert ctx["template_type"] == RECOVERY_CODE_VALID
    assert ctx["template_data"]["recovery_code"] == CODE
    assert ctx["template_data"]["identity"]["traits"]["name"] == "Ada"
    assert ctx["message_type"] == "email"
    assert ctx["request_headers"] == {"User-Agent": ["Firefox"]}


async def test_an_sms_leaves_by_its_own_channel_with_credentials(stage, receiver):
    auth = {"type": "basic_auth", "config": {"user": "ada", "password": "secret"}}
    body = embedded("function(ctx) {To: ctx.recipient, Body: ctx.body, Html: std.toString(ctx)}")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    channel = {"id": "sms", "type": "http", "request_config": request(receiver.url, body, auth=auth, headers=headers)}
    message = await delivered(stage, {"channels": [channel]}, channel=SMS, recipient="+4915112345678")

    form = parse_qs(receiver.bodies[0].decode())
    assert form["To"] == ["+4915112345678"]
    assert form["Body"][0].endswith(f"@app.example.org #{CODE}")
    assert '"message_type": "sms"' in form["Html"][0]
    assert "html_body" not in form["Html"][0]
    assert receiver.headers[0]["Authorization"] == "Basic YWRhOnNlY3JldA=="
    assert (message.status, message.type, message.channel) == (mail.SENT, "phone", "sms")
    assert not (stage.folder / "mail").exists()


@pytest.mark.parametrize("status", [300, 401, 500])
async def test_every_other_answer_is_a_failure_to_be_tried_again(stage, receiver, status):
    receiver.status = status
    message = await delivered(stage, {"delivery_strategy": "http", "http": {"request_config": request(receiver.url)}})

    assert message.status == mail.QUEUED
    assert str(status) in message.dispatches[0].error
    assert CODE not in message.dispatches[0].error  # which is what the receiver answers


async def test_jsonnet_that_cancels_ends_the_message(stage, receiver):
    section = {"http": {"request_config": request(receiver.url, embedded("function(ctx) error 'cancel'"))}}
    message = await delivered(stage, {"delivery_strategy": "http", **section})

    assert message.status == mail.ABANDONED
    assert receiver.bodies == []


async def test_jsonnet_that_fails_quotes_no_code(stage, receiver):
    section = {"http": {"request_config": request(receiver.url, embedded("function(ctx) error ctx.body"))}}
    message = await delivered(stage, {"delivery_strategy": "http", **section})

    assert message.status == mail.QUEUED
    assert "Jsonnet" in message.dispatches[0].error
    assert CODE not in message.dispatches[0].error


async def test_mail_posts_to_no_address_that_the_policy_refuses(tmp_path, receiver):
    stage = Stage(tmp_path)
    stage.policy = AddressPolicy(allow_private=False)
    await stage.open()
    message = await delivered(stage, {"delivery_strategy": "http", "http": {"request_config": request(receiver.url)}})
    await stage.close()

    assert "loopback" in message.dispatches[0].error
    assert receiver.bodies == []


async def test_a_message_may_be_signed_and_has_one_id_over_its_tries(stage, receiver):
    key = "whsec_" + base64.b64encode(b"k" * 32).decode()
    signing = {"type": "standard_webhooks", "secrets": [key]}
    section = {"delivery_strategy": "http", "http": {"request_config": request(receiver.url, signing=signing)}}
    message = await delivered(stage, section)
    headers = receiver.headers[0]
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)

    assert message.id == headers["webhook-id"]
    assert headers["webhook-signature"] == Webhook(key).sign(message.id, at, receiver.bodies[0].decode())


async def test_a_password_that_can_not_be_read_is_not_sent_by_its_name(stage, receiver):
    gone = Unread("env:MAIL_KEY", "/courier needs a secret that can't be read: env:MAIL_KEY is not set")
    auth = {"type": "basic_auth", "config": {"user": "ada", "password": gone}}
    section = {"delivery_strategy": "http", "http": {"request_config": request(receiver.url, auth=auth)}}
    message = await delivered(stage, section)

    assert (mail.QUEUED, []) == (message.status, receiver.bodies)
    assert "env:MAIL_KEY is not set" in message.dispatches[0].error


def test_a_mail_server_that_can_not_be_read_says_which_reference_it_was():
    with pytest.raises(DeliveryError, match="file:smtp does not exist"):
        smtp_uri.parse(Secret(Unread("file:smtp", "/courier/smtp/connection_uri: file:smtp does not exist")))
