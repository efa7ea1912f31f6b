"""Below HTTP and around the edges: lies on the line, endless clients, and calls that ask for much with little."""

import gzip
import json
import time

import pytest

from acceptance.memory import peak_mb, pss_mb
from acceptance.raw_line import CLOSE, RawLine, basic, exchange, request, statuses
from acceptance.tracking_stage import EVENT, SUCCESS, Tracking

MAX_EVENTS = 2_500
# A silent or dripping client is let go of after 10 s (head) and 20 s (body); this is how much later it may be.
TOLERANCE_SECONDS = 8
HEAD_SECONDS, BODY_SECONDS = 10, 20
MEGABYTES_OF_GROWTH = 40
MEGABYTES_AT_WORST = 400


@pytest.fixture(scope="module")
def tracking(shared_headwater):
    tracking = Tracking(shared_headwater)
    yield tracking
    tracking.close()


@pytest.fixture(scope="module")
def key(tracking):
    return tracking.source()[1]


@pytest.fixture(scope="module", autouse=True)
def loris(tracking):
    """Two clients that never get to the end, from before the first test until after the last."""
    head, body = (RawLine(tracking.url, seconds=BODY_SECONDS + TOLERANCE_SECONDS) for _ in range(2))
    _, key = tracking.source()
    head.say(b"POST /v1/track HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    body.say(request(basic(key), "Content-Length: 400") + b'{"userId":"lo')
    yield time.monotonic(), head, body
    head.close()
    body.close()


# -- below HTTP: what no client would send ------------------------------------------------------------------

BODY = json.dumps(EVENT).encode()
LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED = "Transfer-Encoding: chunked"
CHUNK = f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n"
HEADERS_TOO_LARGE = 431

RAW = {
    # what: the request, whether we hang up our half, and the statuses of all answers
    "a length longer than the body": (request("Content-Length: 500", body=BODY), True, [400]),
    "a length shorter than the body": (request("Content-Length: 5", body=BODY), False, [400, 400]),
    "a negative length": (request("Content-Length: -1", body=BODY), False, [400]),
    "a length with a sign": (request(f"Content-Length: +{len(BODY)}", body=BODY), False, [400]),
    "two lengths": (request(LENGTH, "Content-Length: 2", body=BODY), False, [400]),
    "a length beyond 64 bits": (request("Content-Length: " + "9" * 30, body=BODY), False, [400]),
    "a length of two megabytes": (request("Content-Length: 2000000", body=BODY), True, [400]),
    "a length in words": (request("Content-Length: all of it", body=BODY), False, [400]),
    "chunks of no size": (request(CHUNKED, body=b"zz\r\n" + BODY), False, [400]),
    "chunks of a negative size": (request(CHUNKED, body=b"-1\r\n" + BODY), False, [400]),
    "chunks of an enormous size": (request(CHUNKED, body=b"f" * 17 + b"\r\n" + BODY), False, [400]),
    "chunks without an end": (request(CHUNKED, body=CHUNK), True, [400]),
    "a chunk with an enormous extension": (request(CHUNKED, body=b"1;" + b"x" * 100_000 + b"\r\n"), False, [400]),
    "a transfer encoding that isn't": (request("Transfer-Encoding: identity", body=BODY), True, [400]),
    "a name with a space": (request(LENGTH, "X A: 1", body=BODY), False, [400]),
    "a folded header": (request(LENGTH, "X-A: 1\r\n 2", body=BODY), False, [400]),
    "a null in a header": (request(LENGTH, "X-A: \0", body=BODY), False, [400]),
    "no version": (b"GET /v1/track\r\n\r\n", False, [400]),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"0" * 300, False, [400]),
    "no host": (b"POST /v1/track HTTP/1.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", False, [400]),
    "a host of a hundred thousand characters": (
        b"POST /v1/track HTTP/1.1\r\nHost: " + b"h" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n",
        False,
        [400],
    ),
    "a long header": (request(LENGTH, "X-A: " + "a" * 50_000, CLOSE, body=BODY), False, [200]),
    "an enormous header": (request(LENGTH, "X-A: " + "a" * 300_000, CLOSE, body=BODY), False, [HEADERS_TOO_LARGE]),
    "a thousand headers": (request(LENGTH, *(f"X-{n}: 1" for n in range(1000))), False, [HEADERS_TOO_LARGE]),
    "headers of two megabytes": (request(LENGTH, "X-A: " + "a" * 2_000_000), False, [HEADERS_TOO_LARGE]),
    "a path of a hundred thousand characters": (request(LENGTH, path="/v1/" + "a" * 100_000), False, [414]),
    "bytes in a header": (request(LENGTH, "X-A: \xff\xfe", "User-Agent: \x80", CLOSE, body=BODY), False, [200]),
    "bytes for an encoding": (request(LENGTH, "Content-Encoding: \xff", CLOSE, body=BODY), False, [200]),
    "credentials that are no base64": (request(LENGTH, "Authorization: Basic !!!", CLOSE, body=BODY), False, [200]),
    "credentials without an end": (
        request(LENGTH, "Authorization: Basic " + "QUFB" * 20_000, CLOSE, body=BODY),
        False,
        [200],
    ),
    "credentials that are no text": (request(LENGTH, "Authorization: Basic /////w==", CLOSE, body=BODY), False, [200]),
    "credentials of no scheme": (request(LENGTH, "Authorization: \t", CLOSE, body=BODY), False, [200]),
    "an escape that isn't": (request(LENGTH, CLOSE, path="/v1/%zz", body=BODY), False, [404]),
    "escaped bytes": (request(LENGTH, CLOSE, path="/v1/%ff%fe", body=BODY), False, [404]),
    "an escaped null": (request(LENGTH, CLOSE, path="/v1/track%00", body=BODY), False, [404]),
    "escaped line ends": (request(LENGTH, CLOSE, path="/v1/track%0d%0aSet-Cookie:a=b", body=BODY), False, [404]),
    "escapes of escapes": (request(LENGTH, CLOSE, path="/v1/%2574rack", body=BODY), False, [404]),
    "an escaped letter": (request(LENGTH, CLOSE, path="/v1/%74rack", body=BODY), False, [200]),
    "steps out of the bundle": (
        request(CLOSE, method="GET", path="/analytics-next/bundles/..%2f..%2fcollector.py"),
        False,
        [404],
    ),
    "steps up": (request(LENGTH, CLOSE, path="/v1/../../etc/passwd", body=BODY), False, [404]),
}


@pytest.mark.parametrize(("content", "is_half_closed", "expected"), RAW.values(), ids=RAW)
def test_a_lie_on_the_line_gets_its_refusal_and_nothing_more(tracking, key, content, is_half_closed, expected):
    answer = exchange(tracking.url, content, is_half_closed=is_half_closed)

    # Whoever is still writing when the server has heard enough may miss the answer.
    assert statuses(answer) == expected or (expected == [HEADERS_TOO_LARGE] and answer == b"")
    assert b"set-cookie" not in answer.partition(b"\r\n\r\n")[0].lower()
    tracking.check_alive(key)


def test_a_body_in_crumbs_is_refused_before_it_keeps_the_server_busy(tracking, key):
    began = time.monotonic()
    answer = exchange(tracking.url, request(basic(key), CHUNKED, body=b"1\r\n \r\n" * 300_000), seconds=30)

    # All of it takes ten seconds of work. The answer may get lost with what was still on its way.
    assert time.monotonic() - began < 4
    assert statuses(answer) in ([400], [])
    tracking.check_alive(key)


# -- every path by every method ---------------------------------------------------------------------------

PATHS = [
    *(
        f"/v1/{name}"
        for name in ("identify", "track", "page", "screen", "group", "alias", "batch", "import", "import/")
    ),
    *(f"/v1/{letter}" for letter in "itpsgabm"),
    *(f"/v1/pixel/{name}" for name in ("identify", "track", "page", "screen", "group", "alias", "nonsense")),
    "/v1/projects/nobody/settings",
    "/v1/projects/%00/settings",
    "/v1/projects//settings",
    "/analytics.js/v1/nobody/analytics.min.js",
    "/analytics.js/v1/%3Cscript%3E/analytics.min.js",
    "/analytics-next/bundles/..%5cstandalone.js",
    "/analytics-next/bundles/%00.js",
    "/any/prefix/v1/track",
    "/v1/",
    "/v1/nonsense",
    "/v1/track/../../track",
]
HOSTILE = {
    "a line end": "x\r\nset-cookie: a=b",
    "a colon": "x: y",
    "ten thousand names": ", ".join(f"x-{n}" for n in range(10_000)),
    "one long name": "x" * 100_000,
    "commas": "," * 10_000,
    "spaces": "x" + " \t" * 400 + "y",
    "a script": "<script>alert(1)</script>",
    "bytes": "\xff\xfe",
}


@pytest.mark.parametrize("path", PATHS)
def test_no_method_on_any_path_is_more_than_it_can_take(tracking, key, path):
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "PROPFIND"):
        answer = tracking.call(method, path, content=b"{" if method != "HEAD" else None)
        assert answer.status_code in (200, 404, 405), method
        assert "Traceback" not in answer.text
    preflight = tracking.call("OPTIONS", path, headers={"Origin": "https://shop.example"})
    assert (204, "*") == (preflight.status_code, preflight.headers["access-control-allow-origin"])
    tracking.check_alive(key)


@pytest.mark.parametrize("requested", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_preflight_gets_nothing_of_its_own_back(tracking, requested):
    content = request(f"Access-Control-Request-Headers: {requested}", "Origin: https://a\x85b", CLOSE, method="OPTIONS")
    answer = exchange(tracking.url, content)
    head = answer.partition(b"\r\n\r\n")[0].lower()

    assert statuses(answer) in ([204], [400])
    assert len(head) < 4096
    assert not any(word in head for word in (b"set-cookie:", b"<script", b"x: y", b",,"))


@pytest.mark.parametrize(
    "query", ["data=%", "data=" + "A" * 50_001, "&" * 50_000, "writeKey=%00&userId[]=1", "data=e30"]
)
def test_a_pixel_of_garbage_is_an_image(tracking, key, query):
    answer = tracking.call("GET", f"/v1/pixel/track?{query}")

    assert (200, "image/gif", b"GIF8") == (answer.status_code, answer.headers["content-type"], answer.content[:4])
    tracking.check_alive(key)


# -- little in, much out ------------------------------------------------------------------------------------


def test_a_small_call_can_not_ask_for_a_gigabyte(tracking, key):
    site = tracking.source(kind="website")[1]
    items = [EVENT] * MAX_EVENTS
    spread = json.dumps({"context": {"x": "y" * 300_000}, "batch": items}, separators=(",", ":")).encode()
    status, answer = tracking.post("batch", gzip.compress(spread), key=key, content_encoding="gzip")

    assert (400, "request_too_large") == (status, answer["code"])
    assert SUCCESS == tracking.post("batch", {"batch": items}, key=site, user_agent="u" * 60_000)
    assert peak_mb(tracking.headwater.pid) < MEGABYTES_AT_WORST


BOMB = gzip.compress(b" " * 100_000_000, 9)
DEEP = b'{"a":' * 3000 + b"1" + b"}" * 3000


def barrage(tracking, key, *, begin):
    """Send thirty of everything, each of which nobody has seen before."""
    for number in range(begin, begin + 30):
        host = f"{number}" + "h" * 300_000
        exchange(tracking.url, f"GET /v1/x HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        exchange(tracking.url, request(LENGTH, f"Authorization: Basic {'Q' * 200_000}{number}", CLOSE, body=BODY))
        tracking.post("batch", BOMB, key=key, content_encoding="gzip")
        tracking.post("track", DEEP, key=key)
        tracking.post("track", {**EVENT, "writeKey": f"nobody {number}"}, key=None)
        tracking.post("track", {"event": str(number)}, key=key)
        tracking.call("GET", f"/v1/pixel/track?{'x.' * 4000}y={number}")


def test_memory_does_not_grow_with_what_strangers_send(tracking, key):
    barrage(tracking, key, begin=0)
    before = pss_mb(tracking.headwater.pid)
    for begin in (30, 60, 90):
        barrage(tracking, key, begin=begin)

    assert pss_mb(tracking.headwater.pid) - before < MEGABYTES_OF_GROWTH
    assert peak_mb(tracking.headwater.pid) < MEGABYTES_AT_WORST
    tracking.check_alive(key)


# -- last, because they have been waiting since the first --------------------------------------------------------


def test_whoever_never_ends_is_let_go_of_and_told_to_come_again(tracking, loris, key):
    began, head, body = loris
    while time.monotonic() < began + HEAD_SECONDS:
        tracking.check_alive(key)
    head_answer, body_answer = head.rest(), body.rest()

    assert time.monotonic() < began + BODY_SECONDS + TOLERANCE_SECONDS
    assert statuses(head_answer) in ([], [408])
    assert [503] == statuses(body_answer)
    assert b"request_too_slow" in body_answer
    assert b"\r\nretry-after: 1\r\n" in body_answer
    tracking.check_alive(key)


def test_nothing_of_all_this_was_worth_a_traceback(tracking):
    logged = (tracking.headwater.data.parent / "server.log").read_text()

    assert "Traceback" not in logged
    assert "panicked" not in logged
