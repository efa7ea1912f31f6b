"""Every path of the tracking API, with and without a prefix, and nobody else's."""

import json

import pytest
from collecting import OK

from headwater.collect.calls import call_of, is_tracking

EVENT = {"userId": "ada", "event": "e", "groupId": "g", "previousId": "p", "writeKey": "website"}
LETTERS = [("i", "identify"), ("t", "track"), ("p", "page"), ("s", "screen"), ("g", "group"), ("a", "alias")]
WORDS = [(kind, kind) for _, kind in LETTERS]
PREFIXES = ["/v1/", "/", "/segment/v1/", "/a/b/v1/", "/cdp/", "/a/b/"]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(("name", "kind"), LETTERS + WORDS)
async def test_a_single_call_is_stored_as_what_its_path_says(bench, prefix, name, kind):
    reply = await bench.call("POST", prefix + name, json.dumps({**EVENT, "type": "nonsense"}).encode())

    assert OK == (reply.status, json.loads(reply.body))
    assert [kind] == [event["type"] for event in await bench.stored()]
    assert is_tracking(prefix + name, "POST")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", ["b", "batch", "import", "import/"])
async def test_every_batch_path_takes_a_batch(bench, prefix, name):
    body = json.dumps({"batch": [{**EVENT, "type": "page"}], "writeKey": "website"}).encode()
    reply = await bench.call("POST", prefix + name, body)

    assert OK == (reply.status, json.loads(reply.body))
    assert ["page"] == [event["type"] for event in await bench.stored()]
    assert is_tracking(prefix + name, "POST")


@pytest.mark.parametrize("body", [b'{"series":[{"type":"Counter","metric":"m","value":1,"tags":{}}]}', b"", b"\xff"])
async def test_metrics_of_the_clients_are_taken_and_forgotten_whatever_they_say(bench, body):
    for path in ("/v1/m", "/m", "/x/v1/m"):
        reply = await bench.call("POST", path, body)
        assert OK == (reply.status, json.loads(reply.body))

    assert ([], []) == (await bench.stored(), await bench.dropped())


OURS = [
    "/v1/nonsense",
    "/p/v1/track",
    "/v1/pixel/track",
    "/v1/projects/k/settings",
    "/p/v1/projects/k/settings",
    "/analytics.js/v1/k/analytics.min.js",
    "/analytics.js/v1/k/analytics.classic.js",
    "/analytics-next/bundles/407.bundle.js",
    "/next-integrations/integrations/amplitude/2.2.3/amplitude.dynamic.js.gz",
]
NOT_OURS = [
    "/",
    "/v1",
    "/console/v1",
    "/console/page",
    "/self-service/b",
    "/projects/x/identify",
    "/api/batch",
    "/track/x",
    "/projects/k/settings",
    "/projects",
    "/analytics.js/v1/k/other.js",
    "/x/v1/pixel/nonsense",
]


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_what_is_ours_is_ours_by_any_method_and_the_rest_is_the_applications(method):
    assert [True] * len(OURS) == [is_tracking(path, method) for path in OURS]
    assert [False] * len(NOT_OURS) == [is_tracking(path, method) for path in NOT_OURS]


@pytest.mark.parametrize(("method", "expected"), [("POST", True), ("OPTIONS", True), ("GET", False), ("DELETE", False)])
def test_a_bare_path_is_no_ground_to_take_a_page_from_the_application(method, expected):
    assert [expected] * 4 == [is_tracking(path, method) for path in ("/page", "/b", "/import/", "/cdp/b")]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/track", "OPTIONS, POST"),
        ("PUT", "/v1/b", "OPTIONS, POST"),
        ("DELETE", "/v1/m", "OPTIONS, POST"),
        ("POST", "/v1/pixel/track", "GET, HEAD, OPTIONS"),
        ("POST", "/v1/projects/website/settings", "GET, HEAD, OPTIONS"),
        ("POST", "/analytics.js/v1/website/analytics.min.js", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_wrong_method_is_told_which_ones_there_are(bench, method, path, allowed):
    reply = await bench.call(method, path, json.dumps(EVENT).encode())
    body = json.loads(reply.body)

    assert (405, "method_not_allowed", False) == (reply.status, body["code"], body["success"])
    assert allowed in body["message"]
    assert allowed == dict(reply.headers)["allow"]
    assert [] == await bench.stored()


async def test_an_unknown_call_is_a_404_in_segments_shape(bench):
    status, reply = await bench.post("nonsense", {})

    assert (404, "not_found") == (status, reply["code"])
    assert call_of("/v1/nonsense") is None


async def test_a_bundle_of_a_tool_is_not_here_and_a_page_can_read_why(bench):
    path = "/next-integrations/integrations/amplitude/2.2.3/amplitude.dynamic.js.gz"
    reply = await bench.call("GET", path)
    asked = await bench.call("OPTIONS", path)

    assert 404 == reply.status
    assert b"the settings list no integration" in reply.body
    assert "*" == dict(reply.headers)["access-control-allow-origin"]
    assert 204 == asked.status
