"""Nothing is turned away without a word: to whoever sent it, and to the operator."""

import gzip
import inspect
import json
import re
from pathlib import Path

import pytest
from collecting import OK, a_source, open_bench

from headwater.collect import reasons, rules
from headwater.collect.body import SINGLE_MAX_BYTES
from headwater.collect.parcel import MAX_SPREAD_BYTES

DOCS = Path(__file__).parents[3] / "docs" / "tracking.md"
GOOD = {"type": "track", "event": "e", "userId": "ada"}
BAD = {"type": "track", "event": "e", "messageId": "m7"}


async def rows(bench):
    await bench.tally.flush()
    return [(row.source_id, row.code, row.count, row.sample) for row in bench.saved]


# -- what a code means --------------------------------------------------------------------------------------------


def test_the_docs_and_the_table_say_the_same():
    _, _, section = DOCS.read_text().partition("## Why was my event dropped?")
    told = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE))

    assert reasons.MEANINGS == told


def test_no_rule_has_a_code_that_nobody_explains():
    source = inspect.getsource(rules)
    codes = {*re.findall(r'(?:return|else|,) f?"(\w+(?:_\w+)+)"', source), rules.BAD_REQUEST, rules.UNKNOWN_SOURCE}

    assert {"no_user_anon_id", "properties_not_object", "consent_version_should_be_number"} <= codes
    assert set() == codes - reasons.MEANINGS.keys()
    assert {
        "name_not_string",
        "category_not_string",
        rules.EMPTY_BATCH,
        rules.SOURCE_DISABLED,
    } <= reasons.MEANINGS.keys()


def test_a_code_of_another_release_means_nothing_and_breaks_nothing():
    assert "" == reasons.meaning("a_code_of_tomorrow")


BAD_REQUESTS = [
    (5, "It is 5, no JSON object."),
    (None, "It is null, no JSON object."),
    ({**GOOD, "type": "dance"}, 'Its `type` is "dance"; there are alias, group, identify, page, screen, track.'),
    ({**GOOD, "messageId": "m" * 101}, "Its messageId has 101 characters; at most 100 are taken."),
    ({**GOOD, "context": "x"}, 'Its `context` is "x", no JSON object.'),
    ({**GOOD, "integrations": []}, "Its `integrations` is an array, no JSON object."),
    ({**GOOD, "properties": {"x": "y" * SINGLE_MAX_BYTES}}, "bytes; an event may have 32768."),
]


@pytest.mark.parametrize(("item", "reason"), BAD_REQUESTS, ids=range(len(BAD_REQUESTS)))
async def test_one_code_for_many_things_says_which(bench, item, reason):
    status, reply = await bench.post("batch", {"batch": [item, GOOD]}, key="exact")
    ((_, code, _, sample),) = await rows(bench)

    assert (400, "bad_request", "bad_request") == (status, reply["code"], code)
    assert reason in reply["message"]
    assert reason in sample


async def test_a_number_beyond_every_double_is_said_to_be_that(bench):
    _, reply = await bench.post("batch", b'{"batch":[{"type":"track","x":1e999}]}', key="exact")

    assert "a number beyond a double's range" in reply["message"]


async def test_a_type_that_is_a_tower_does_not_sink_its_batch(bench):
    codes = []
    for depth in range(900, 1000):
        tower = b'{"userId":"a","type":' + b"[" * depth + b"]" * depth + b"}"
        body = b'{"batch":[' + tower + b',{"type":"track","event":"e","userId":"a"}]}'
        _, reply = await bench.post("batch", body, key="exact")
        codes.append(reply["code"])

    assert {"bad_request", "invalid_json"} == set(codes)  # the deepest ones are no JSON to us, the batch with them
    assert codes.count("bad_request") == len(await bench.stored())


# -- the strict reply ---------------------------------------------------------------------------------------------


async def test_of_a_single_event_the_reply_speaks_of_no_others(bench):
    _, reply = await bench.post("track", BAD, key="exact")

    expected = f"Dropped event 0 of 1 (id m7): no_user_anon_id: {reasons.MEANINGS['no_user_anon_id']}"
    assert expected == reply["message"]


async def test_of_a_batch_the_reply_says_what_became_of_the_others(bench):
    _, some = await bench.post("batch", {"batch": [GOOD, BAD, GOOD]}, key="exact")
    _, every = await bench.post("batch", {"batch": [BAD, BAD]}, key="exact")
    _, none = await bench.post("batch", {"batch": []}, key="exact")

    assert some["message"].startswith("Dropped 1 of 3 events, the others are stored. The first is number 1, ")
    assert every["message"].startswith("Dropped all 2 events. ")
    assert f"empty_batch: {reasons.MEANINGS['empty_batch']}" == none["message"]


@pytest.mark.parametrize(("key", "code"), [("nobody", "unknown_source"), ("off", "source_disabled")])
async def test_of_a_whole_share_that_is_turned_away_each_event_is_named_up_to_the_bound(tmp_path, key, code):
    batch = [{**GOOD, "messageId": f"m{number}"} for number in range(101)]
    async with open_bench(tmp_path, strict=True) as bench:
        _, one = await bench.post("track", BAD, key=key)
        _, some = await bench.post("batch", {"batch": [{**GOOD, "messageId": "a"}, 5, BAD]}, key=key)
        _, many = await bench.post("batch", {"batch": batch}, key=key)

    assert [{"index": 0, "code": code, "messageId": "m7"}] == one["dropped"]
    assert ["a", None, "m7"] == [drop["messageId"] for drop in some["dropped"]]
    assert (100, 101) == (len(many["dropped"]), many["droppedCount"])
    assert (99, "m99") == (many["dropped"][-1]["index"], many["dropped"][-1]["messageId"])


# -- calls refused whole ------------------------------------------------------------------------------------------

SHARED = {"x": "y" * 30_000}
SPREAD = {"batch": [GOOD] * (MAX_SPREAD_BYTES // 30_000 + 1), "context": SHARED, "writeKey": "website"}
REFUSED = {
    "json": ("track", b'{"userId": }', "website", "invalid_json", '{"userId": }'),
    "size": ("track", b'{"x":"' + b"y" * SINGLE_MAX_BYTES + b'"}', "website", "request_too_large", '{"x":"yyy'),
    "spread": ("batch", json.dumps(SPREAD).encode(), None, "request_too_large", "context and integrations"),
    "key in the text": ("track", b'{"writeKey" : "website", }', None, "invalid_json", '{"writeKey"'),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_call_refused_whole_is_counted_once_under_its_source(bench, what):
    name, body, key, code, shown = REFUSED[what]
    assert 400 == (await bench.post(name, body, key=key))[0]
    ((source_id, counted, count, sample),) = await rows(bench)

    assert ("src_website", code, 1) == (source_id, counted, count)
    assert shown in sample
    assert (1, 0) == (bench.collector.counters.refused, bench.collector.counters.rejected)


async def test_a_packed_batch_that_spreads_too_far_is_still_its_sources(bench):
    body = gzip.compress(json.dumps(SPREAD).encode())
    await bench.post("batch", body, key=None, content_encoding="gzip")
    ((source_id, _, _, sample),) = await rows(bench)

    assert "src_website" == source_id
    assert sample.isprintable()


async def test_an_unknown_key_makes_no_row_of_its_own(bench):
    for number in range(5):
        await bench.post("track", b"{", key=f"mallory-{number}")

    assert [("", "invalid_json", 5)] == await bench.dropped()


async def test_a_wrong_path_and_a_call_that_comes_again_are_no_refused_calls(tmp_path):
    async with open_bench(tmp_path, limits={"pending_bytes": 1}) as bench:
        assert 404 == (await bench.call("POST", "/v1/dance")).status
        assert 405 == (await bench.call("PUT", "/v1/track")).status
        assert 503 == (await bench.post("track", GOOD))[0]

        assert ([], 0) == (await bench.dropped(), bench.collector.counters.refused)


# -- repetitions and limits ---------------------------------------------------------------------------------------


async def test_a_repetition_is_accepted_and_counted_as_one(bench):
    event = {**GOOD, "messageId": "m1"}
    assert OK == await bench.post("track", event)
    assert OK == await bench.post("batch", {"batch": [event, GOOD, event]})

    assert (4, 2) == (bench.collector.counters.accepted, bench.collector.counters.repeated)


async def test_who_is_limited_reads_whose_limit_it_is(tmp_path):
    async with open_bench(tmp_path, rate_limit=50) as bench:
        await bench.post("batch", {"batch": [GOOD] * 11}, key="slow")
        _, own = await bench.post("track", GOOD, key="slow")
        await bench.post("batch", {"batch": [GOOD] * 50})
        _, everybodys = await bench.post("track", GOOD, key="app")

    assert f"The source {a_source('slow').slug!r} takes 10 events a second" in own["message"]
    assert "This server takes 50 events a second" in everybodys["message"]
