import json

import pytest

from headwater.core.outcomes import Delivered, Filtered, NotAuthorised, Rejected, RetryLater
from headwater.deliver.destination import BadDestinationSettingsError, Item, SmallerBatch, check_settings
from headwater.deliver.destinations.hubspot import KIND
from headwater.net.outbound import Response

CONTACTS, COMPANIES, EVENTS = KIND.actions


def settings(**more):
    return check_settings(KIND, {"access_token": "t", **more})


def payload(event, **more):
    (found,) = KIND.payloads({"messageId": "m1", "timestamp": "2026-11-28T10:00:00Z", **event}, settings(**more))
    return found


def properties(traits, **more):
    event = {"type": "identify", "userId": "u1", "traits": {"email": "a@b.c", **traits}}
    return payload(event, **more)["properties"]


@pytest.mark.parametrize(
    ("traits", "found"),
    [
        ({"firstName": "Ada", "lastName": "Lovelace"}, {"firstname": "Ada", "lastname": "Lovelace"}),
        ({"first_name": "Ada"}, {"firstname": "Ada"}),
        ({"name": "Ada King Lovelace"}, {"firstname": "Ada", "lastname": "King Lovelace"}),
        ({"name": "Ada"}, {"firstname": "Ada"}),
        ({"name": {"odd": 1}}, {}),
        ({"company": "Engines"}, {"company": "Engines"}),
        ({"company": {"name": "Engines", "id": 1}}, {"company": "Engines"}),
        ({"title": "Countess", "phone": 44, "website": ""}, {"jobtitle": "Countess", "phone": "44"}),
        (
            {"address": {"street": "1 St", "city": "London", "state": None, "postalCode": "SW1Y", "country": "UK"}},
            {"address": "1 St", "city": "London", "zip": "SW1Y", "country": "UK"},
        ),
        ({"address": "nowhere"}, {}),
        ({"plan": "pro"}, {}),
    ],
)
def test_traits_that_hubspot_has_become_properties(traits, found):
    assert {"email": "a@b.c", **found} == properties(traits)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("plan", {"plan": "pro"}),
        ("Trial Ends , plan", {"trial_ends": "2026-12-01", "plan": "pro"}),
        ("*", {"plan": "pro", "trial_ends": "2026-12-01", "n": "3", "is_vip": "true", "tags": "a;b", "o": '{"x":1}'}),
        ("nothing", {}),
    ],
)
def test_other_traits_become_properties_where_the_operator_has_made_some(wanted, found):
    traits = {"plan": "pro", "Trial Ends": "2026-12-01", "n": 3, "is.vip": True, "tags": ["a", "b"], "o": {"x": 1}}

    assert {"email": "a@b.c", **found} == properties(traits, custom_properties=wanted)


def test_the_e_mail_address_wins_over_a_custom_property_of_that_name():
    assert "a@b.c" == properties({"e mail": "x", "Email": "MALLORY@b.c"}, custom_properties="Email")["email"]


def test_a_contact_is_known_by_its_address_in_small_letters_and_carries_the_user_id():
    event = {"type": "identify", "userId": "u1", "traits": {"email": "Ada@B.c"}}
    found = payload(event, user_id_property="our_id")

    assert ("ada@b.c", "email") == (found["id"], found["idProperty"])
    assert {"email": "ada@b.c", "our_id": "u1"} == found["properties"]


def test_a_user_id_that_is_an_address_is_none_where_the_traits_have_another():
    assert "a@b.c" == payload({"type": "identify", "userId": "old@b.c", "traits": {"email": "a@b.c"}})["id"]


def test_a_user_id_that_is_an_address_is_one():
    assert "ada@b.c" == payload({"type": "identify", "userId": "ada@b.c"})["id"]


def test_a_company_is_known_by_its_group_id():
    traits = {"name": "Acme", "employees": 12, "website": "acme.io", "plan": "pro"}
    found = payload({"type": "group", "groupId": "g1", "traits": traits}, company_id_property="gid")

    assert {
        "action": "companies",
        "id": "g1",
        "idProperty": "gid",
        "properties": {"name": "Acme", "numberofemployees": "12", "website": "acme.io", "gid": "g1"},
    } == found


def test_a_track_call_is_an_occurrence_of_a_custom_event():
    details = {"Order Total": 19.5, "email": "a@b.c", "products": [{"id": 1}], "": "x", "gone": None}
    event = {"type": "track", "event": "Order Completed!", "userId": "u1", "properties": details}
    found = payload(event, hub_id="4711")

    assert {
        "action": "events",
        "eventName": "pe4711_order_completed",
        "email": "a@b.c",
        "occurredAt": "2026-11-28T10:00:00+00:00",
        "uuid": found["uuid"],
        "properties": {"order_total": "19.5", "products": '[{"id":1}]'},
    } == found


def test_a_message_id_that_is_a_uuid_stays_one_and_any_other_becomes_one():
    event = {"type": "track", "event": "A", "userId": "a@b.c"}
    uuid = "7e3a2a07-d581-46c7-a895-b718fa7810f3"

    assert uuid == payload({**event, "messageId": uuid}, hub_id="1")["uuid"]
    assert payload(event, hub_id="1")["uuid"] == payload(event, hub_id="1")["uuid"] != uuid


@pytest.mark.parametrize(
    ("event", "more", "kind"),
    [
        ({"type": "identify", "userId": "u1", "traits": {"name": "Ada"}}, {}, Rejected),
        ({"type": "identify", "userId": "u1", "traits": {"email": "nobody"}}, {}, Rejected),
        ({"type": "group", "groupId": "g1"}, {}, Filtered),
        ({"type": "group", "userId": "u1"}, {"company_id_property": "gid"}, Rejected),
        ({"type": "track", "event": "A", "userId": "a@b.c"}, {}, Filtered),
        ({"type": "track", "event": "A", "userId": "u1"}, {"hub_id": "1"}, Rejected),
        ({"type": "track", "event": "!", "userId": "a@b.c"}, {"hub_id": "1"}, Rejected),
    ],
)
def test_what_hubspot_could_not_place_has_its_reason(event, more, kind):
    assert isinstance(KIND.payloads(event, settings(**more)), kind)


@pytest.mark.parametrize(
    ("action", "payload", "word"),
    [
        (CONTACTS, {"properties": {}}, "idProperty"),
        (CONTACTS, {"id": "a", "idProperty": "email"}, "properties"),
        (EVENTS, {"properties": {}}, "eventName"),
        (EVENTS, {"eventName": "pe1_a", "properties": {str(f"p{n}"): "x" for n in range(51)}}, "50"),
        (EVENTS, {"eventName": "pe1_a", "properties": {"x" * 51: "x"}}, "50"),
        (EVENTS, {"eventName": "pe1_a", "properties": {"1st": "x"}}, "letter"),
    ],
)
def test_what_hubspot_would_refuse_is_never_sent(action, payload, word):
    assert word in action.refusal(payload, settings())


def item(address, message_id, **properties):
    return Item(payload={"id": address, "idProperty": "email", "properties": properties}, message_id=message_id)


def test_one_person_twice_in_a_batch_is_sent_once_and_the_later_word_wins():
    items = [item("a@b.c", "m1", plan="free", city="London"), item("x@y.z", "m2"), item("a@b.c", "m3", plan="pro")]
    inputs = json.loads(CONTACTS.request(items, settings()).body)["inputs"]

    assert [("a@b.c", "m3"), ("x@y.z", "m2")] == [(one["id"], one["objectWriteTraceId"]) for one in inputs]
    assert {"plan": "pro", "city": "London"} == inputs[0]["properties"]


def reading(status, body, *, action=CONTACTS, headers=()):
    items = [item("a@b.c", "m1"), item("x@y.z", "m2"), item("a@b.c", "m3")]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return action.read(Response(status=status, body=raw, headers=headers), items)


def test_a_record_that_failed_is_rejected_with_all_events_that_it_was_made_of():
    error = {"message": "bad zip", "context": {"objectWriteTraceId": ["m3"]}}
    answer = {"results": [{"objectWriteTraceId": "m2"}], "errors": [error]}
    rejected = Rejected("HubSpot: bad zip", 207)

    assert [rejected, Delivered(200), rejected] == reading(207, answer)


@pytest.mark.parametrize("status", [200, 207])
@pytest.mark.parametrize("body", [b"", b"<html>", {"results": []}, {"results": "odd"}, {"status": "COMPLETE"}])
def test_a_success_without_results_is_none(status, body):
    assert {SmallerBatch} == {type(one) for one in reading(status, body)}


def test_an_error_that_names_nobody_leaves_those_without_a_result_to_be_found_out():
    answer = {"results": [{"objectWriteTraceId": "m2"}], "errors": [{"message": "?"}]}

    assert [SmallerBatch, Delivered, SmallerBatch] == [type(one) for one in reading(207, answer)]


def test_results_without_traces_are_a_success_where_nothing_failed():
    assert [Delivered(200)] * 3 == reading(200, {"results": [{"id": "1"}, {"id": "2"}]})


@pytest.mark.parametrize(
    ("status", "body", "headers", "seconds"),
    [
        (429, {"policyName": "DAILY"}, (), 3_600.0),
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, (), 10.0),
        (429, b"", (), 10.0),
        (429, {"policyName": "DAILY"}, (("retry-after", "4"),), 4.0),
        (423, {"message": "locked"}, (), 2.0),
        (477, {"message": "migrating"}, (("retry-after", "90"),), 90.0),
        (477, b"", (), None),
        (502, b"", (), None),
    ],
)
def test_limits_are_waited_out_as_long_as_they_last(status, body, headers, seconds):
    found = reading(status, body, headers=headers)

    assert isinstance(found, RetryLater)
    assert seconds == found.retry_after_seconds
    assert (status != 423) == found.is_down


@pytest.mark.parametrize(
    ("status", "kind"), [(401, NotAuthorised), (403, NotAuthorised), (400, Rejected), (404, Rejected)]
)
def test_other_answers_are_read_by_their_status(status, kind):
    found = reading(status, {"message": "the words"}, action=EVENTS)

    assert isinstance(found, kind)
    assert kind is NotAuthorised or "the words" in found.reason


def test_refuses_to_delete_whom_hubspot_would_only_put_on_its_list_of_banned_addresses():
    with pytest.raises(BadDestinationSettingsError, match="user_id_property"):
        KIND.deletion.request(["u1"], settings())


def test_deletes_by_e_mail_address_where_that_is_the_user_id():
    made = json.loads(KIND.deletion.request(["a@b.c"], settings()).body)

    assert {"objectId": "a@b.c", "idProperty": "email"} == made
