import json
import uuid

import pytest
from trying_kinds import answer, items_of, mapped, refusals

from headwater.core.outcomes import Delivered, NotAuthorised, Rejected, RetryLater
from headwater.deliver.destination import BadDestinationSettingsError, Item, check_settings
from headwater.deliver.destinations.posthog import KIND, event_uuid

(CAPTURE,) = KIND.actions
KEY = {"project_api_key": "phc_1"}
ADA = {"userId": "ada", "anonymousId": "anon-1", "timestamp": "2026-11-28T10:00:00.250Z"}
BASE = {"$lib": "headwater", "$geoip_disable": True}


def settings(**more):
    return check_settings(KIND, KEY | more)


def captured(event, **more):
    (payload,) = mapped(KIND, {**ADA, **event}, **KEY, **more)
    return payload


@pytest.mark.parametrize(
    ("event", "name", "properties"),
    [
        ({"type": "track", "event": "Paid", "properties": {"plan": "pro", "none": None}}, "Paid", {"plan": "pro"}),
        ({"type": "track", "event": "Paid", "properties": [], "context": "odd"}, "Paid", {}),
        (
            {"type": "page", "name": "Home", "properties": {"url": "https://a.example/x", "path": "/x"}},
            "$pageview",
            {
                "url": "https://a.example/x",
                "path": "/x",
                "$current_url": "https://a.example/x",
                "$pathname": "/x",
                "$host": "a.example",
                "name": "Home",
            },
        ),
        ({"type": "page", "properties": {"url": "http://[odd"}}, "$pageview", None),
        ({"type": "screen", "properties": {"name": "Home"}}, "$screen", {"name": "Home", "$screen_name": "Home"}),
        (
            {"type": "identify", "traits": {"email": "a@b.c", "gone": None}},
            "$identify",
            {"$set": {"email": "a@b.c"}, "$anon_distinct_id": "anon-1"},
        ),
        (
            {"type": "group", "groupId": "acme", "traits": {"plan": "pro"}},
            "$groupidentify",
            {
                "$group_type": "company",
                "$group_key": "acme",
                "$group_set": {"plan": "pro"},
                "$groups": {"company": "acme"},
            },
        ),
    ],
)
def test_an_event_is_one_of_posthogs(event, name, properties):
    found = captured(event)

    assert (name, "ada", "2026-11-28T10:00:00.250000+00:00") == (
        found["event"],
        found["distinct_id"],
        found["timestamp"],
    )
    if properties is not None:
        assert BASE | properties == found["properties"]


def test_context_becomes_properties_and_their_own_win():
    context = {"ip": "203.0.113.7", "userAgent": "UA", "os": {"name": "iOS"}, "page": {"url": "https://c.example/"}}
    found = captured({"type": "page", "context": context, "properties": {"url": "https://p.example/"}})["properties"]

    assert ("203.0.113.7", "UA", "iOS") == (found["$ip"], found["$raw_user_agent"], found["$os"])
    assert ("https://p.example/", "p.example") == (found["$current_url"], found["$host"])
    assert "$geoip_disable" not in found


def test_somebody_unknown_has_no_profile_unless_the_operator_says_so():
    event = {"type": "track", "event": "X", "userId": None}

    assert captured(event)["properties"]["$process_person_profile"] is False
    assert "$process_person_profile" not in captured(event, anonymous_profiles=True)["properties"]
    assert "anon-1" == captured(event)["distinct_id"]


def test_traits_of_somebody_unknown_are_set_and_nobody_is_merged():
    found = captured({"type": "identify", "userId": None, "traits": {"plan": "pro"}})

    assert ("$set", "anon-1", {"plan": "pro"}) == (found["event"], found["distinct_id"], found["properties"]["$set"])
    assert not {"$anon_distinct_id", "$process_person_profile"} & set(found["properties"])


def test_an_alias_merges_the_previous_id_into_the_user():
    found = captured({"type": "alias", "previousId": "old"})

    assert ("$create_alias", "old", "ada") == (found["event"], found["distinct_id"], found["properties"]["alias"])
    assert "previousId" in mapped(KIND, {"type": "alias", **ADA}, **KEY).reason
    assert "groupId" in mapped(KIND, {"type": "group", **ADA}, **KEY).reason


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"type": "track", "event": "X"}, None),
        ({"type": "track", "event": ""}, "event name"),
        ({"type": "track", "event": "X", "userId": None, "anonymousId": None}, "needs a userId or an anonymousId"),
        ({"type": "track", "event": "X", "userId": "a" * 201}, "cuts ids after 200"),
        ({"type": "track", "event": "X", "userId": "guest"}, None),
        ({"type": "identify", "userId": "Guest"}, "merges nobody with 'Guest' (`distinct_id`)"),
        ({"type": "identify", "anonymousId": "undefined"}, "(`$anon_distinct_id`)"),
        ({"type": "alias", "previousId": "null"}, "(`distinct_id`)"),
        ({"type": "alias", "previousId": "old", "userId": "[object Object]"}, "(`alias`)"),
        ({"type": "group", "groupId": "g" * 401}, "at most 400 characters as `$group_key`"),
    ],
)
def test_refuses_what_posthog_would_take_and_drop(event, reason):
    (found,) = refusals(KIND, {**ADA, **event}, **KEY)

    assert found is None if reason is None else reason in found


def test_the_message_id_is_the_uuid_or_makes_one():
    own = "b9cf4c1e-7f3c-4e0d-8b1a-0123456789ab"
    made = [event_uuid(Item(payload={}, message_id="m1", number=number)) for number in (0, 0, 1)]

    assert own == event_uuid(Item(payload={}, message_id=own))
    assert made[0] == made[1] != made[2]
    assert all(5 == uuid.UUID(one).version for one in made)
    assert own != event_uuid(Item(payload={}, message_id=own, number=1))


def test_a_mappings_own_uuid_wins_and_one_without_properties_is_no_obstacle():
    batch = json.loads(CAPTURE.request(items_of({"uuid": "own"}, {}), settings()).body)["batch"]

    assert "own" == batch[0]["uuid"]
    assert {"$insert_id": "m1"} == batch[1]["properties"]


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"status": 1}, Delivered),
        (200, b"", Delivered),
        (200, {"status": 1, "quota_limited": ["recordings"]}, Delivered),
        (200, {"status": 1, "quota_limited": ["events"]}, RetryLater),
        (400, b"failed to parse request", Rejected),
        (401, b"API key is not valid", NotAuthorised),
        (413, b"", Rejected),
        (429, b"rate limited", RetryLater),
        (503, b"transient error, please retry", RetryLater),
    ],
)
def test_answers_are_read_even_where_200_is_a_drop(status, body, outcome):
    found = CAPTURE.read(answer(status, body), items_of({}, {}))

    assert outcome is type(found)
    if outcome is RetryLater:
        assert found.is_down


def test_people_are_deleted_with_a_personal_key_where_the_project_is():
    with pytest.raises(BadDestinationSettingsError, match="personal_api_key"):
        KIND.deletion.request(["ada"], settings(project_id="42"))
    own = settings(project_id="42", personal_api_key="phx_1", url="https://posthog.example.com/")

    assert "https://posthog.example.com/api/projects/42/persons/bulk_delete/" == KIND.deletion.request(["a"], own).url


def test_a_project_id_is_a_number():
    with pytest.raises(BadDestinationSettingsError, match="must be a number"):
        settings(project_id="../42")
