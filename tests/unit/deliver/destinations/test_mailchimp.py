import json

import pytest

from headwater.core.outcomes import Delivered, NotAuthorised, Rejected, RetryLater
from headwater.deliver.destination import BadDestinationSettingsError, Item, check_settings
from headwater.deliver.destinations.mailchimp import KIND
from headwater.net.outbound import Response

KEY = "0123-us21"
MEMBER, EVENT = KIND.actions


def settings(**more):
    return check_settings(KIND, {"api_key": KEY, "audience_id": "a1", **more})


def payload(event, **more):
    (found,) = KIND.payloads(event, settings(**more))
    return found


def merged(traits, **more):
    found = payload({"type": "identify", "traits": {"email": "a@b.c", **traits}}, **more)
    return found.get("merge_fields", {})


@pytest.mark.parametrize(
    ("traits", "found"),
    [
        ({"firstName": "Ada", "lastName": "Lovelace"}, {"FNAME": "Ada", "LNAME": "Lovelace"}),
        ({"name": "Ada Lovelace", "phone": 44}, {"FNAME": "Ada", "LNAME": "Lovelace", "PHONE": "44"}),
        ({"address": {"street": "1 St", "city": "L", "state": "X"}}, {}),
        (
            {"address": {"street": "1 St", "city": "L", "state": "X", "postalCode": "Z"}},
            {"ADDRESS": {"addr1": "1 St", "city": "L", "state": "X", "zip": "Z"}},
        ),
        ({"address": "nowhere", "name": ["odd"]}, {}),
        ({"plan": "pro"}, {}),
    ],
)
def test_traits_become_the_merge_fields_that_every_audience_has(traits, found):
    assert found == merged(traits)


@pytest.mark.parametrize(("value", "found"), [("pro", "pro"), (3, 3), (4.5, 4.5), (True, "true"), (["a"], '["a"]')])
def test_other_traits_go_where_the_operator_says(value, found):
    assert {"PLAN": found} == merged({"plan": value}, merge_fields='{"plan": "PLAN", "gone": "GONE"}')


def test_a_member_has_a_status_only_if_new():
    found = payload({"type": "identify", "userId": "A@b.c", "context": {"locale": "de-CH"}}, status_if_new="pending")

    assert {"action": "member", "email_address": "A@b.c", "status_if_new": "pending", "language": "de"} == found


def test_an_event_is_told_of_its_member():
    event = {
        "type": "track",
        "event": "Bought",
        "timestamp": "2026-11-28T10:00:00.500Z",
        "context": {"traits": {"email": "a@b.c"}},
        "properties": {"total": 19.5, "is_new": True, "gone": None, "items": [1]},
    }

    assert {
        "action": "event",
        "email_address": "a@b.c",
        "name": "Bought",
        "occurred_at": "2026-11-28T10:00:00+00:00",
        "properties": {"total": "19.5", "is_new": "true", "items": "[1]"},
    } == payload(event)


@pytest.mark.parametrize("call", ["identify", "track"])
def test_rejects_whom_it_has_no_address_of(call):
    found = KIND.payloads({"type": call, "event": "Bought", "userId": "u1", "traits": {"email": "x"}}, settings())

    assert isinstance(found, Rejected)


@pytest.mark.parametrize(
    ("action", "payload", "word"),
    [
        (MEMBER, {"status_if_new": "subscribed"}, "email_address"),
        (MEMBER, {"email_address": "a@b.c", "status": "subscribed"}, "status_if_new"),
        (MEMBER, {"email_address": 5, "status_if_new": "subscribed"}, "email_address"),
        (EVENT, {"name": "Bought"}, "email_address"),
        (EVENT, {"email_address": "a@b.c", "name": "B"}, "30"),
        (EVENT, {"email_address": "a@b.c", "name": "B" * 31}, "30"),
        (EVENT, {"email_address": "a@b.c"}, "30"),
    ],
)
def test_what_mailchimp_would_refuse_is_never_sent(action, payload, word):
    assert word in action.refusal(payload, settings())


@pytest.mark.parametrize("name", ["B" * 2, "B" * 30])
def test_names_within_the_limits_are_sent(name):
    assert EVENT.refusal({"email_address": "a@b.c", "name": name}, settings()) is None


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"api_key": "0123"}, "api_key"),
        ({"api_key": "0123-"}, "api_key"),
        ({"api_key": "0123-evil.example/x"}, "api_key"),
        ({"merge_fields": {"plan": "plan"}}, "merge_fields"),
        ({"merge_fields": {"plan": "A" * 11}}, "merge_fields"),
        ({"merge_fields": {"plan": ""}}, "merge_fields"),
    ],
)
def test_settings_that_cant_work_are_refused(more, field):
    with pytest.raises(BadDestinationSettingsError) as refused:
        settings(**more)

    assert field == refused.value.context["field"]


def test_a_key_that_is_only_named_may_be_anything_until_it_is_read():
    named = settings(api_key="env:MAILCHIMP")
    item = Item(payload={"email_address": "a@b.c"}, message_id="m1")

    with pytest.raises(BadDestinationSettingsError, match="data center"):
        MEMBER.request([item], {**named, "api_key": "evil.example/"})


def test_an_audience_cant_lead_elsewhere():
    item = Item(payload={"email_address": "a@b.c"}, message_id="m1")
    made = MEMBER.request([item], settings(audience_id="../../ping?x="))

    assert made.url.startswith("https://us21.api.mailchimp.com/3.0/lists/..%2F..%2Fping%3Fx%3D/members/")


def reading(status, body, action=EVENT):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return action.read(Response(status=status, body=raw), [])


@pytest.mark.parametrize(
    ("status", "body", "kind", "word"),
    [
        (200, {}, Delivered, ""),
        (204, b"", Delivered, ""),
        (
            400,
            {"title": "Member In Compliance State", "detail": "has bounced"},
            Rejected,
            "Compliance State has bounced",
        ),
        (400, b"<html>", Rejected, "400"),
        (404, {"title": "Resource Not Found"}, Rejected, "no such member"),
        (401, {"title": "API Key Invalid"}, NotAuthorised, "401"),
        (403, {"title": "Forbidden"}, NotAuthorised, "403"),
        (403, b"", RetryLater, "bare 403"),
        (403, b"<html>", RetryLater, "bare 403"),
        (429, {"title": "Too Many Requests"}, RetryLater, "429"),
    ],
)
def test_answers_are_read_as_documented(status, body, kind, word):
    found = reading(status, body)

    assert isinstance(found, kind)
    assert word in getattr(found, "reason", "")
    assert getattr(found, "is_down", True)


@pytest.mark.parametrize(("status", "kind"), [(204, Delivered), (404, Delivered), (405, Rejected), (500, RetryLater)])
def test_who_isnt_there_is_deleted(status, kind):
    assert isinstance(KIND.deletion.read(Response(status=status)), kind)
