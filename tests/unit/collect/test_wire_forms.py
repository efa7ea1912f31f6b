"""However a client wraps its JSON: the same event comes out, and no wrapping gets round a limit."""

import gzip
import json

import pytest
from collecting import OK

from headwater.collect.body import BATCH_MAX_BYTES, MAX_GZIP_MEMBERS, SINGLE_MAX_BYTES
from headwater.collect.parcel import MAX_EVENTS

TRACK = {"type": "track", "event": "e", "userId": "ada"}
BODY = json.dumps(TRACK).encode()


def padded(size, event=TRACK):
    frame = len(json.dumps({**event, "x": ""}))
    return {**event, "x": "y" * (size - frame)}


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "application/json; charset=utf-8", "text/plain;charset=UTF-8", "x/y", ""],
)
async def test_any_content_type_is_json(bench, content_type):
    assert OK == await bench.post("track", BODY, content_type=content_type)
    assert 1 == len(await bench.stored())


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(BODY)),
        ("GZip", gzip.compress(BODY)),
        (" x-gzip ", gzip.compress(BODY)),
        ("gzip", gzip.compress(BODY[:9]) + gzip.compress(BODY[9:])),
        ("gzip", gzip.compress(BODY) + b"\0\0\0"),
        ("gzip", gzip.compress(b"") * (MAX_GZIP_MEMBERS - 1) + gzip.compress(BODY)),
        ("identity", BODY),
        ("", BODY),
        ("", b"\xef\xbb\xbf" + BODY),
        ("gzip", gzip.compress(b"\xef\xbb\xbf" + BODY)),
    ],
    ids=range(10),  # not the bytes: gzip writes the time into them, and test workers must agree on names
)
async def test_every_encoding_says_the_same(bench, encoding, body):
    assert OK == await bench.post("track", body, content_encoding=encoding)
    assert ["ada"] == [event["userId"] for event in await bench.stored()]


@pytest.mark.parametrize(
    ("encoding", "body", "code"),
    [
        ("br", BODY, "invalid_json"),
        ("gzip, gzip", BODY, "invalid_json"),
        ("gzip", b"", "invalid_json"),
        ("gzip", BODY, "invalid_json"),
        ("gzip", gzip.compress(BODY) + b"garbage", "invalid_json"),
        ("gzip", gzip.compress(BODY)[:-1], "invalid_json"),
        ("gzip", gzip.compress(b"") * MAX_GZIP_MEMBERS + gzip.compress(BODY), "invalid_json"),
        ("gzip", gzip.compress(b" " * SINGLE_MAX_BYTES) + gzip.compress(BODY), "request_too_large"),
        ("", b" " * SINGLE_MAX_BYTES + BODY, "request_too_large"),
    ],
    ids=range(9),
)
async def test_what_can_not_be_unwrapped_within_the_limits_is_a_400(bench, encoding, body, code):
    status, reply = await bench.post("track", body, content_encoding=encoding)

    assert (400, code) == (status, reply["code"])
    assert [] == await bench.stored()


@pytest.mark.parametrize(("more", "status"), [(-1, 200), (0, 200), (1, 400)])
@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_a_batch_at_its_limit_is_taken_and_one_byte_more_is_not(bench, more, status, encoding):
    text = json.dumps({"batch": [TRACK], "x": ""})
    body = json.dumps({"batch": [TRACK], "x": "y" * (BATCH_MAX_BYTES - len(text) + more)}).encode()
    assert BATCH_MAX_BYTES + more == len(body)
    packed = gzip.compress(body) if encoding else body

    assert status == (await bench.post("batch", packed, content_encoding=encoding))[0]


@pytest.mark.parametrize(("more", "count"), [(-1, 1), (0, 1), (1, 0)])
async def test_an_item_is_measured_as_it_was_sent(bench, more, count):
    # Written with spaces: encoded again, all three would fit.
    item = json.dumps(padded(SINGLE_MAX_BYTES + more))

    assert OK == await bench.post("batch", f'{{"batch": [ {item} ]}}'.encode())
    assert count == len(await bench.stored())
    assert (0 if count else 1) == len(await bench.dropped())


@pytest.mark.parametrize("more", [-1, 0, 1])
async def test_of_too_many_events_the_first_2500_are_stored_and_the_rest_counted(bench, more):
    body = json.dumps({"batch": [{**TRACK, "messageId": f"{n}"} for n in range(MAX_EVENTS + more)]}).encode()

    assert OK == await bench.post("batch", body)
    assert [f"{n}" for n in range(min(MAX_EVENTS, MAX_EVENTS + more))] == [e["messageId"] for e in await bench.stored()]
    assert ([("src_website", "bad_request", 1)] if more > 0 else []) == await bench.dropped()


MALFORMED = {
    "nan": b'{"batch":[{"type":"track","x":NaN}]}',
    "bad utf-8 in an item": b'{"batch":[{"userId":"\xff"}]}',
    "bad utf-8 beside the batch": b'{"batch":[],"x":"\xff"}',
    "deep item": b'{"batch":[{"a":' + b"[" * 3000 + b"]" * 3000 + b"}]}",
    "deep beside": b'{"batch":[],"a":' + b"[" * 3000 + b"]" * 3000 + b"}",
    "batch of no array": b'{"batch":{}}',
    "batch of null": b'{"batch":null}',
    "no batch": b"{}",
    "array": b"[]",
    "nothing": b"",
    "two values": b'{"batch":[]} {}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_batch_is_a_400_and_nothing_of_it_is_stored(bench, body):
    status, reply = await bench.post("batch", body)

    assert (400, "invalid_json") == (status, reply["code"])
    assert [] == await bench.stored()


async def test_of_a_key_that_comes_twice_the_last_wins(bench):
    assert OK == await bench.post("track", b'{"userId":"eve","userId":"ada","event":"e"}')
    assert ["ada"] == [event["userId"] for event in await bench.stored()]


async def test_a_batch_of_nothing_is_a_200_and_counted(bench):
    assert OK == await bench.post("batch", {"batch": []})
    assert [("src_website", "empty_batch", 1)] == await bench.dropped()
