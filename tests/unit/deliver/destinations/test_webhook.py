import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from headwater.deliver.destination import BadDestinationSettingsError, Item, check_settings
from headwater.deliver.destinations.webhook import KIND, sign
from headwater.net import signing

(SEND,) = KIND.actions
ITEMS = [Item(payload={"n": number}, message_id=f"m{number}") for number in range(3)]
NEW, OLD = "whsec_" + "bmV3" * 10, "whsec_" + "b2xk" * 10


def settings(**more):
    return check_settings(KIND, {"url": "https://hooks.example.com/", **more})


def headers(request):
    return {name.lower(): value for name, value in request.headers}


def test_one_event_is_an_object_and_with_a_batch_size_even_one_is_an_array():
    assert {"n": 0} == json.loads(SEND.request(ITEMS[:1], settings()).body)
    assert [{"n": 0}] == json.loads(SEND.request(ITEMS[:1], settings(batch_size=10)).body)
    assert [{"n": 0}, {"n": 1}, {"n": 2}] == json.loads(SEND.request(ITEMS, settings(batch_size=10)).body)


def test_of_a_batch_segments_signature_is_of_the_first_event_alone():
    request = SEND.request(ITEMS, settings(batch_size=10, shared_secret="hush"))

    assert sign(b'{"n":0}', secret="hush") == headers(request)["x-signature"]


def test_standard_webhooks_signs_the_whole_batch_with_the_new_key_and_the_old():
    request = SEND.request(ITEMS, settings(batch_size=10, signing_secret=NEW, old_signing_secret=OLD))
    signed = signing.signed(request, message_id="m0", now=datetime.now(UTC))

    for key in (NEW, OLD):
        assert [{"n": 0}, {"n": 1}, {"n": 2}] == Webhook(key).verify(signed.body, headers(signed))
    assert "m0" == headers(signed)["webhook-id"]


@pytest.mark.parametrize(("size", "seconds"), [(1, 1), (25, 5)])
def test_the_operator_says_how_large_a_batch_is_and_how_long_it_waits(size, seconds):
    batch = SEND.batch(settings(batch_size=size, batch_seconds=seconds))

    assert (size, seconds) == (batch.items, batch.seconds)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_methods_are_those_of_segments_webhooks(method):
    assert method == SEND.request(ITEMS[:1], settings(method=method)).method
    with pytest.raises(BadDestinationSettingsError):
        settings(method="GET")
