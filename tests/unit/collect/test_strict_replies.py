"""Strict: what is dropped is named to whoever sent it, and what is good is stored all the same."""

import pytest
from collecting import OK, open_bench

GOOD = {"type": "track", "event": "e", "userId": "ada"}
BAD = {"type": "track", "userId": "ada", "messageId": "m7"}


async def test_the_good_events_of_a_batch_are_stored_and_the_bad_ones_named(bench):
    status, reply = await bench.post("batch", {"batch": [GOOD, BAD, 5, GOOD]}, key="exact")

    assert (400, False, "event_not_defined") == (status, reply["success"], reply["code"])
    assert [
        {"index": 1, "code": "event_not_defined", "messageId": "m7"},
        {"index": 2, "code": "bad_request", "messageId": None},
    ] == reply["dropped"]
    assert (2, 2) == (reply["storedCount"], reply["droppedCount"])
    assert "2 of 4" in reply["message"]
    assert reply["message"] == reply["error"]
    assert 2 == len(await bench.stored())
    assert [("src_exact", "bad_request", 1), ("src_exact", "event_not_defined", 1)] == sorted(await bench.dropped())


async def test_a_single_bad_event_is_a_400_with_its_code(bench):
    status, reply = await bench.post("track", BAD, key="exact")

    assert (400, "event_not_defined") == (status, reply["code"])
    assert OK == await bench.post("track", GOOD, key="exact")


async def test_a_flood_of_bad_events_does_not_make_an_endless_reply(bench):
    _, reply = await bench.post("batch", {"batch": [5] * 3_000}, key="exact")

    assert (100, 3_000, 0) == (len(reply["dropped"]), reply["droppedCount"], reply["storedCount"])


async def test_an_empty_batch_is_said_to_be_empty(bench):
    status, reply = await bench.post("batch", {"batch": []}, key="exact")

    assert (400, "empty_batch") == (status, reply["code"])


@pytest.mark.parametrize(
    ("key", "code"), [("nobody", "unknown_source"), (None, "unknown_source"), ("off", "source_disabled")]
)
async def test_a_strict_server_says_that_a_key_is_no_good_with_a_400(tmp_path, key, code):
    async with open_bench(tmp_path, strict=True) as bench:
        status, reply = await bench.post("batch", {"batch": [GOOD, GOOD]}, key=key)

        assert (400, code, 2) == (status, reply["code"], reply["droppedCount"])
        assert [] == await bench.stored()


async def test_a_strict_server_is_strict_for_every_source(tmp_path):
    async with open_bench(tmp_path, strict=True) as bench:
        assert 400 == (await bench.post("track", BAD))[0]
        assert OK == await bench.post("track", GOOD)


async def test_a_lenient_sources_drops_are_not_told_beside_a_strict_ones(bench):
    batch = [{**BAD, "writeKey": "website"}, {**BAD, "writeKey": "exact"}, {**GOOD, "writeKey": "website"}]
    status, reply = await bench.post("batch", {"batch": batch}, key=None)

    assert (400, [1]) == (status, [drop["index"] for drop in reply["dropped"]])
    assert OK == await bench.post("batch", {"batch": [batch[0], batch[2]]}, key=None)


async def test_a_pixel_stays_a_pixel(bench):
    assert 200 == (await bench.call("GET", "/v1/pixel/track", query="writeKey=exact")).status
