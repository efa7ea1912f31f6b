"""Whose event it is: the header before the envelope before the item, and never somebody else's."""

import base64

import pytest
from collecting import OK, basic

TRACK = {"type": "track", "event": "e", "userId": "ada"}


def encoded(text):
    return base64.b64encode(text.encode()).decode()


async def sources(bench):
    return [record.source.removeprefix("src_") for record in await bench.records()]


HEADERS = [
    (basic("app"), "app"),
    ("Basic " + encoded("app"), "app"),  # without its colon
    ("basic  " + encoded("app:"), "app"),
    ("BASIC " + encoded("app:a password"), "app"),
    ("Basic " + encoded(":nobody"), "website"),  # no user: not ours to judge, so the body's key it is
    ("Basic !!!", "website"),
    ("Basic", "website"),
    ("Basic " + base64.b64encode(b"\xff\xff").decode(), "website"),
    ("Basic é", "website"),
    ("Bearer " + encoded("app:"), "website"),  # a token is no write key
    ("", "website"),
    ("Basic " + encoded("a" * 2_000), "website"),
]


@pytest.mark.parametrize(("header", "expected"), HEADERS, ids=range(len(HEADERS)))
async def test_a_header_counts_only_if_it_is_basic_with_a_user(bench, header, expected):
    await bench.post("track", {**TRACK, "writeKey": "website"}, key=None, authorization=header)
    await bench.post("batch", {"batch": [TRACK], "writeKey": "website"}, key=None, authorization=header)

    assert [expected] * 2 == await sources(bench)


async def test_an_unknown_key_in_the_header_is_not_replaced_by_one_in_the_body(bench):
    assert OK == await bench.post("track", {**TRACK, "writeKey": "website"}, key="nobody")
    assert [("", "unknown_source", 1)] == await bench.dropped()


async def test_items_go_to_their_own_sources_and_keyless_ones_with_the_first_key(bench):
    batch = [TRACK, {**TRACK, "writeKey": "app"}, {**TRACK, "writeKey": "website"}, {**TRACK, "writeKey": 5}]
    await bench.post("batch", {"batch": batch}, key=None)

    assert ["app", "app", "app", "website"] == sorted(await sources(bench))
    assert not any("writeKey" in event for event in await bench.stored())


async def test_a_key_of_the_envelope_is_over_those_of_the_items(bench):
    await bench.post("batch", {"batch": [{**TRACK, "writeKey": "app"}], "writeKey": "website"}, key=None)

    assert ["website"] == await sources(bench)


async def test_items_of_an_unknown_and_a_disabled_source_do_not_hold_up_the_good_one(bench):
    batch = [{**TRACK, "writeKey": key} for key in ("nobody", "off", "app", "nobody")]

    assert OK == await bench.post("batch", {"batch": batch}, key=None)
    assert ["app"] == await sources(bench)
    assert [("", "unknown_source", 2), ("src_off", "source_disabled", 1)] == sorted(await bench.dropped())


@pytest.mark.parametrize("key", [None, "", 5, [], {}])
async def test_no_key_at_all_is_a_200_and_a_drop(bench, key):
    assert OK == await bench.post("track", {**TRACK, "writeKey": key}, key=None)
    assert OK == await bench.post("batch", {"batch": [TRACK, 5], "writeKey": key}, key=None)
    assert [("", "unknown_source", 3)] == await bench.dropped()
