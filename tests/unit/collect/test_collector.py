"""The collector answers as Segment does, and an ack means the log has it."""

import base64
import gzip
import json

import pytest
from collecting import OK, basic, open_bench

from headwater.collect.body import BATCH_MAX_BYTES, SINGLE_MAX_BYTES
from headwater.web.call import Call


async def test_an_identify_is_acked_and_stored_whole(bench):
    sent = {"userId": "ada", "traits": {"email": "ada@example.com"}, "messageId": "m1"}

    assert OK == await bench.post("identify", sent)
    assert [
        {
            **sent,
            "type": "identify",
            "context": {},
            "integrations": {},
            "originalTimestamp": "2026-11-23T12:00:00.123Z",
            "sentAt": "2026-11-23T12:00:00.123Z",
            "receivedAt": "2026-11-23T12:00:00.123Z",
            "timestamp": "2026-11-23T12:00:00.123Z",
            "version": 2,
        }
    ] == await bench.stored()


async def test_a_skewed_clock_is_corrected_by_segments_rule(bench):
    times = {"timestamp": "2026-11-23T09:00:00Z", "sentAt": "2026-11-23T09:00:10+00:00"}
    await bench.post("track", {"userId": "ada", "event": "Signed Up", **times})
    (event,) = await bench.stored()

    assert "2026-11-23T11:59:50.123Z" == event["timestamp"]
    assert "2026-11-23T09:00:00.000Z" == event["originalTimestamp"]


@pytest.mark.parametrize("moment", ["yesterday", 5, None, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
async def test_no_timestamp_can_make_it_fail(bench, moment):
    body = {"userId": "ada", "event": "e", "timestamp": moment, "sentAt": "9999-12-31T23:59:59-14:00"}

    assert OK == await bench.post("track", body)
    assert 1 == len(await bench.stored())


async def test_a_batch_is_stored_item_by_item_and_the_items_context_wins(bench):
    batch = [
        {"type": "track", "event": "e", "userId": "ada", "context": {"ip": "1.2.3.4"}},
        {"type": "page", "anonymousId": "x", "integrations": {"All": True}},
    ]
    shared = {"context": {"ip": "0.0.0.0", "library": {"name": "l"}}, "integrations": {"All": False, "S": True}}
    await bench.post("batch", {"batch": batch, **shared})
    track, page = await bench.stored()

    assert {"ip": "1.2.3.4", "library": {"name": "l"}} == track["context"]
    assert {"All": True, "S": True} == page["integrations"]


async def test_a_write_key_in_the_body_or_in_the_first_item_will_do(bench):
    await bench.post("track", {"userId": "ada", "event": "e", "writeKey": "website"}, key=None)
    await bench.post("batch", {"batch": [{"type": "identify", "userId": "a", "writeKey": "app"}]}, key=None)
    sources = [one.record.source for one in await bench.reader.read(after=0, limit=9)]

    assert ["src_website", "src_app"] == sources
    assert not any("writeKey" in event for event in await bench.stored())


async def test_basic_without_its_colon_is_understood(bench):
    header = "Basic " + base64.b64encode(b"website").decode()
    await bench.post("track", {"userId": "ada", "event": "e"}, key=None, authorization=header)

    assert 1 == len(await bench.stored())


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("nobody", ("", "unknown_source", 1)),
        (None, ("", "unknown_source", 1)),
        ("off", ("src_off", "source_disabled", 1)),
    ],
)
async def test_an_unknown_or_disabled_key_gets_its_200_and_the_operator_sees_the_drop(bench, key, expected):
    assert OK == await bench.post("track", {"userId": "ada", "event": "e"}, key=key)
    assert [] == await bench.stored()
    assert [expected] == await bench.dropped()


REJECTED = [
    ("track", {"event": "e"}, "no_user_anon_id"),
    ("track", {"event": "e", "userId": ""}, "no_user_anon_id"),
    ("track", {"event": "e", "userId": None}, "no_user_anon_id"),
    ("track", {"event": "e", "userId": 5}, "id_not_string"),
    ("track", {"event": "e", "userId": "a", "messageId": 5}, "id_not_string"),
    ("track", {"event": "e", "userId": "a", "messageId": "m" * 101}, "bad_request"),
    ("track", {"userId": "a"}, "event_not_defined"),
    ("track", {"userId": "a", "event": 7}, "event_not_string"),
    ("track", {"userId": "a", "event": "e", "properties": []}, "properties_not_object"),
    ("identify", {"userId": "a", "traits": "x"}, "traits_not_object"),
    ("identify", {"userId": "a", "context": "x"}, "bad_request"),
    ("page", {"userId": "a", "name": 1}, "name_not_string"),
    ("screen", {"userId": "a", "category": 1}, "category_not_string"),
    ("group", {"userId": "a"}, "id_required"),
    ("alias", {"userId": "a"}, "id_required"),
]


@pytest.mark.parametrize(("name", "body", "code"), REJECTED)
async def test_a_bad_event_gets_its_200_and_its_reject_code(bench, name, body, code):
    assert OK == await bench.post(name, body)
    assert [] == await bench.stored()
    assert [("src_website", code, 1)] == await bench.dropped()


async def test_one_bad_message_does_not_sink_its_batch(bench):
    good = {"type": "track", "event": "e", "userId": "ada"}
    huge = {**good, "properties": {"x": "y" * SINGLE_MAX_BYTES}}

    assert OK == await bench.post("batch", {"batch": [good, "nonsense", {"type": "dance"}, huge, good]})
    assert 2 == len(await bench.stored())
    assert [("src_website", "bad_request", 3)] == await bench.dropped()


MALFORMED = [
    (b"", "invalid_json"),
    (b"{", "invalid_json"),
    (b"[]", "invalid_json"),
    (b"null", "invalid_json"),
    (b'{"userId": NaN}', "invalid_json"),
    (b'{"userId": "\xff"}', "invalid_json"),
    (b'{"a":' * 5000 + b"1" + b"}" * 5000, "invalid_json"),
    (b'{"x":"' + b"y" * SINGLE_MAX_BYTES + b'"}', "request_too_large"),
]


@pytest.mark.parametrize(("body", "code"), MALFORMED, ids=range(len(MALFORMED)))
async def test_malformed_or_oversize_is_a_400_with_code_and_message(bench, body, code):
    status, reply = await bench.post("identify", body)

    assert (400, code, False) == (status, reply["code"], reply["success"])
    assert reply["message"]
    assert reply["error"]


async def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(bench):
    frame = len(json.dumps({"userId": "a", "x": ""}))
    at, over = ({"userId": "a", "x": "y" * (SINGLE_MAX_BYTES - frame + more)} for more in (0, 1))

    assert OK == await bench.post("identify", at)
    assert 400 == (await bench.post("identify", over))[0]


async def test_gzip_is_understood_and_a_bomb_never_unfolds(bench):
    event = {"userId": "ada", "event": "e"}
    bomb = gzip.compress(b" " * 500_000_000)

    assert OK == await bench.post("track", gzip.compress(json.dumps(event).encode()), **{"content-encoding": "gzip"})
    status, reply = await bench.post("batch", bomb, **{"content-encoding": "gzip"})
    assert (400, "request_too_large") == (status, reply["code"])
    assert len(bomb) < BATCH_MAX_BYTES


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b'{"userId":"a"}', mtime=0)[:-9]], ids=["not", "cut"])
async def test_broken_gzip_is_a_400(bench, body):
    status, reply = await bench.post("identify", body, **{"content-encoding": "gzip"})

    assert (400, "invalid_json") == (status, reply["code"])


async def test_a_retried_action_is_stored_once_under_its_trigger_id(bench):
    trigger = {"ory-webhook-trigger-id": "0b5c7a34-6f0e-4f9a-a5a8-3ea3b6d8b111"}
    for _ in range(3):
        await bench.post("identify", {"userId": "ada"}, **trigger)

    assert ["0b5c7a34-6f0e-4f9a-a5a8-3ea3b6d8b111"] == [event["messageId"] for event in await bench.stored()]


async def test_a_log_that_is_full_gives_503_with_a_time_and_never_an_ack(tmp_path):
    async with open_bench(tmp_path, limits={"pending_bytes": 1}) as bench:
        call = Call(
            method="POST", path="/v1/identify", headers={"authorization": basic("website")}, body=b'{"userId":"a"}'
        )
        reply = await bench.collector.accept(call)

        assert 503 == reply.status
        assert "1" == dict(reply.headers)["retry-after"]
        assert [] == await bench.stored()


async def test_a_batch_of_a_quarter_million_nothings_is_counted_at_once(bench):
    batch = b'{"batch":[' + b",".join([b"0"] * 250_000) + b"]}"
    await bench.post("batch", gzip.compress(batch), **{"content-encoding": "gzip"})

    assert [("src_website", "bad_request", 250_000)] == await bench.dropped()


async def test_json_just_shallow_enough_to_read_is_never_a_500(bench):
    for depth in range(900, 1000):
        status, _ = await bench.post(
            "identify", b'{"userId":"a","traits":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
        )
        assert status in (200, 400)
