"""Pages of other origins: every reply can be read by those that may, and by nobody else."""

import json

import pytest
from collecting import OK, basic, open_bench

from headwater.web.call import Call

TRACK = json.dumps({"userId": "ada", "event": "e", "writeKey": "website"}).encode()
SHOP, MALLORY = "https://shop.example", "https://mallory.example"

EVERYWHERE = {
    "200": ("POST", "/v1/track", TRACK, 200),
    "bare 200": ("POST", "/t", TRACK, 200),
    "200 of a drop": ("POST", "/v1/track", b"{}", 200),
    "400": ("POST", "/v1/track", b"{", 400),
    "404": ("POST", "/v1/nonsense", b"", 404),
    "405": ("GET", "/v1/track", b"", 405),
    "metrics": ("POST", "/v1/m", b"", 200),
    "pixel": ("GET", "/v1/pixel/track", b"", 200),
    "settings": ("GET", "/v1/projects/website/settings", b"", 200),
    "no settings": ("GET", "/v1/projects/nobody/settings", b"", 404),
    "bundle": ("GET", "/analytics.js/v1/website/analytics.min.js", b"", 404),
    "chunk": ("GET", "/analytics-next/bundles/x.js", b"", 404),
}


def allowed(reply):
    return {name: value for name, value in reply.headers if name.startswith("access-control-") or name == "vary"}


@pytest.mark.parametrize(("method", "path", "body", "status"), EVERYWHERE.values(), ids=EVERYWHERE)
async def test_every_reply_can_be_read_by_any_page(bench, method, path, body, status):
    reply = await bench.call(method, path, body, origin=SHOP)

    assert status == reply.status
    assert {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Retry-After, X-RateLimit-Reset",
    } == allowed(reply)


@pytest.mark.parametrize(("method", "path", "body", "status"), EVERYWHERE.values(), ids=EVERYWHERE)
async def test_with_a_list_only_listed_pages_read_anything(tmp_path, method, path, body, status):
    async with open_bench(tmp_path, origins=("https://a.example", SHOP + "/")) as bench:
        listed = await bench.call(method, path, body, origin=SHOP)
        stranger = await bench.call(method, path, body, origin=MALLORY)
        no_page = await bench.call(method, path, body)

    assert [status] * 3 == [listed.status, stranger.status, no_page.status]
    assert {
        "access-control-allow-origin": SHOP,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "Retry-After, X-RateLimit-Reset",
        "vary": "Origin",
    } == allowed(listed)
    assert [{"vary": "Origin"}] * 2 == [allowed(stranger), allowed(no_page)]


async def test_what_comes_before_the_collector_can_be_read_too(bench):
    call = Call(method="POST", path="/v1/b", headers={"origin": SHOP})
    replies = [bench.collector.oversize(call), bench.collector.too_slow(call), bench.collector.cut_short(call)]

    assert [400, 503, 400] == [reply.status for reply in replies]
    assert ["*"] * 3 == [allowed(reply)["access-control-allow-origin"] for reply in replies]
    assert ["request_too_large", "request_too_slow", "invalid_json"] == [
        json.loads(one.body)["code"] for one in replies
    ]


@pytest.mark.parametrize("path", ["/v1/track", "/b", "/v1/nonsense", "/v1/pixel/track", "/v1/projects/nobody/settings"])
async def test_a_preflight_is_answered_on_every_path_for_a_long_time(bench, path):
    reply = await bench.call("OPTIONS", path, origin=SHOP, access_control_request_method="POST")

    assert (204, b"") == (reply.status, reply.body)
    assert {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "authorization, content-type, x-retry-count",
        "access-control-max-age": "86400",
    }.items() <= allowed(reply).items()


OURS = "authorization, content-type, x-retry-count"


@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        ("x-shop", f"{OURS}, x-shop"),
        ("X-Shop,x-b , x-c", f"{OURS}, X-Shop,x-b , x-c"),
        ("", OURS),
        ("x" * 1024, f"{OURS}, {'x' * 1024}"),
        ("x" * 1025, OURS),
        ("x\r\nset-cookie: a=b", OURS),
        ("x: y", OURS),
        ("x,,y", OURS),
        ("é", OURS),
        ("<script>", OURS),
    ],
)
async def test_a_page_may_send_headers_of_its_own_but_not_through_us(bench, requested, expected):
    reply = await bench.call("OPTIONS", "/v1/t", origin=SHOP, access_control_request_headers=requested)

    assert expected == dict(reply.headers)["access-control-allow-headers"]


async def test_a_stranger_is_not_even_told_what_others_may(tmp_path):
    async with open_bench(tmp_path, origins=(SHOP,)) as bench:
        reply = await bench.call("OPTIONS", "/v1/t", origin=MALLORY)
        listed = await bench.call("OPTIONS", "/v1/t", origin=SHOP)

    assert {"vary": "Origin"} == allowed(reply)
    assert SHOP == allowed(listed)["access-control-allow-origin"]
    assert "86400" == allowed(listed)["access-control-max-age"]


@pytest.mark.parametrize("origin", ["null", "", SHOP + ".mallory.example", "http://shop.example", SHOP + ":8443"])
async def test_an_origin_that_only_looks_like_a_listed_one_is_a_stranger(tmp_path, origin):
    async with open_bench(tmp_path, origins=(SHOP,)) as bench:
        assert {"vary": "Origin"} == allowed(await bench.call("POST", "/v1/t", TRACK, origin=origin))


async def test_an_event_is_taken_from_a_stranger_too_because_write_keys_are_public(tmp_path):
    async with open_bench(tmp_path, origins=(SHOP,)) as bench:
        assert OK == await bench.post("t", TRACK, origin=MALLORY, authorization=basic("website"))
        assert 1 == len(await bench.stored())
