"""Segment's ingest codes, and everything that looks wrong and is not."""

import pytest
from collecting import OK

ADA = {"userId": "ada"}
TRACK = {**ADA, "event": "e"}
ALIAS = {**ADA, "previousId": "phone", "anonymousId": "a", "groupId": "g", "messageId": "m"}
IDS = ("userId", "anonymousId", "groupId", "previousId", "messageId")


def consent(**value):
    return {**TRACK, "context": {"consent": value}}


REJECTED = [
    ("track", {"event": "e", "userId": ["ada"]}, "id_not_string"),
    ("track", {"event": "e", "anonymousId": True}, "id_not_string"),
    ("track", {**TRACK, "messageId": "m" * 101}, "bad_request"),
    ("track", {**ADA, "event": ""}, "event_not_defined"),
    ("track", {**ADA, "event": None}, "event_not_defined"),
    ("track", {**ADA, "event": {}}, "event_not_string"),
    ("track", {**TRACK, "integrations": []}, "bad_request"),
    ("page", {**ADA, "category": []}, "category_not_string"),
    ("screen", {**ADA, "name": {}}, "name_not_string"),
    ("group", {**ADA, "groupId": ""}, "id_required"),
    ("group", {**ADA, "groupId": 5}, "id_not_string"),
    # Each complete but for the one id: nothing else could be what is wrong with it.
    *(("alias", {**ALIAS, name: 5}, "id_not_string") for name in IDS),
    ("alias", {"previousId": "a", "anonymousId": "b"}, "id_required"),
    ("track", {**TRACK, "context": {"device": {"advertisingId": 5}}}, "device_advertisingid_should_be_string"),
    ("track", consent(), "consent_categorypreferences_should_exist"),
    ("track", {**TRACK, "context": {"consent": "yes"}}, "consent_categorypreferences_should_exist"),
    ("track", consent(categoryPreferences=None), "consent_categorypreferences_should_exist"),
    ("track", consent(categoryPreferences=[]), "consent_categorypreferences_fields_should_be_object"),
    ("track", consent(categoryPreferences={"ads": "no"}), "consent_categorypreferences_fields_should_be_bool"),
    ("track", consent(categoryPreferences={"ads": 0}), "consent_categorypreferences_fields_should_be_bool"),
    ("track", consent(categoryPreferences={}, version="2"), "consent_version_should_be_number"),
    ("track", consent(categoryPreferences={}, version=True), "consent_version_should_be_number"),
]


@pytest.mark.parametrize(("name", "body", "code"), REJECTED)
async def test_a_bad_event_gets_its_200_and_its_code_alone_and_in_a_batch(bench, name, body, code):
    assert OK == await bench.post(name, body)
    assert OK == await bench.post("batch", {"batch": [{**body, "type": name}]})
    assert [] == await bench.stored()
    assert [("src_website", code, 2)] == await bench.dropped()


@pytest.mark.parametrize("kind", [None, 5, [], {}, "", "Track", "batch"])
async def test_an_item_of_no_known_type_is_a_bad_request(bench, kind):
    assert OK == await bench.post("batch", {"batch": [{**TRACK, "type": kind}]})
    assert [("src_website", "bad_request", 1)] == await bench.dropped()


ACCEPTED = [
    ("track", {**TRACK, "messageId": "m" * 99}),
    ("track", {**TRACK, "messageId": "m" * 100}),
    ("track", {"event": "e", "userId": None, "anonymousId": "a"}),
    ("track", {**TRACK, "properties": None, "context": None, "integrations": None}),
    ("track", {**TRACK, "name": 5}),
    ("page", {**ADA, "name": "", "category": None}),
    ("page", ADA),
    ("track", {**TRACK, "context": {"device": {"advertisingId": None}}}),
    ("track", {**TRACK, "context": {"device": "a phone"}}),
    ("track", {**TRACK, "context": {"consent": None}}),
    ("track", consent(categoryPreferences={})),
    ("track", consent(categoryPreferences={"ads": False, "C1": True}, version=2.5)),
]


@pytest.mark.parametrize(("name", "body"), ACCEPTED)
async def test_an_event_at_the_edge_is_kept(bench, name, body):
    assert OK == await bench.post(name, body)
    assert (1, []) == (len(await bench.stored()), await bench.dropped())
