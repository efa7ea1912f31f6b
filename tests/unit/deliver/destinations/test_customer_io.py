import json

import pytest

from headwater.core.outcomes import Delivered, Rejected, RetryLater
from headwater.deliver.destination import Item, SmallerBatch, check_settings
from headwater.deliver.destinations.customer_io import KIND
from headwater.net.outbound import Response

KEYS = {"site_id": "site", "api_key": "key"}
AT = {"timestamp": "2026-11-28T10:00:00.500Z"}
SECONDS = 1_795_860_000
(SEND,) = KIND.actions


def settings(**more):
    return check_settings(KIND, {**KEYS, **more})


def entities(event, **more):
    return KIND.payloads({"messageId": "m1", **AT, **event}, settings(**more))


def entity(event, **more):
    (found,) = entities(event, **more)
    return found


@pytest.mark.parametrize(
    ("event", "identifiers"),
    [
        ({"userId": "u1"}, {"id": "u1"}),
        ({"userId": 42}, {"id": "42"}),
        ({"userId": "ada@example.com"}, {"email": "ada@example.com"}),
        ({"userId": "cio_a3000001"}, {"cio_id": "a3000001"}),
        ({"userId": "cio_ada@example.com"}, {"cio_id": "ada@example.com"}),
        ({"userId": " ", "traits": {"email": "ada@example.com"}}, {"email": "ada@example.com"}),
        ({"context": {"traits": {"email": "ada@example.com"}}}, {"email": "ada@example.com"}),
        ({"properties": {"email": "ada@example.com"}, "anonymousId": "a1"}, {"email": "ada@example.com"}),
        ({"anonymousId": "a1", "traits": {"email": "nobody"}}, {"anonymous_id": "a1"}),
        ({"anonymousId": "a1", "traits": ["odd"], "context": "odd"}, {"anonymous_id": "a1"}),
    ],
)
def test_a_person_is_known_by_one_identifier(event, identifiers):
    assert identifiers == entity({"type": "track", "event": "Signed Up", **event})["identifiers"]


def test_identify_keeps_traits_and_tells_when_they_were_true():
    event = {
        "type": "identify",
        "userId": "u1",
        "anonymousId": "a1",
        "traits": {"email": "ada@example.com", "age": 36, "vip": False, "gone": None, "none": "", "score": 0},
    }

    assert {
        "type": "person",
        "action": "identify",
        "identifiers": {"id": "u1"},
        "timestamp": SECONDS,
        "attributes": {"email": "ada@example.com", "age": 36, "vip": False, "score": 0, "anonymous_id": "a1"},
    } == entity(event)


@pytest.mark.parametrize(
    ("traits", "found"),
    [
        ({"createdAt": "2026-11-28T10:00:00Z"}, {"created_at": SECONDS}),
        ({"created_at": 1_795_860_000_000}, {"created_at": SECONDS}),
        ({"createdAt": "long ago"}, {"createdAt": "long ago"}),
        ({"trial_ends": "2026-11-28"}, {"trial_ends": SECONDS - 36_000}),
        ({"deep": {"at": "2026-11-28T11:00:00+01:00"}}, {"deep": {"at": SECONDS}}),
        ({"number": "2026"}, {"number": "2026"}),
        ({"phone": "2026-99-99"}, {"phone": "2026-99-99"}),
    ],
)
def test_dates_become_seconds(traits, found):
    assert found == entity({"type": "identify", "userId": "u1", "traits": traits})["attributes"]


def test_dates_stay_as_they_are_where_the_operator_wants_that():
    event = {"type": "identify", "userId": "u1", "traits": {"ends": "2026-11-28"}}

    assert {"ends": "2026-11-28"} == entity(event, convert_dates="false")["attributes"]


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"type": "page", "properties": {"url": "https://x.io/a", "path": "/a"}, "name": "A"}, "https://x.io/a"),
        ({"type": "page", "context": {"page": {"url": "https://x.io/b"}}, "name": "B"}, "https://x.io/b"),
        ({"type": "page", "name": "C"}, "C"),
        ({"type": "screen", "name": "Home"}, "Home"),
        ({"type": "screen", "properties": {"name": "Home"}}, "Home"),
        ({"type": "track", "event": " Signed Up "}, "Signed Up"),
    ],
)
def test_what_happened_has_its_name(event, name):
    found = entity({"userId": "u1", **event})
    action = "event" if event["type"] == "track" else event["type"]

    assert (action, name) == (found["action"], found["name"])


def test_an_event_has_the_same_ulid_at_every_try_and_no_other_events():
    one = {"type": "track", "event": "A", "userId": "u1"}
    ids = {entity({**one, "messageId": message_id})["id"] for message_id in ("m1", "m1", "m2")}

    assert 2 == len(ids)
    assert all(len(one) == 26 for one in ids)


def test_a_message_id_that_is_a_ulid_stays_one():
    ulid = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    assert ulid == entity({"type": "track", "event": "A", "userId": "u1", "messageId": ulid.lower()})["id"]


@pytest.mark.parametrize("timestamp", ["1066-10-14T00:00:00Z", "9999-12-31T23:59:59Z", None, "never", {"odd": 1}])
def test_any_moment_makes_a_ulid(timestamp):
    assert 26 == len(entity({"type": "track", "event": "A", "userId": "u1", "timestamp": timestamp})["id"])


@pytest.mark.parametrize(
    ("name", "action"),
    [("User Deleted", "delete"), ("User Suppressed", "suppress"), ("User Unsuppressed", "unsuppress")],
)
def test_segments_names_for_privacy_become_actions(name, action):
    found = entity({"type": "track", "event": name, "userId": "u1", "properties": {"x": 1}})

    assert {"type": "person", "action": action, "identifiers": {"id": "u1"}} == found


def test_an_app_that_is_opened_adds_the_device_beside_the_event():
    context = {"device": {"token": "t0", "type": "iOS"}}
    event, device = entities({"type": "track", "event": "Application Opened", "userId": "u1", "context": context})

    assert "event" == event["action"]
    assert {"token": "t0", "platform": "ios", "last_used": SECONDS} == device["device"]


@pytest.mark.parametrize("device", [{"token": "t0"}, {"token": "t0", "type": "toaster"}, {"type": "ios"}, "odd"])
def test_a_device_that_customer_io_could_not_reach_is_left_out(device):
    event = {"type": "track", "event": "Application Opened", "userId": "u1", "context": {"device": device}}

    assert ["event"] == [found["action"] for found in entities(event)]


def test_an_app_that_is_removed_takes_its_device_along():
    context = {"device": {"token": "t0"}}
    _, device = entities({"type": "track", "event": "Application Uninstalled", "userId": "u1", "context": context})

    assert ("delete_device", {"token": "t0"}) == (device["action"], device["device"])


def test_a_group_is_an_object_with_its_people():
    traits = {"name": "Acme", "objectTypeId": 2}
    event = {"type": "group", "groupId": "acme", "userId": "u1", "traits": traits}

    assert {
        "type": "object",
        "action": "identify",
        "identifiers": {"object_type_id": "2", "object_id": "acme"},
        "attributes": {"name": "Acme"},
        "cio_relationships": [{"identifiers": {"id": "u1"}}],
    } == entity(event)


def test_a_group_of_somebody_unknown_is_related_later():
    found = entity({"type": "group", "groupId": "acme", "anonymousId": "a1"}, object_type_id="3")

    assert ("identify_anonymous", "3") == (found["action"], found["identifiers"]["object_type_id"])


def test_an_alias_merges_the_old_person_into_the_new():
    found = entity({"type": "alias", "userId": "u1", "previousId": "old@example.com"})

    assert ({"id": "u1"}, {"email": "old@example.com"}) == (found["primary"], found["secondary"])


@pytest.mark.parametrize(
    "event",
    [
        {"type": "identify", "anonymousId": "a1", "traits": {"name": "Ada"}},
        {"type": "track", "userId": "u1"},
        {"type": "track", "userId": "u1", "event": {"odd": 1}},
        {"type": "track", "event": "User Deleted", "anonymousId": "a1"},
        {"type": "track", "event": "A"},
        {"type": "page", "userId": "u1"},
        {"type": "group", "userId": "u1"},
        {"type": "alias", "userId": "u1"},
    ],
)
def test_what_customer_io_could_not_place_is_rejected_with_a_reason(event):
    found = entities(event)

    assert isinstance(found, Rejected)
    assert found.reason.startswith("message_rejected: ")


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ({"type": "person", "action": "event", "name": "x" * 33_000}, "bytes"),
        ({"type": "person", "action": "identify", "attributes": {str(n): n for n in range(301)}}, "300"),
        ({"name": "no entity"}, "type"),
    ],
)
def test_what_is_over_the_limits_is_never_sent(payload, word):
    assert word in SEND.refusal(payload, settings())


def test_what_is_within_the_limits_is_sent():
    assert SEND.refusal(entity({"type": "track", "event": "A", "userId": "u1"}), settings()) is None


def reading(status, body, count=2):
    items = [Item(payload={}, message_id=f"m{number}") for number in range(count)]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SEND.read(Response(status=status, body=raw), items)


def test_only_what_is_named_was_refused():
    delivered, rejected = reading(207, {"errors": [{"batch_index": 1, "reason": "required", "field": "name"}]})

    assert isinstance(delivered, Delivered)
    assert Rejected("required name", 207) == rejected


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        {},
        {"errors": []},
        {"errors": [{"reason": "x"}]},
        {"errors": [{"batch_index": 9}]},
        {"errors": "x"},
        [],
    ],
)
def test_a_207_that_names_nobody_is_found_out_in_smaller_batches(body):
    assert isinstance(reading(207, body), SmallerBatch)


def test_a_deletion_that_was_not_complete_is_asked_for_again():
    answer = Response(status=207, body=b'{"errors": [{"batch_index": 0, "message": "busy"}]}')

    assert isinstance(KIND.deletion.read(answer), RetryLater)
