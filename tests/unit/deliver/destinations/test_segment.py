import json

import pytest

from headwater.core.outcomes import Filtered
from headwater.deliver import hops
from headwater.deliver.destination import BadDestinationSettingsError, Item, check_settings
from headwater.deliver.destinations.segment import KIND, deletion

(SEND,) = KIND.actions
SETTINGS = check_settings(KIND, {"write_key": "wk1"})
ELSEWHERE = check_settings(KIND, {"write_key": "wk2"})
CALL = {"type": "track", "event": "Paid", "userId": "ada", "messageId": "m1"}


def forwarded(event, settings=SETTINGS, number=0):
    """Return an event as it arrives at the other end."""
    (payload,) = KIND.payloads(event, settings)
    item = Item(payload=payload, message_id=event["messageId"], number=number)
    (found,) = json.loads(SEND.request([item], settings).body)["batch"]
    return found


def test_an_event_goes_on_as_it_came_but_for_the_stamps_of_its_first_receipt():
    stamps = {
        "timestamp": "2026-11-28T10:00:00.000Z",
        "originalTimestamp": "2026-11-28T09:59:00.000Z",
        "sentAt": "2026-11-28T09:59:00.100Z",
        "receivedAt": "2026-11-28T10:00:00.100Z",
        "version": 2,
        "writeKey": "theirs",
        "projectId": "p",
    }
    context = {"ip": "203.0.113.7", "consent": {"categoryPreferences": {"ads": False}}, "direct": True}
    more = {"integrations": {"All": False}, "_metadata": {"bundled": ["Hotjar"]}, "properties": {"odd": [None, {}]}}
    found = forwarded({**CALL, **stamps, **more, "context": context})
    found["context"].pop("headwater")

    expected = {**CALL, **more, "timestamp": stamps["timestamp"]}
    expected["context"] = {"ip": "203.0.113.7", "consent": context["consent"]}
    assert expected == found


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"userId": None}, "no_user_anon_id"),
        ({"userId": ""}, "no_user_anon_id"),
        ({"userId": 7}, "id_not_string"),
        ({"anonymousId": ["a"]}, "id_not_string"),
        ({"messageId": "m" * 101}, "bad_request"),
        ({"event": ""}, "event_not_defined"),
        ({"event": {"name": "Paid"}}, "event_not_defined"),
        ({"type": "charge"}, "bad_request"),
        ({"type": "group"}, "id_required: groupId"),
        ({"type": "alias"}, "id_required: previousId"),
        ({"type": "alias", "userId": None, "previousId": "p"}, "id_required: userId"),
        ({"properties": []}, "properties_not_object"),
        ({"type": "identify", "traits": "ada"}, "traits_not_object"),
        ({"context": "here"}, "bad_request"),
        ({"properties": {"note": "x" * 33_000}}, "bad_request"),
    ],
)
def test_what_segment_answers_200_to_and_drops_is_refused_here_under_its_name(wrong, code):
    assert SEND.refusal({**CALL, **wrong}, SETTINGS).startswith(code)


@pytest.mark.parametrize("more", [{}, {"anonymousId": "a", "userId": None}, {"traits": None, "properties": {}}])
def test_a_good_call_is_not_refused(more):
    assert SEND.refusal({**CALL, **more}, SETTINGS) is None


def test_the_size_that_is_judged_is_the_size_that_is_sent():
    room = (
        32 * 1024 - len(json.dumps(hops.marked(CALL, "0" * 16), separators=(",", ":"))) - len(',"properties":{"n":""}')
    )

    assert SEND.refusal({**CALL, "properties": {"n": "x" * room}}, SETTINGS) is None
    assert SEND.refusal({**CALL, "properties": {"n": "x" * (room + 1)}}, SETTINGS) is not None


def test_what_has_been_sent_there_is_not_sent_there_again():
    found = SEND.refusal(forwarded(CALL), SETTINGS)

    assert isinstance(found, Filtered)
    assert found.reason.startswith("LOOP")


def test_a_circle_of_two_ends_where_it_began_and_a_chain_goes_through():
    there = forwarded(CALL)
    back = forwarded(there, ELSEWHERE)

    assert SEND.refusal(there, ELSEWHERE) is None
    assert isinstance(SEND.refusal(back, SETTINGS), Filtered)
    assert isinstance(SEND.refusal(back, ELSEWHERE), Filtered)


def test_the_same_key_at_another_endpoint_is_another_way():
    same_key = check_settings(KIND, {"write_key": "wk1", "url": "https://headwater.example.com"})

    assert SEND.refusal(forwarded(CALL), same_key) is None


@pytest.mark.parametrize(
    "context", [None, {"headwater": "x"}, {"headwater": {"hops": "x"}}, {"headwater": {"hops": [1]}}]
)
def test_mallorys_odd_marks_stop_nothing(context):
    odd = {**CALL, "context": context}

    assert SEND.refusal(odd, SETTINGS) is None
    assert isinstance(SEND.refusal(forwarded(odd), SETTINGS), Filtered)


def test_what_else_stands_beside_the_marks_stays():
    context = {"headwater": {"note": "ours", "hops": ["earlier"]}}
    found = forwarded({**CALL, "context": context})["context"]["headwater"]

    assert ("ours", ["earlier"], 2) == (found["note"], found["hops"][:1], len(found["hops"]))


def test_the_mark_does_not_tell_the_key():
    assert "wk1" not in json.dumps(forwarded(CALL))


def test_each_of_several_payloads_of_an_event_has_an_id_of_its_own():
    assert ["m1", "m1:1"] == [forwarded(CALL, number=number)["messageId"] for number in (0, 1)]


def test_an_id_that_a_mapping_gives_is_kept():
    item = Item(payload={**CALL, "messageId": "mine"}, message_id="m1", number=3)

    assert "mine" == json.loads(SEND.request([item], SETTINGS).body)["batch"][0]["messageId"]


def test_people_at_another_endpoint_or_without_a_token_are_not_asked_for_at_segment():
    with pytest.raises(BadDestinationSettingsError, match="public_api_token"):
        deletion(["ada"], SETTINGS)
    with pytest.raises(BadDestinationSettingsError, match="at Segment itself"):
        deletion(["ada"], check_settings(KIND, {"write_key": "w", "public_api_token": "t", "url": "https://h.example"}))


def test_a_full_batch_stays_below_segments_500_kb():
    batch = SEND.batch(SETTINGS)
    payload = {**CALL, "properties": {"n": "x" * (batch.bytes // batch.items - 80)}}
    items = [Item(payload=payload, message_id=f"message-{number}") for number in range(batch.items)]

    assert len(SEND.request(items, SETTINGS).body) <= 500_000
