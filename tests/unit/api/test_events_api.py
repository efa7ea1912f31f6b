"""/api/events, its tail and /api/schema over HTTP: to those who may see them, whole, and never for ever."""

import asyncio
import json

import httpx
import pytest
from events_stage import DEADLINE_SECONDS, PROJECT, Stream, client_of, serving, until

from headwater.core.event import ACTIONS_SOURCE, IDENTITY_SOURCE, Record
from headwater.web import access

ROUTES = ("/api/events", "/api/events/tail", "/api/schema")


@pytest.fixture
async def stage(tmp_path):
    async with serving(tmp_path) as running:
        yield running


async def test_a_tail_carries_each_event_whole_with_its_slug_and_name(stage):
    web = await stage.source("Web")
    async with client_of(stage) as client, client.stream("GET", "/api/events/tail") as answer:
        stream = Stream(answer)
        assert "text/event-stream" in answer.headers["content-type"]
        assert {"": "still here"} == await stream.message()
        sent = await stage.track(web, "Order Completed", properties={"total": 1.5, "text": "a\u2028b"})

        message = await stream.message()
        document = json.loads(message["data"])
        assert "1" == message["id"]
        assert json.loads(sent.body) == document.pop("event")
        assert {
            "offset": 1,
            "message_id": "m1",
            "source": "web",
            "type": "track",
            "name": "Order Completed",
            "user_id": "ada",
            "anonymous_id": None,
            "received_at": "2025-11-23T12:00:00.001Z",
            "via": None,
        } == document


async def test_a_tail_begins_with_the_last_ones_and_repeats_none(stage):
    web, app = await stage.source("Web"), await stage.source("App")
    for name in ("one", "two", "three"):
        await stage.track(web, name)
        await stage.track(app, "noise")
    async with client_of(stage) as client, client.stream("GET", "/api/events/tail?source=web&last=2") as answer:
        stream = Stream(answer)
        await stage.track(app, "noise")
        await stage.track(web, "four")

        assert ["two", "three", "four"] == [(await stream.event())["name"] for _ in range(3)]


async def test_list_and_tail_show_what_is_searched_for(stage):
    web = await stage.source("Web")
    await stage.track(web, "Order Completed", properties={"city": "Berlin"})
    await stage.track(web, "Order Completed", properties={"city": "Paris"})
    async with client_of(stage) as client:
        found = (await client.get("/api/events", params={"name": "order", "text": "berlin", "user": "ada"})).json()
        none = (await client.get("/api/events", params={"user": "grace"})).json()
        async with client.stream("GET", "/api/events/tail?last=10&text=paris") as answer:
            stream = Stream(answer)
            await stage.track(web, "Noise")
            await stage.track(web, "Late", properties={"city": "PARIS"})
            tailed = [(await stream.event())["name"] for _ in range(2)]

    assert ["Berlin"] == [one["event"]["properties"]["city"] for one in found["events"]]
    assert [] == none["events"]
    assert ["Order Completed", "Late"] == tailed


async def test_a_source_made_while_the_tail_runs_has_its_slug(stage):
    async with client_of(stage) as client, client.stream("GET", "/api/events/tail") as answer:
        stream = Stream(answer)
        await stream.message()
        await stage.track(await stage.source("Late"), "Seen")
        await stage.track("src_gone", "Seen")

        assert ["late", "src_gone"] == [(await stream.event())["source"] for _ in range(2)]


async def test_a_tail_shows_no_queued_action(stage):
    web = await stage.source("Web")
    async with client_of(stage) as client, client.stream("GET", "/api/events/tail") as answer:
        stream = Stream(answer)
        await stream.message()
        await stage.track(ACTIONS_SOURCE, None, type="action")
        await stage.track(web, "Seen")

        assert "Seen" == (await stream.event())["name"]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"event": "x",\n\n"n":\r\n 1}', {"event": "x", "n": 1}),
        (b"data: not JSON\n\nevent: x", "data: not JSON\n\nevent: x"),
    ],
)
async def test_a_line_end_in_a_body_forges_no_message(stage, body, shown):
    async with client_of(stage) as client, client.stream("GET", "/api/events/tail") as answer:
        stream = Stream(answer)
        await stream.message()
        await stage.append(Record(source="s", message_id="m", type="track", body=body, received_at_ms=1))

        assert shown == (await stream.event())["event"]


async def test_a_client_that_leaves_frees_its_place_and_one_too_many_is_told(stage):
    async with client_of(stage) as client:
        async with client.stream("GET", "/api/events/tail"), client.stream("GET", "/api/events/tail"):
            refused = await client.get("/api/events/tail")
            assert (429, "too_many_tails") == (refused.status_code, refused.json()["error"]["id"])

        async def is_free():
            return stage.tail.followers == 0

        await until(is_free, what="the places of those who left")
        async with client.stream("GET", "/api/events/tail") as answer:
            assert 200 == answer.status_code


async def test_a_client_that_reads_nothing_can_not_make_the_server_keep_more_than_a_streamful(tmp_path):
    async with serving(tmp_path, max_stream_bytes=50_000) as stage, client_of(stage) as client:
        async with client.stream("GET", "/api/events/tail") as answer:
            stream = Stream(answer)  # nothing of it is read for now
            for _ in range(20):
                await stage.track("web", "Seen", properties={"text": "t" * 10_000})

            async def has_ended():
                return stage.tail.followers == 0

            await until(has_ended, what="the end of the stream")
            assert ["m1", "m2", "m3", "m4", "m5"] == [(await stream.event())["message_id"] for _ in range(5)]
            assert {"event": "more", "data": '{"after":5}'} == await stream.message()
        for path, headers in (("?after=5&last=9", {}), ("", {"last-event-id": "5"})):
            async with client.stream("GET", f"/api/events/tail{path}", headers=headers) as answer:
                assert "m6" == (await Stream(answer).event())["message_id"]


async def test_the_last_ones_fill_no_more_than_a_stream(tmp_path):
    async with serving(tmp_path, max_stream_bytes=50_000) as stage, client_of(stage) as client:
        for _ in range(20):
            await stage.track("web", "Seen", properties={"text": "t" * 10_000})
        answer = await client.get("/api/events/tail?last=20")

    assert answer.text.endswith('event: more\ndata: {"after":5}\n\n')


async def test_a_server_that_stops_ends_the_tail(stage):
    async with client_of(stage) as client, client.stream("GET", "/api/events/tail") as answer:
        pieces = answer.aiter_bytes()
        await anext(pieces)
        stage.tail.close()
        stage.stop_streams()
        async with asyncio.timeout(DEADLINE_SECONDS):
            try:
                assert b"" == b"".join([piece async for piece in pieces])
            except httpx.RemoteProtocolError:
                return  # cut in the middle of the chunks: ended all the same


async def test_a_tail_ends_soon_after_its_key_was_revoked(stage):
    website = await stage.source("website")
    async with client_of(stage) as client, client.stream("GET", "/api/events/tail") as answer:
        stream = Stream(answer)
        await stage.track(website, "before")
        assert "before" == (await stream.event())["name"]
        stage.revoked.add("viewer")
        stage.clock.advance(access.SECONDS_PER_LOOK)
        await stage.track(website, "after")

        with pytest.raises(StopAsyncIteration):
            await stream.event()


async def test_lists_the_newest_first_of_one_source_and_type(stage):
    web, app = await stage.source("Web"), await stage.source("App")
    await stage.track(web, "one")
    await stage.track(app, "noise")
    await stage.track(web, "Home", type="page", name="Home")
    await stage.track(web, "two")
    await stage.track(ACTIONS_SOURCE, None, type="action")
    await stage.track(IDENTITY_SOURCE, None, type="identify", traits={"plan": "pro"})
    async with client_of(stage) as client:
        every = (await client.get("/api/events")).json()
        tracks = (await client.get("/api/events?source=web&type=track&limit=1")).json()
        people = (await client.get("/api/events?source=identity")).json()

    assert [None, "two", "Home", "noise", "one"] == [one["name"] for one in every["events"]]
    assert not every["is_cut"]
    assert ["two"] == [one["name"] for one in tracks["events"]]
    assert [{"plan": "pro"}] == [one["event"]["traits"] for one in people["events"]]


async def test_looks_at_so_many_at_most_and_says_so(stage):
    web = await stage.source("Web")
    for name in ("rare", "common", "common"):
        await stage.track(web, name)
    async with client_of(stage) as client:
        near = (await client.get("/api/events?name=rare&scan=2")).json()
        far = (await client.get("/api/events?name=rare&scan=3")).json()

    assert ([], True, 2) == (near["events"], near["is_cut"], near["scanned"])
    assert ["rare"] == [one["name"] for one in far["events"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/events?source=nobody", 404),
        ("/api/events/tail?source=nobody", 404),
        ("/api/schema?source=nobody", 404),
        ("/api/events?limit=0", 400),
        ("/api/events?limit=-1", 400),
        ("/api/events?limit=many", 400),
        ("/api/events/tail?last=-1", 400),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_in_words(stage, path, status):
    async with client_of(stage) as client:
        answer = await client.get(path)

    assert status == answer.status_code
    assert answer.json()["error"]["reason"]
    assert 0 == stage.tail.followers


@pytest.mark.parametrize("path", ROUTES)
async def test_neither_mallory_without_a_key_nor_a_projects_key_sees_any_event(stage, path):
    await stage.track(await stage.source("Web"), "secret plan")
    for headers, status in (({}, 401), ({"authorization": "Bearer mallory"}, 401), (PROJECT, 403)):
        async with client_of(stage, headers) as client:
            answer = await client.get(path)

        assert status == answer.status_code
        assert b"secret plan" not in answer.content


async def test_the_schema_names_events_properties_types_and_as_of_when(stage):
    web = await stage.source("Web")
    await stage.track(web, "Order Completed", properties={"total": 1.5})
    await stage.track(web, "Order Completed", properties={"total": 2})
    await stage.track(await stage.source("App"), "Other")
    async with client_of(stage) as client:
        before = (await client.get("/api/schema?source=web")).json()
        stage.schema_reader.start()

        async def is_counted():
            return await stage.schema_reader.cursor() == 3

        await until(is_counted)
        after = (await client.get("/api/schema?source=web")).json()
        named = (await client.get("/api/schema?event=Other")).json()

    assert {"offset": 0, "at": None, "behind": 3, "not_seen": 0} == before["as_of"]
    assert [] == before["events"]
    assert {"offset": 3, "at": "2025-11-23T12:00:00.003Z", "behind": 0, "not_seen": 0} == after["as_of"]
    first, second = "2025-11-23T12:00:00.001Z", "2025-11-23T12:00:00.002Z"
    total = {"name": "total", "types": {"integer": 1, "number": 1}, "count": 2, "last_seen": second}
    assert [
        {
            "source": "web",
            "type": "track",
            "event": "Order Completed",
            "count": 2,
            "first_seen": first,
            "last_seen": second,
            "properties": [total],
        }
    ] == after["events"]
    assert ("web", 0) == (after["source"], after["properties_left_out"])
    assert [("app", "Other")] == [(one["source"], one["event"]) for one in named["events"]]
    assert named["source"] is None
