"""The pixel: always an image, and an event in the log whenever the address holds one."""

import base64
import json
from urllib.parse import quote

import pytest
from collecting import open_bench

# Its base64 has characters of both alphabets.
EVENT = {"userId": "ada", "event": "Opened ~~~ÿÿ?>!", "properties": {"n": 5}, "writeKey": "website"}
STANDARD = base64.b64encode(json.dumps(EVENT, ensure_ascii=False).encode()).decode()
URL_SAFE = STANDARD.replace("+", "-").replace("/", "_")


def is_image(reply):
    headers = dict(reply.headers)
    is_gif = reply.body.startswith(b"GIF89a\x01\x00\x01\x00") and "image/gif" == headers["content-type"]
    return is_gif and (200, "no-store") == (reply.status, headers["cache-control"])


def test_the_sample_tells_the_alphabets_apart():
    assert STANDARD != URL_SAFE
    assert STANDARD.endswith("=")


@pytest.mark.parametrize(
    "data",
    [quote(STANDARD, safe=""), STANDARD, STANDARD.rstrip("="), URL_SAFE, URL_SAFE.rstrip("="), quote(URL_SAFE)],
    ids=["quoted", "plain", "unpadded", "url-safe", "url-safe unpadded", "url-safe quoted"],
)
async def test_data_in_either_alphabet_padded_or_not_is_the_same_event(bench, data):
    reply = await bench.call("GET", "/v1/pixel/track", query=f"data={data}", ip="203.0.113.9", user_agent="Mail/1")
    (event,) = await bench.stored()

    assert is_image(reply)
    assert ("track", "Opened ~~~ÿÿ?>!", {"n": 5}) == (event["type"], event["event"], event["properties"])
    assert {"ip": "203.0.113.9", "userAgent": "Mail/1"} == event["context"]
    assert "writeKey" not in event


async def test_plain_query_fields_make_an_event(bench):
    query = (
        "writeKey=website&userId=ada&event=Opened+It&properties.subject=Hi%20you&properties.a.b=1&context.ip=0.0.0.0"
    )
    assert is_image(await bench.call("GET", "/v1/pixel/track", query=query, ip="203.0.113.9"))
    (event,) = await bench.stored()

    assert ("Opened It", {"subject": "Hi you", "a": {"b": "1"}}) == (event["event"], event["properties"])
    assert "0.0.0.0" == event["context"]["ip"]


@pytest.mark.parametrize("kind", ["identify", "group", "alias", "page", "screen", "track"])
async def test_every_call_has_a_pixel(bench, kind):
    query = "writeKey=website&userId=ada&event=e&groupId=g&previousId=p"
    await bench.call("GET", f"/p/v1/pixel/{kind}", query=query)

    assert [kind] == [event["type"] for event in await bench.stored()]


async def test_the_write_key_may_stand_beside_the_data(bench):
    bare = base64.b64encode(b'{"userId":"ada","event":"e"}').decode()
    await bench.call("GET", "/v1/pixel/track", query=f"data={bare}&writeKey=app")

    assert ["src_app"] == [record.source for record in await bench.records()]


BROKEN = {
    "nothing": "",
    "no base64": "data=!!!",
    "no ascii": "data=%C3%A9",
    "no json": "data=" + base64.b64encode(b"{").decode(),
    "no object": "data=" + base64.b64encode(b"[]").decode(),
    "deep json": "data=" + base64.b64encode(b'{"a":' * 3000 + b"1" + b"}" * 3000).decode(),
    "enormous": "data=" + base64.b64encode(b'{"a":"' + b"x" * 40_000 + b'"}').decode(),
    "many keys": "&".join(f"k{n}=1" for n in range(3000)),
    "contradiction": "writeKey=website&properties=1&properties.a=2",
    "unknown key": "writeKey=nobody&userId=a&event=e",
}


@pytest.mark.parametrize("query", BROKEN.values(), ids=BROKEN)
async def test_a_broken_pixel_is_still_an_image_and_the_operator_sees_the_drop(bench, query):
    assert is_image(await bench.call("GET", "/v1/pixel/track", query=query))
    assert [] == await bench.stored()
    assert 1 == sum(count for _, _, count in await bench.dropped())
    assert 1 == bench.collector.counters.rejected


async def test_a_pixel_that_can_not_be_stored_now_is_an_image_and_a_counted_drop(tmp_path):
    async with open_bench(tmp_path, limits={"pending_bytes": 1}) as bench:
        assert is_image(await bench.call("GET", "/v1/pixel/track", query="writeKey=website&userId=a&event=e"))
        assert [("src_website", "log_overloaded", 1)] == await bench.dropped()


async def test_a_pixel_over_the_limit_is_counted_under_its_source(bench):
    for _ in range(12):
        assert is_image(await bench.call("GET", "/v1/pixel/track", query="writeKey=slow&userId=a&event=e"))

    assert [("src_slow", "rate_limited", 2)] == await bench.dropped()


async def test_a_key_of_a_thousand_dots_is_no_tower(bench):
    await bench.call("GET", "/v1/pixel/track", query="writeKey=website&userId=a&event=e&" + "x." * 3000 + "y=1")
    (event,) = await bench.stored()

    assert 10 == json.dumps(event).count('"x":')


async def test_a_look_without_opening_is_no_event(bench):
    assert 200 == (await bench.call("HEAD", "/v1/pixel/track", query=f"data={URL_SAFE}")).status
    assert [] == await bench.stored()
