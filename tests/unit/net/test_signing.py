"""A receiver that knows the key can tell our requests from mallory's: checked with the official library."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from headwater.core.secrets import Secret
from headwater.net import signing
from headwater.net.outbound import Request

OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 64).decode()
MALLORYS = "whsec_" + base64.b64encode(b"m" * 32).decode()
BODY = '{"name":"Ada Lovelace ♥"}'.encode()


def signed(*secrets, now=None, **fields):
    request = Request(
        method="POST",
        url="https://x.test",
        body=BODY,
        signing_secrets=tuple(Secret(text) for text in secrets),
        **fields,
    )
    return signing.signed(request, message_id="trigger-1", now=now or datetime.now(UTC))


def test_signs_as_the_specification_of_standard_webhooks_shows_it():
    request = Request(
        method="POST",
        url="https://x.test",
        body=b'{"test": 2432232314}',
        signing_secrets=(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),),
    )
    at = datetime.fromtimestamp(1614265330, UTC)
    sent = signing.signed(request, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", now=at)

    assert (
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ) == sent.headers


@pytest.mark.parametrize("known", [OLD, NEW])
def test_while_keys_are_changed_a_receiver_with_either_key_takes_it(known):
    sent = signed(OLD, NEW)

    Webhook(known).verify(sent.body, dict(sent.headers))


@pytest.mark.parametrize(
    "forge",
    [
        lambda body, headers: (body.replace(b"Ada", b"Eve"), headers),
        lambda body, headers: (body, headers | {"webhook-id": "trigger-2"}),
        lambda body, headers: (body, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}),
    ],
    ids=["body", "id", "timestamp"],
)
def test_what_mallory_changes_on_the_way_no_longer_fits(forge):
    sent = signed(NEW)
    body, headers = forge(sent.body, dict(sent.headers))

    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(NEW).verify(body, headers)


def test_a_request_signed_with_another_key_or_long_ago_is_not_taken():
    with pytest.raises(WebhookVerificationError, match="No matching"):
        Webhook(NEW).verify(BODY, dict(signed(MALLORYS).headers))
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(NEW).verify(BODY, dict(signed(NEW, now=datetime.now(UTC) - timedelta(minutes=6)).headers))


def test_a_configured_header_can_not_take_the_signatures_place():
    forged = (("Webhook-Id", "always the same"), ("WEBHOOK-SIGNATURE", "v1,x"), ("X-Other", "stays"))
    names = [name.lower() for name, _ in signed(NEW, headers=forged).headers]

    assert ["x-other", "webhook-id", "webhook-timestamp", "webhook-signature"] == names


def test_without_a_key_nothing_is_signed_and_a_header_of_that_name_stays():
    sent = signed(headers=(("webhook-id", "mine"),))

    assert (("webhook-id", "mine"),) == sent.headers


def test_the_keys_go_no_further_than_the_signature_and_hide_in_a_repr():
    request = Request(method="POST", url="https://x.test", signing_secrets=(Secret(NEW),))

    assert () == signed(NEW).signing_secrets
    assert NEW not in repr(request)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "hunter2",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_" + base64.urlsafe_b64encode(b"\xff" * 32).decode(),
        "whsec_ü" + base64.b64encode(b"x" * 32).decode(),
        "whpk_" + base64.b64encode(b"x" * 32).decode(),
    ],
)
def test_what_is_no_key_is_refused_without_a_word_of_it(text):
    with pytest.raises(signing.BadSigningKeyError) as caught:
        signing.key(Secret(text))

    assert text.removeprefix("whsec_") == "" or text not in caught.value.message
    assert caught.value.__context__ is None or text not in str(caught.value.__context__)


def test_a_key_may_come_without_its_prefix_as_receivers_libraries_take_it():
    assert b"n" * 64 == signing.key(Secret(NEW.removeprefix("whsec_")))
