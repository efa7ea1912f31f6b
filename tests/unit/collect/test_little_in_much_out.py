"""A small call must not ask for much work or room; and what spoils one event of a batch spoils that one only."""

import gzip
import json

import pytest
from collecting import OK

from headwater.collect.body import SINGLE_MAX_BYTES
from headwater.collect.parcel import MAX_SPREAD_BYTES
from headwater.collect.sender import MAX_USER_AGENT_CHARACTERS

TRACK = {"type": "track", "event": "e", "userId": "ada"}


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 400)])
@pytest.mark.parametrize("name", ["context", "integrations"])
async def test_what_a_batch_says_of_all_its_events_has_a_bound(bench, name, more, status):
    count = 1024
    shared = {"x": "y" * (MAX_SPREAD_BYTES // count - len('{"x": ""}') - len("null") + more)}
    body = json.dumps({"batch": [TRACK] * count, name: shared}).encode()
    answer = await bench.post("batch", gzip.compress(body), content_encoding="gzip")

    assert status == answer[0]
    assert (count if status == 200 else 0) == len(await bench.stored())


async def test_a_large_context_over_few_events_is_fine(bench):
    body = {"batch": [TRACK] * 20, "context": {"x": "y" * 400_000}}

    assert OK == await bench.post("batch", body)
    assert 20 == len(await bench.stored())


async def test_a_browser_that_calls_itself_a_novel_is_cut_short(bench):
    assert OK == await bench.post("batch", {"batch": [TRACK] * 9}, key="site", user_agent="u" * 300_000)
    assert {"u" * MAX_USER_AGENT_CHARACTERS} == {event["context"]["userAgent"] for event in await bench.stored()}


@pytest.mark.parametrize(("more", "count"), [(0, 1), (1, 0)])
async def test_a_pixel_of_plain_fields_is_no_way_round_the_limit(bench, more, count):
    query = "writeKey=website&userId=ada&event="
    length = SINGLE_MAX_BYTES - len(query.replace("=", "").replace("&", "")) + more
    await bench.call("GET", "/v1/pixel/track", query=query + "e" * length)

    assert count == len(await bench.stored())
    assert ([] if count else [("", "request_too_large", 1)]) == await bench.dropped()


UNREADABLE = {
    "a number beyond any double": b'{"type":"track","event":"e","userId":"ada","x":1e999}',
    "an integer of nine thousand digits": b'{"type":"track","event":"e","userId":"ada","x":' + b"1" * 9000 + b"}",
}


@pytest.mark.parametrize("item", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("key", ["website", None])
async def test_json_that_can_not_be_kept_spoils_no_other_event(bench, key, item):
    good = json.dumps({**TRACK, "writeKey": "website"}).encode()

    assert OK == await bench.post("batch", b'{"batch":[' + item + b"," + good + b"]}", key=key)
    assert 1 == len(await bench.stored())
    assert [("src_website", "bad_request", 1)] == await bench.dropped()


HALVES = [
    (rb"\ud83d", "\ufffd"),
    (rb"\uDE00", "\ufffd"),
    (rb"cut \uD83D", "cut \ufffd"),
    (rb"\ud83d\ud83d\ude00", "\ufffd😀"),
    (rb"\ud83d\n", "\ufffd\n"),
    (rb"\ud83d\\ude00", "\ufffd\\ude00"),
    (rb"\\ud83d\ud83d", "\\ud83d\ufffd"),
    (rb"\ud83d\ude00\ude00", "😀\ufffd"),
]


@pytest.mark.parametrize(("written", "kept"), HALVES)
async def test_half_a_character_costs_that_character_and_not_the_batch(bench, written, kept):
    event = b'{"type":"track","userId":"ada","event":"' + written + b'"}'

    assert OK == await bench.post("track", event)
    assert OK == await bench.post("batch", b'{"batch":[' + event + b'],"context":{"x":"' + written + b'"}}')
    single, item = await bench.stored()
    assert [kept] * 3 == [single["event"], item["event"], item["context"]["x"]]


@pytest.mark.parametrize("written", [rb"\ud83", rb"\ud83g", rb"\u12", b"\\ud83d\xff", rb"\ud83d\x"])
async def test_an_escape_that_is_none_stays_a_400(bench, written):
    for body in (b'{"userId":"' + written + b'"}', b'{"batch":[{"userId":"' + written + b'"}]}'):
        assert 400 == (await bench.post("batch" if b"batch" in body else "track", body))[0]
