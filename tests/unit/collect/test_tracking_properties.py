"""Whatever comes, over the whole grammar of messages, batches and pixels: an answer, and nothing that can't be used."""

import asyncio
import base64
import gzip
import json
import re
import tempfile
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from collecting import SOURCES, Bench, basic, open_bench
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from headwater.collect import calls, pixel
from headwater.collect.body import BATCH_MAX_BYTES, SINGLE_MAX_BYTES
from headwater.collect.rules import MAX_MESSAGE_ID

# The same examples every time: a failure that comes and goes helps nobody.
THOROUGH = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STAMPS = {"timestamp", "originalTimestamp", "sentAt", "receivedAt"}
NAMES = ["identify", "track", "page", "screen", "group", "alias", "i", "t", "p", "s", "g", "a"]
BATCHES = ["batch", "b", "import"]
KEYED = {*map(basic, SOURCES), basic("nobody")}  # these say the source of a whole call

# With halves of characters, which JSON can write and UTF-8 can't.
texts = st.text(st.characters(), max_size=12)
numbers = st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False)
junk = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def spoilt(value):
    """One in twelve is of a wrong type."""
    return st.integers(0, 11).flatmap(lambda one: value if one else junk)


ids = st.sampled_from(["ada", "", "m" * 100, "m" * 101, "\0", " ", "é", "e\u0301", None]) | texts
odd_moments = ["2026-11-23T12:00:00.123456789+14:00", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z"]
odd_moments += ["0001-01-01", "0001-01-01T00:00:00.000Z", "20261123", "2026-W48-1", "2026-11-23T12:00:00.12\u0663Z"]
moments = st.sampled_from(odd_moments) | st.sampled_from(odd_moments) | st.datetimes().map(datetime.isoformat) | texts
consents = st.fixed_dictionaries(
    {"categoryPreferences": st.dictionaries(texts, spoilt(st.booleans()), max_size=2)},
    optional={"version": spoilt(numbers)},
)
contexts = st.fixed_dictionaries(
    {}, optional={"ip": junk, "direct": junk, "userAgent": junk, "device": junk, "consent": spoilt(consents)}
)
FIELDS = {
    "type": st.sampled_from(calls.TYPES),
    "userId": ids,
    "anonymousId": ids,
    "groupId": ids,
    "previousId": ids,
    "messageId": ids,
    "event": texts,
    "name": texts,
    "category": texts,
    "properties": st.dictionaries(texts, junk, max_size=3),
    "traits": st.dictionaries(texts, junk, max_size=3),
    "context": contexts,
    "integrations": st.dictionaries(texts, junk, max_size=3),
    "timestamp": moments,
    "sentAt": moments,
    "writeKey": st.sampled_from([*SOURCES, "nobody"]),
    "version": junk,
    "receivedAt": junk,
    "originalTimestamp": junk,
    "__proto__": junk,
}


messages = st.fixed_dictionaries(
    {"type": st.sampled_from(calls.TYPES), "userId": spoilt(ids), "event": spoilt(texts)},
    optional={name: spoilt(value) for name, value in FIELDS.items() if name not in ("type", "userId", "event")},
)
batches = st.fixed_dictionaries(
    {"batch": st.lists(messages | messages | junk, max_size=5)},
    optional={name: spoilt(FIELDS[name]) for name in ("context", "integrations", "sentAt", "writeKey", "messageId")},
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "authorization": st.sampled_from([*map(basic, SOURCES), basic("nobody"), "Basic !", "Basic", "Bearer x"]),
        "ory-webhook-trigger-id": st.sampled_from(["", "trigger", "t" * 64, "t" * 65]),
        "user-agent": st.sampled_from(["", "Mail/1", "u" * 5000]),
        "x-retry-count": st.just("x"),
    },
)


@pytest.fixture
def runner():
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def bench(runner):
    """One collector for all examples of a test."""
    with tempfile.TemporaryDirectory() as folder:
        opened = open_bench(Path(folder))
        yield runner.run(opened.__aenter__())
        runner.run(opened.__aexit__(None, None, None))


async def outcome(bench: Bench, method, path, body=b"", *, query="", sent):
    """Return the reply, what it stored and how many events it counted as dropped."""
    bench.clock.advance(60)  # so that no rate limit is ever in the way
    head, counters = await bench.reader.head(), bench.collector.counters
    accepted, rejected = counters.accepted, counters.rejected
    reply = await bench.call(method, path, body, query=query, ip="203.0.113.9", **sent)
    stored = await bench.reader.read(after=head, limit=10_000)
    return reply, stored, counters.accepted - accepted, counters.rejected - rejected


def judge_answer(reply):
    answer = json.loads(reply.body)
    if reply.status == 200:
        assert {"success": True} == answer
    else:
        assert 400 == reply.status
        assert answer["success"] is False
        assert all(isinstance(answer[name], str) and answer[name] for name in ("code", "message", "error"))
    assert ("content-type", "application/json") in reply.headers
    return answer


def judge_stored(record):
    event = json.loads(record.body)
    record.body.decode()  # no half characters
    assert isinstance(event["messageId"], str)
    assert 0 < len(event["messageId"]) <= MAX_MESSAGE_ID
    assert (record.message_id, record.type, 2) == (event["messageId"], event["type"], event["version"])
    assert (record.user_id, record.anonymous_id) == (event.get("userId"), event.get("anonymousId"))
    assert event["type"] in calls.TYPES
    assert record.source in {source.id for source in SOURCES.values() if source.enabled}
    for name in ("userId", "anonymousId"):
        assert name not in event or (isinstance(event[name], str) and event[name])
    assert "userId" in event or "anonymousId" in event
    assert "writeKey" not in event
    assert isinstance(event["context"], dict)
    assert isinstance(event["integrations"], dict)
    assert isinstance(event["originalTimestamp"], str | int | float)  # one that can't be read stays as it was sent
    for name in STAMPS - {"originalTimestamp"}:
        assert STAMP.fullmatch(event[name]), event
        datetime.fromisoformat(event[name])


def judge(answer, accepted, rejected, stored, *, sent_count, is_of_one_source=True):
    for one in stored:
        judge_stored(one.record)
    assert len(stored) <= accepted  # a repetition is accepted, and stored once
    assert sent_count == accepted + rejected
    if "storedCount" in answer:
        assert accepted == answer["storedCount"]
        assert 0 < len(answer["dropped"]) <= answer["droppedCount"] <= rejected
        # A lenient source's drops are counted, but not told beside a strict one's.
        assert answer["droppedCount"] == rejected or not is_of_one_source


@THOROUGH
@given(name=st.sampled_from(NAMES), message=messages, sent=headers, is_packed=st.booleans())
def test_any_message_is_stored_or_counted(runner, bench, *, name, message, sent, is_packed):
    body = json.dumps(message).encode()
    packing = {"content-encoding": "gzip"} if is_packed else {}
    content = gzip.compress(body) if is_packed else body
    reply, stored, accepted, rejected = runner.run(
        outcome(bench, "POST", f"/v1/{name}", content, sent={**sent, **packing})
    )

    answer = judge_answer(reply)
    judge(answer, accepted, rejected, stored, sent_count=1)


@THOROUGH
@given(name=st.sampled_from(BATCHES), batch=batches, sent=headers)
@example(name="batch", batch={"batch": [{"writeKey": "website"}, {"writeKey": "exact"}]}, sent={})
def test_any_batch_is_stored_and_counted_item_by_item(runner, bench, *, name, batch, sent):
    body = json.dumps(batch).encode()
    reply, stored, accepted, rejected = runner.run(outcome(bench, "POST", f"/v1/{name}", body, sent=sent))

    answer = judge_answer(reply)
    is_of_one_source = sent.get("authorization") in KEYED or len(batch["batch"]) < 2
    judge(answer, accepted, rejected, stored, sent_count=len(batch["batch"]) or 1, is_of_one_source=is_of_one_source)


wrong_bytes = st.one_of(
    st.binary(max_size=60),
    junk.map(lambda value: json.dumps(value).encode()),
    batches.map(lambda batch: json.dumps(batch).encode()).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda at: text[:at])
    ),
    st.tuples(messages.map(lambda one: json.dumps(one).encode()), st.integers(0, 200), st.binary(max_size=4)).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] :]
    ),
    st.sampled_from([b"[" * 100_000, b'{"a":' * 100_000, b"NaN", b'{"batch":[NaN]}', b'{"batch":[{"x":1e999}]}']),
    st.sampled_from([b" " * SINGLE_MAX_BYTES + b"{}", b" " * BATCH_MAX_BYTES + b"{}"]),
)


@THOROUGH
@given(
    name=st.sampled_from(NAMES + BATCHES),
    body=wrong_bytes,
    encoding=st.sampled_from([None, "", "gzip", "br", "identity", "gzip, gzip", "\xff"]),
    is_packed=st.booleans(),
    sent=headers,
)
def test_any_bytes_get_an_answer_and_what_is_refused_is_never_stored(
    runner, bench, *, name, body, encoding, is_packed, sent
):
    content = gzip.compress(body)[: len(body) + 10] if is_packed else body
    extra = {} if encoding is None else {"content-encoding": encoding}
    reply, stored, accepted, rejected = runner.run(
        outcome(bench, "POST", f"/v1/{name}", content, sent={**sent, **extra})
    )

    answer = judge_answer(reply)
    for one in stored:
        judge_stored(one.record)
    if answer.get("code") in ("invalid_json", "request_too_large"):
        assert (0, 0, []) == (accepted, rejected, stored)
    else:
        assert accepted + rejected > 0


queries = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60),
    st.text("ABeyJ0=-_+/% ", max_size=20).map(lambda data: "data=" + data),
    messages.map(lambda one: "data=" + quote(base64.b64encode(json.dumps(one).encode()).decode(), safe="")),
    st.dictionaries(
        st.sampled_from(["writeKey", "userId", "event", "properties.a", "properties", "context.ip", "a.b.c", "type"]),
        st.sampled_from(["website", "%00", "%ff%fe", "%ed%a0%80", "", "%F0%9F%98%80", "ada"]),
    ).map(lambda fields: "&".join(f"{key}={value}" for key, value in fields.items())),
)


@THOROUGH
@given(name=st.sampled_from(calls.TYPES), query=queries, sent=headers)
def test_any_pixel_is_an_image_and_an_event_stored_or_counted(runner, bench, *, name, query, sent):
    reply, stored, accepted, rejected = runner.run(outcome(bench, "GET", f"/v1/pixel/{name}", query=query, sent=sent))

    assert (200, pixel.GIF) == (reply.status, reply.body)
    judge({}, accepted, rejected, stored, sent_count=1)


@THOROUGH
@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "POST"]),
    path=st.lists(st.sampled_from(["v1", "track", "pixel", "projects", "settings", "", "..", "\0", "é"]), max_size=6),
    sent=headers,
)
def test_any_path_gets_an_answer(runner, bench, *, method, path, sent):
    reply, _, _, _ = runner.run(outcome(bench, method, "/" + "/".join(path), b"", sent=sent))

    assert reply.status in (200, 204, 400, 404, 405)
