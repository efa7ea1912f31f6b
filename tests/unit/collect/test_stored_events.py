"""What an event looks like in the log: completed by what only the server knows, and otherwise as it was sent."""

import pytest
from collecting import OK, open_bench

TRACK = {"type": "track", "event": "e", "userId": "ada"}
NOW = "2026-11-23T12:00:00.123Z"


async def only(bench):
    (event,) = await bench.stored()
    return event


ADDRESSES = [
    ("site", {}, "203.0.113.9", "203.0.113.9"),
    ("phone", {}, "203.0.113.9", "203.0.113.9"),
    ("website", {}, "203.0.113.9", None),  # a server's address is nobody's
    ("website", {"direct": True}, "203.0.113.9", "203.0.113.9"),
    ("website", {"direct": "true"}, "203.0.113.9", None),
    ("site", {"ip": "0.0.0.0"}, "203.0.113.9", "0.0.0.0"),
    ("site", {"ip": None}, "203.0.113.9", None),
    ("site", {}, "2001:db8::1", None),
    ("site", {}, "::ffff:203.0.113.9", "203.0.113.9"),
    ("site", {}, "unix", None),
    ("site", {}, "", None),
]


@pytest.mark.parametrize(("key", "context", "ip", "expected"), ADDRESSES)
async def test_a_persons_address_is_added_and_nothing_overwritten(bench, key, context, ip, expected):
    await bench.post("track", {**TRACK, "context": context}, key=key, ip=ip)

    assert expected == (await only(bench))["context"].get("ip")


async def test_an_address_in_the_batchs_context_is_an_address_given(bench):
    await bench.post("batch", {"batch": [TRACK], "context": {"ip": "0.0.0.0"}}, key="site", ip="203.0.113.9")

    assert "0.0.0.0" == (await only(bench))["context"]["ip"]


@pytest.mark.parametrize(
    ("key", "context", "expected"),
    [("site", {}, "Browser/1"), ("site", {"userAgent": "Own/2"}, "Own/2"), ("website", {"direct": True}, None)],
)
async def test_the_browser_is_named_for_client_side_sources(bench, key, context, expected):
    await bench.post("track", {**TRACK, "context": context}, key=key, user_agent="Browser/1")

    assert expected == (await only(bench))["context"].get("userAgent")


async def test_an_item_wins_over_its_batch_key_by_key_and_whole(bench):
    shared = {"context": {"device": {"id": "d1", "name": "n"}, "locale": "en"}, "integrations": {"A": {"x": 1}}}
    item = {**TRACK, "context": {"device": {"id": "d2"}}, "integrations": {"A": {"y": 2}, "B": False}}
    await bench.post("batch", {"batch": [item], **shared})
    event = await only(bench)

    assert {"device": {"id": "d2"}, "locale": "en"} == event["context"]
    assert {"A": {"y": 2}, "B": False} == event["integrations"]


async def test_one_items_context_never_leaks_into_the_next(bench):
    batch = [{**TRACK, "context": {"a": 1}}, {**TRACK, "context": {"direct": True}}, TRACK]
    await bench.post("batch", {"batch": batch, "context": {"all": 1}}, ip="203.0.113.9")

    assert [{"all": 1, "a": 1}, {"all": 1, "direct": True, "ip": "203.0.113.9"}, {"all": 1}] == [
        event["context"] for event in await bench.stored()
    ]


@pytest.mark.parametrize("shared", ["x", 5, [], None])
async def test_a_batchs_context_that_is_no_object_sinks_nothing(bench, shared):
    assert OK == await bench.post("batch", {"batch": [TRACK], "context": shared, "integrations": shared})
    assert {} == (await only(bench))["context"]


async def test_what_the_server_does_not_own_stays_as_it_was_sent(bench):
    sent = {"channel": "mobile", "projectId": "p", "_metadata": {"retryCount": 1}, "x": [1, {"y": None}]}
    await bench.post("track", {**TRACK, **sent, "version": "1", "receivedAt": "yesterday"})
    event = await only(bench)

    assert sent == {name: event[name] for name in sent}
    assert (2, NOW) == (event["version"], event["receivedAt"])


@pytest.mark.parametrize("given", [None, ""])
async def test_an_event_without_an_id_gets_one(bench, given):
    await bench.post("batch", {"batch": [{**TRACK, "messageId": given}, TRACK]})

    assert ["id-0", "id-1"] == [event["messageId"] for event in await bench.stored()]


@pytest.mark.parametrize("trigger", ["t" * 65, ""])
async def test_a_trigger_id_that_can_be_none_is_ignored(bench, trigger):
    await bench.post("track", TRACK, ory_webhook_trigger_id=trigger)

    assert "id-0" == (await only(bench))["messageId"]


async def test_an_actions_batch_that_comes_again_is_stored_once_item_by_item(bench):
    """One item has an id of its own and one is good for nothing: neither shifts the others' ids."""
    own = {**TRACK, "messageId": "own"}
    batch = {"batch": [TRACK, {**TRACK, "event": "f"}, {**TRACK, "event": "g"}, own, 5, TRACK]}
    first = await bench.post("batch", batch, ory_webhook_trigger_id="trigger")
    ids = [record.message_id for record in await bench.records()]
    again = await bench.post("batch", batch, ory_webhook_trigger_id="trigger")

    assert [OK, OK] == [first, again]
    assert ["trigger", "trigger:1", "trigger:2", "own", "trigger:5"] == ids
    assert ids == [event["messageId"] for event in await bench.stored()]
    assert ["e", "f", "g", "e", "e"] == [event["event"] for event in await bench.stored()]


async def test_another_trigger_is_another_batch(bench):
    for trigger in ("one", "two"):
        await bench.post("batch", {"batch": [TRACK, TRACK]}, ory_webhook_trigger_id=trigger)

    assert ["one", "one:1", "two", "two:1"] == [record.message_id for record in await bench.records()]


MOMENTS = [
    ("2026-11-23T09:00:00Z", "2026-11-23T09:00:00.000Z"),
    ("2026-11-23T09:00:00.1Z", "2026-11-23T09:00:00.100Z"),
    ("2026-11-23T09:00:00.12Z", "2026-11-23T09:00:00.120Z"),
    ("2026-11-23T09:00:00.123Z", "2026-11-23T09:00:00.123Z"),
    ("2026-11-23T09:00:00.1234Z", "2026-11-23T09:00:00.123Z"),
    ("2026-11-23T09:00:00.123456789Z", "2026-11-23T09:00:00.123Z"),
    ("2026-11-23T09:00:00.123456+05:30", "2026-11-23T03:30:00.123Z"),
    ("2026-11-23T09:00:00-0800", "2026-11-23T17:00:00.000Z"),
    ("2026-11-23T09:00:00", "2026-11-23T09:00:00.000Z"),
    ("2026-11-23 09:00:00.123Z", "2026-11-23T09:00:00.123Z"),
    ("20261123T090000.123456Z", "2026-11-23T09:00:00.123Z"),
    ("2026-11-23T09:00:00,123Z", "2026-11-23T09:00:00.123Z"),
    ("2026-11-23", "2026-11-23T00:00:00.000Z"),
    ("2026-11-23t09:00:00.123z", "2026-11-23T09:00:00.123Z"),
    (" 2026-11-23T09:00:00.1234Z\n", "2026-11-23T09:00:00.123Z"),
    ("  ", NOW),
    ("", NOW),
    (True, NOW),
    ([], NOW),
]


@pytest.mark.parametrize(("moment", "expected"), MOMENTS)
async def test_a_moment_is_stored_in_one_form_and_what_is_none_is_now(bench, moment, expected):
    await bench.post("track", {**TRACK, "timestamp": moment})
    event = await only(bench)

    assert (expected, expected) == (event["originalTimestamp"], event["timestamp"])  # no sentAt: no correction


UNREADABLE = [
    *(0, 1_700_000_000, 1_700_000_000_000.5, "1700000000", " 20261123 ", "yesterday"),
    *("2026-13-23T09:00:00.123Z", "9999-12-31T23:59:59-14:00"),
]


@pytest.mark.parametrize("moment", UNREADABLE)
async def test_a_time_that_can_not_be_read_does_not_vanish_without_a_word(bench, moment):
    await bench.post("track", {**TRACK, "timestamp": moment, "sentAt": "2026-11-23T09:00:00Z"})
    event = await only(bench)

    assert (moment, NOW) == (event["originalTimestamp"], event["timestamp"])


async def test_the_batchs_sent_at_is_everybodys_and_an_items_own_the_last_resort(bench):
    times = {"timestamp": "2026-11-23T09:00:00.000Z", "sentAt": "2026-11-23T09:00:01.000Z"}
    await bench.post("batch", {"batch": [{**TRACK, **times}], "sentAt": "2026-11-23T09:00:10.000Z"})
    await bench.post("batch", {"batch": [{**TRACK, **times}]})

    assert ["2026-11-23T11:59:50.123Z", "2026-11-23T11:59:59.123Z"] == [
        event["timestamp"] for event in await bench.stored()
    ]


async def test_what_was_done_is_counted_for_the_operator(tmp_path):
    async with open_bench(tmp_path, rate_limit=6) as bench:
        await bench.post("batch", {"batch": [TRACK, TRACK, 5]})
        await bench.post("track", TRACK, key="nobody")
        await bench.post("track", TRACK, x_retry_count="1")
        await bench.post("batch", {"batch": [TRACK] * 2}, x_retry_count="2")
        await bench.post("track", TRACK)
        counters = bench.collector.counters

        assert (5, 2, 1, 0, 2) == (
            counters.accepted,
            counters.rejected,
            counters.rate_limited,
            counters.unavailable,
            counters.retried,
        )


async def test_a_log_that_is_full_is_counted_and_its_drops_are_not(tmp_path):
    async with open_bench(tmp_path, limits={"pending_bytes": 1}) as bench:
        assert 503 == (await bench.post("batch", {"batch": [TRACK, 5]}))[0]
        assert (0, 0, 1) == (
            bench.collector.counters.accepted,
            bench.collector.counters.rejected,
            bench.collector.counters.unavailable,
        )
        assert [] == await bench.dropped()
