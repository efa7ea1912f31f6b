"""What a tracking call may hold and may not: each limit to the byte, each reject code, each way of being no JSON."""

import gzip
import json
import struct
import time
import zlib
from collections import Counter

import pytest

from acceptance.conftest import WAIT_SECONDS
from acceptance.tracking_stage import EVENT, SUCCESS, Tracking

SINGLE_MAX_BYTES = 32 * 1024
BATCH_MAX_BYTES = 512_000
MAX_EVENTS = 2_500


@pytest.fixture(scope="module")
def tracking(shared_headwater):
    tracking = Tracking(shared_headwater)
    yield tracking
    tracking.close()


@pytest.fixture(scope="module")
def key(tracking):
    return tracking.source()[1]


# -- limits: one under, at, one over -----------------------------------------------------------------------


def padded(size, body, at="padding"):
    """Return `body` as JSON of exactly `size` bytes."""
    frame = len(json.dumps({**body, at: ""}))
    text = json.dumps({**body, at: "x" * (size - frame)})
    assert size == len(text)
    return text.encode()


def numbered(count):
    return json.dumps({"batch": [{**EVENT, "messageId": str(number)} for number in range(count)]}).encode()


def an_item(size):
    return b'{"batch": [' + padded(size, EVENT) + b', {"type": "page", "userId": "ada"}]}'


def an_id(size):
    return json.dumps({**EVENT, "messageId": "m" * size}).encode()


WHOLE, DROPPED = (200, {}), (200, {"bad_request": 1})
TOO_LARGE = (400, {"request_too_large": 1})
LIMITS = {
    # what: path, body by size, size at the limit, what is stored at and beyond it, (status, rejections) beyond it
    "single request": ("track", lambda size: padded(size, EVENT), SINGLE_MAX_BYTES, (1, 0), TOO_LARGE),
    "batch request": ("batch", lambda size: padded(size, {"batch": [EVENT]}), BATCH_MAX_BYTES, (1, 0), TOO_LARGE),
    "event in a batch": ("batch", an_item, SINGLE_MAX_BYTES, (2, 1), DROPPED),
    "message id": ("track", an_id, 100, (1, 0), DROPPED),
}


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("encoding", ["", "gzip"])
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_kept_to_the_byte(tracking, limit, encoding, more):
    path, body_of, at, (stored, stored_beyond), (status, rejected) = LIMITS[limit]
    slug, key = tracking.source()
    body = body_of(at + more)
    content = gzip.compress(body) if encoding else body
    answer = tracking.post(path, content, key=key, content_encoding=encoding)

    assert (status if more > 0 else 200) == answer[0]
    assert (stored_beyond if more > 0 else stored) == len(tracking.stored(slug))
    tracking.wait_for_rejected(slug, rejected if more > 0 else {})
    if answer[0] == 400:
        assert "request_too_large" == answer[1]["code"]


@pytest.mark.parametrize(("more", "rejected"), [(-1, {}), (0, {}), (1, {"bad_request": 1})])
def test_of_too_many_events_the_rest_is_dropped_behind_a_200(tracking, more, rejected):
    slug, key = tracking.source()
    before = tracking.headwater.api("GET", "/api/status")["collect"]["accepted"]

    assert SUCCESS == tracking.post("batch", numbered(MAX_EVENTS + more), key=key)
    accepted = tracking.headwater.api("GET", "/api/status")["collect"]["accepted"] - before
    assert min(MAX_EVENTS, MAX_EVENTS + more) == accepted
    tracking.wait_for_rejected(slug, rejected)


# -- reject codes: every one that can be told when an event comes in ------------------------------------------

ADA = {"userId": "ada"}
TRACK = {**ADA, "event": "e"}


def consent(**value):
    return {**TRACK, "context": {"consent": value}}


# The others of Segment's list are about its own insides and later stages: empty_batch_result, multi_user_error,
# invalid_settings, locked_workspace, internal, TRACKING_API_FAILED, SET_API_FAILED, lambda_err.
CODES = [
    ("empty_batch", "batch", {"batch": []}),
    ("bad_request", "batch", {"batch": [{**TRACK, "type": "dance"}]}),
    ("bad_request", "batch", {"batch": ["nonsense"]}),
    ("bad_request", "batch", b'{"batch":[{"type":"track","userId":"ada","event":"e","x":1e999}]}'),
    ("bad_request", "track", {**TRACK, "messageId": "m" * 101}),
    ("no_user_anon_id", "track", {"event": "e"}),
    ("event_not_defined", "track", ADA),
    ("event_not_string", "track", {**ADA, "event": 7}),
    ("properties_not_object", "track", {**TRACK, "properties": []}),
    ("traits_not_object", "identify", {**ADA, "traits": "x"}),
    ("name_not_string", "page", {**ADA, "name": 1}),
    ("category_not_string", "screen", {**ADA, "category": []}),
    ("id_required", "group", ADA),
    ("id_required", "alias", ADA),
    ("id_not_string", "track", {"event": "e", "userId": 5}),
    ("consent_categorypreferences_should_exist", "track", consent(version=1)),
    ("consent_categorypreferences_fields_should_be_object", "track", consent(categoryPreferences=[])),
    ("consent_categorypreferences_fields_should_be_bool", "track", consent(categoryPreferences={"ads": "no"})),
    ("consent_version_should_be_number", "track", consent(categoryPreferences={}, version="2")),
    (
        "device_advertisingid_should_be_string",
        "track",
        {**TRACK, "context": {"device": {"advertisingId": 5}}},
    ),
]


def test_every_reject_code_hides_behind_a_200_and_is_shown_to_the_operator(tracking):
    slug, key = tracking.source()
    for _, path, body in CODES:
        assert SUCCESS == tracking.post(path, body, key=key)

    expected = Counter(code for code, _, _ in CODES)
    tracking.wait_for_rejected(slug, expected)
    assert [] == tracking.stored(slug)
    rows = [line.split() for line in tracking.headwater.cli("list", "rejected-events").stdout.splitlines()]
    assert expected == Counter({row[1]: int(row[2]) for row in rows if row[0] == slug})


@pytest.mark.parametrize(("code", "path", "body"), CODES, ids=[f"{code}-{path}" for code, path, _ in CODES])
def test_a_strict_source_names_the_code(tracking, strict_key, code, path, body):
    status, answer = tracking.post(path, body, key=strict_key)

    assert (400, False, code, 0) == (status, answer["success"], answer["code"], answer["storedCount"])
    assert [code] == [one["code"] for one in answer["dropped"]]
    assert code in answer["message"]


@pytest.fixture(scope="module")
def strict_key(tracking):
    return tracking.source(strict=True)[1]


def test_a_source_that_is_switched_off_says_so_to_its_operator_only(tracking):
    slug, key = tracking.source()
    tracking.headwater.api("PATCH", f"/api/sources/{slug}", {"enabled": False})

    assert SUCCESS == tracking.post("track", TRACK, key=key)
    tracking.wait_for_rejected(slug, {"source_disabled": 1})


@pytest.mark.parametrize("key", [None, "nobody", "\0", "k" * 2000, "ключ"])
def test_an_event_of_nobody_is_counted_as_that(tracking, key):
    before = tracking.rejected(None)["unknown_source"]
    body = {**TRACK, "writeKey": key}

    assert SUCCESS == tracking.post("track", body, key=None)
    deadline = time.monotonic() + WAIT_SECONDS
    while tracking.rejected(None)["unknown_source"] != before + 1:
        assert time.monotonic() < deadline


# -- bodies that are no JSON, and bodies that are, after all --------------------------------------------------


def whole(inside):
    return b'{"userId":"ada","event":"e","type":"track","properties":{"x":' + inside + b"}}"


MALFORMED = {
    "nothing": b"",
    "half": b'{"userId":',
    "array": b"[]",
    "text": b'"x"',
    "null": b"null",
    "two values": b"{} {}",
    "invalid UTF-8": whole(b'"\xff"'),
    "overlong UTF-8": whole(b'"\xc0\xaf"'),
    "surrogates as UTF-8": whole(b'"\xed\xa0\x80"'),
    "UTF-16": '{"userId":"ada"}'.encode("utf-16"),
    "NaN": whole(b"NaN"),
    "Infinity": whole(b"-Infinity"),
    "leading zero": whole(b"007"),
    "bare control character": whole(b'"\x00"'),
    "3,000 deep": whole(b"[" * 3000 + b"]" * 3000),
    "3,000 objects deep": whole(b'{"a":' * 3000 + b"1" + b"}" * 3000),
    "never closed": b"[" * 30_000,
    "form": b"userId=ada&event=e",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("path", ["track", "batch"])
def test_what_is_no_json_is_a_400_that_every_client_can_read(tracking, key, path, body):
    content = b'{"batch":[' + body + b"]}" if path == "batch" and body.startswith(b"{") and body != b"{} {}" else body
    status, answer = tracking.post(path, content, key=key)

    assert (400, False, "invalid_json") == (status, answer["success"], answer["code"])
    assert answer["message"] == answer["error"]
    tracking.check_alive(key)


def test_a_hundred_thousand_brackets_in_a_batch_are_a_400(tracking, key):
    for brackets in (b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 80_000 + b"1" + b"}" * 80_000):
        assert 400 == tracking.post("batch", b'{"batch":[' + brackets + b"]}", key=key)[0]
    tracking.check_alive(key)


KEPT = {
    "beyond 64 bits": (whole(b"123456789012345678901234567890"), {"x": 123456789012345678901234567890}),
    "the largest double": (whole(b"1.7976931348623157e308"), {"x": 1.7976931348623157e308}),
    "more digits than a double has": (whole(b"0." + b"1" * 9000), {"x": 1 / 9}),
    "a key that comes twice: the last wins": (
        b'{"type":"track","userId":"eve","userId":"ada","event":"e","properties":{"x":1,"x":2}}',
        {"x": 2},
    ),
    "half an emoji": (whole(b'"\\ud83d"'), {"x": "\ufffd"}),
    "the other half": (whole(b'"a\\uDE00b"'), {"x": "a\ufffdb"}),
    "halves in the wrong order": (whole(b'"\\ude00\\ud83d"'), {"x": "\ufffd\ufffd"}),
    "a whole emoji beside a half": (whole(b'"\\ud83d\\ud83d\\ude00"'), {"x": "\ufffd😀"}),
    "an escaped backslash before what looks like half": (whole(b'"\\\\ud83d\\ud83d"'), {"x": "\\ud83d\ufffd"}),
    "a null character": (whole(b'"\\u0000"'), {"x": "\0"}),
    "names that JavaScript trips over": (
        whole(b'{"__proto__":{"a":1},"constructor":1}'),
        {"x": {"__proto__": {"a": 1}, "constructor": 1}},
    ),
    "500 deep": (whole(b"[" * 500 + b"]" * 500), None),
}


@pytest.mark.parametrize(("body", "properties"), KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("path", ["track", "batch"])
def test_what_looks_wrong_and_is_json_is_kept(tracking, path, body, properties):
    slug, key = tracking.source()

    content = b'{"batch":[' + body + b"]}" if path == "batch" else body

    assert SUCCESS == tracking.post(path, content, key=key)
    [event] = tracking.stored(slug)
    assert "ada" == event["userId"]
    assert properties in (None, event["properties"])


def test_the_operators_commands_can_show_whatever_was_kept(tracking):
    slug, key = tracking.source()
    for mid in ("\0", "\n", "\x1b]0;pwned\x07", "\u009b2J", "\u202e", "é", "e\u0301", "A", "a", "?", "#", "%2F"):
        assert SUCCESS == tracking.post("track", {**TRACK, "event": mid, "userId": mid, "messageId": mid}, key=key)

    assert 12 == len(tracking.stored(slug))  # twelve ids, of which no two are one
    shown = tracking.headwater.cli("list", "events", "--source", slug).stdout
    assert 13 == len(shown.splitlines())
    assert not any(letter in shown for letter in "\0\x1b\x07\u009b\u202e")


def bomb(megabytes):
    """Return what unpacks to so much: one part of it, packed once and put there again and again."""
    part, crc = b" " * 1_000_000, 0
    for _ in range(megabytes):
        crc = zlib.crc32(part, crc)
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)
    head, size = gzip.compress(b"")[:10], megabytes * len(part)
    return head + packed * megabytes + packer.flush() + struct.pack("<LL", crc, size)


def test_a_bomb_is_one():
    assert b" " * 3_000_000 == gzip.decompress(bomb(3))


PACKED = {
    "a bomb": (bomb(300), "gzip", "request_too_large"),
    "cut short": (gzip.compress(json.dumps(EVENT).encode())[:-9], "gzip", "invalid_json"),
    "a wrong checksum": (gzip.compress(json.dumps(EVENT).encode())[:-8] + b"\0" * 8, "gzip", "invalid_json"),
    "not packed": (json.dumps(EVENT).encode(), "gzip", "invalid_json"),
    "twice": (gzip.compress(gzip.compress(json.dumps(EVENT).encode())), "gzip", "invalid_json"),
    "of nothing, a thousand times": (gzip.compress(b"") * 1000, "gzip", "invalid_json"),
    "called br": (json.dumps(EVENT).encode(), "br", "invalid_json"),
    "called deflate": (json.dumps(EVENT).encode(), "deflate", "invalid_json"),
    "not said to be": (gzip.compress(json.dumps(EVENT).encode()), "", "invalid_json"),
}


@pytest.mark.parametrize(("content", "encoding", "code"), PACKED.values(), ids=PACKED)
def test_a_wrongly_packed_body_is_a_400(tracking, key, content, encoding, code):
    for path in ("track", "batch"):
        status, answer = tracking.post(path, content, key=key, content_encoding=encoding)
        assert (400, code) == (status, answer["code"])
    tracking.check_alive(key)
