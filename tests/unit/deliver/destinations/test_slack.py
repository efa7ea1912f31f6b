import json

import pytest

from headwater.core.outcomes import Delivered, Filtered, NotAuthorised, Rejected, RetryLater
from headwater.deliver.destination import BadDestinationSettingsError, Item, check_settings
from headwater.deliver.destinations.slack import KIND
from headwater.net.outbound import Response

URL = "https://hooks.slack.com/services/T/B/X"
(POST,) = KIND.actions


def settings(**more):
    return check_settings(KIND, {"url": URL, **more})


def text(event, **more):
    (payload,) = KIND.payloads(event, settings(**more))
    return payload["text"]


def reading(status, body, payload=None, headers=()):
    item = Item(payload=payload or {"text": "hello"}, message_id="m1")
    return POST.read(Response(status=status, body=body, headers=headers), [item])


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"traits": {"name": "Ada", "firstName": "A"}}, "Ada"),
        ({"context": {"traits": {"name": "Ada"}}}, "Ada"),
        ({"traits": {"firstName": "Ada", "lastName": "Lovelace"}}, "Ada Lovelace"),
        ({"traits": {"firstName": "Ada"}}, "Ada"),
        ({"traits": {"username": "ada", "email": "a@b.c"}}, "ada"),
        ({"properties": {"email": "p@b.c"}, "traits": {"email": "a@b.c"}}, "p@b.c"),
        ({"traits": {"email": "a@b.c"}}, "a@b.c"),
        ({"userId": "u1"}, "User u1"),
        ({"anonymousId": "a1"}, "Anonymous user a1"),
        ({"userId": "u1", "traits": "odd", "context": None, "properties": []}, "User u1"),
    ],
)
def test_a_person_is_called_as_segment_calls_them(more, name):
    assert f"{name} did Signed Up." == text({"type": "track", "event": "Signed Up", **more})


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("{{event}}: {{properties.plan}}", "Paid: pro"),
        ("{{{ event }}}", "Paid"),
        ("{{ $.properties.total }} {{properties.is_new}}", "19.5 true"),
        ("[{{properties.gone}}{{properties.plan.deeper}}]", "[]"),
        ("{{properties}}", "plan: pro\ntotal: 19.5\nis_new: true"),
        ("<!here> {{event}}", "<!here> Paid"),
    ],
)
def test_a_template_is_filled_with_what_the_event_has(template, found):
    event = {
        "type": "track",
        "event": "Paid",
        "userId": "u",
        "properties": {"plan": "pro", "total": 19.5, "is_new": True, "coupon": None},
    }

    assert found == text(event, track_template=template)


def test_mallorys_event_can_not_ping_a_channel_nor_pass_for_a_link():
    event = {"type": "track", "event": "<!channel> & <https://evil.example|a prize>", "userId": "<@U123>"}

    assert "User &lt;@U123&gt; did &lt;!channel&gt; &amp; &lt;https://evil.example|a prize&gt;." == text(event)


def test_identify_calls_are_sent_only_with_the_traits_that_are_asked_for():
    event = {"type": "identify", "userId": "u", "traits": {"name": "Ada", "email": "a@b.c"}}

    assert isinstance(KIND.payloads(event, settings()), Filtered)
    assert isinstance(KIND.payloads(event, settings(identify_traits="email, plan")), Filtered)
    assert "Identified user Ada. \nname: Ada\nemail: a@b.c" == text(event, identify_traits="name, email")
    assert "Ada has a@b.c" == text(event, identify_traits="name", identify_template="{{name}} has {{email}}")


def test_a_message_without_text_and_one_that_slack_would_cut_are_refused_here():
    track = {"type": "track", "event": "Paid", "userId": "u"}

    assert isinstance(KIND.payloads(track, settings(track_template="{{properties.gone}}")), Rejected)
    assert "text" in POST.refusal({"channel": "#sales"}, settings())
    assert "40000" in POST.refusal({"text": "x" * 40_001}, settings())
    assert POST.refusal({"blocks": [{"type": "divider"}]}, settings()) is None


def test_a_mapping_says_only_what_differs_from_the_settings():
    items = [Item(payload={"text": "hi", "channel": "#vip"}, message_id="m1")]
    made = POST.request(items, settings(channel="#sales", username="Headwater"))

    assert {"channel": "#vip", "username": "Headwater", "text": "hi"} == json.loads(made.body)


@pytest.mark.parametrize(
    ("status", "word", "kind"),
    [
        (200, b"ok", Delivered),
        (400, b"invalid_payload", Rejected),
        (400, b"no_text", Rejected),
        (400, b"user_not_found", Rejected),
        (403, b"action_prohibited", NotAuthorised),
        (403, b"invalid_token", NotAuthorised),
        (404, b"channel_not_found", NotAuthorised),
        (404, b"no_service", NotAuthorised),
        (404, b"<html>", Rejected),
        (410, b"channel_is_archived", NotAuthorised),
        (500, b"rollup_error", RetryLater),
        (500, b"\xff\xfe", RetryLater),
    ],
)
def test_slacks_words_say_what_is_broken(status, word, kind):
    assert isinstance(reading(status, word), kind)


def test_slacks_word_is_in_the_reason():
    assert "no_service" in reading(404, b"no_service").reason
    assert "invalid_payload" in reading(400, b"invalid_payload").reason


def test_a_channel_that_only_this_message_asked_for_is_its_own_fault():
    assert isinstance(reading(404, b"channel_not_found", payload={"text": "x", "channel": "#gone"}), Rejected)


def test_too_fast_is_waited_out():
    found = reading(429, b"rate_limited", headers=(("retry-after", "30"),))

    assert (30.0, True) == (found.retry_after_seconds, found.is_down)


def test_a_webhook_url_may_be_named_instead_of_written_and_is_never_repeated():
    assert "env:SLACK_URL" == check_settings(KIND, {"url": "env:SLACK_URL"})["url"]
    with pytest.raises(BadDestinationSettingsError) as caught:
        check_settings(KIND, {"url": "hooks.slack.com/services/T/B/secret"})
    assert "secret" not in caught.value.message


def test_a_second_is_what_slack_gives_a_message():
    assert (1.0, 1) == (KIND.requests_per_second, KIND.concurrency)
