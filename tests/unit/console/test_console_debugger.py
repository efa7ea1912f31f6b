"""The debugger: the newest events searched, page after page, and the stream of the same search."""

import asyncio
import json

import pytest
from console_floor import console_on


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        floor.source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
        yield floor


async def sent(floor, *names, user="ada"):
    key = floor.source["write_keys"][0]["key"]
    for name in names:
        body = json.dumps({"userId": user, "event": name, "messageId": name.lower()}).encode()
        assert 200 == await floor.call("/v1/track", key, body)


async def test_the_newest_are_listed_and_searched(floor):
    await sent(floor, "Opened", "Closed")
    await sent(floor, "Bought", user="grace")
    ada = await floor.operator()
    every = await ada.see("/console/debugger")
    some = await ada.see("/console/debugger?user=grace")
    none = await ada.see("/console/debugger?text=nowhere")

    assert every.index("Bought") < every.index("Closed") < every.index("Opened")
    assert "Bought" in some
    assert "Opened" not in some
    assert "Nothing yet that fits" in none
    assert 'value="nowhere"' in ada.html


async def test_older_ones_are_a_page_on_and_none_is_shown_twice(floor):
    await sent(floor, *(f"Event{number}" for number in range(60)))
    ada = await floor.operator()
    await ada.see("/console/debugger?source=shop")
    older = next(part for part in ada.html.split('"') if "before=" in part).replace("&amp;", "&")
    first = ada.words
    second = await ada.see(older)

    assert "Event59" in first
    assert "Event10 " in first
    assert "Event9 " in second
    assert "Event10 " not in second
    assert "debugger.js" not in ada.html  # what comes now belongs on the first page


async def test_the_stream_carries_what_is_searched_for_and_ends_with_the_reader(floor):
    ada = await floor.operator()
    before = floor.rooms.tail.followers
    answer = asyncio.create_task(first_event(ada, "/console/debugger/feed?name=wanted"))
    await until(lambda: floor.rooms.tail.followers > before)
    floor.rooms.log.on_append(lambda _newest: floor.rooms.tail.wake())
    await sent(floor, "Noise", "Wanted")
    event = await answer
    await until(lambda: floor.rooms.tail.followers == before)

    assert "Wanted" == event["name"]


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  it may be any condition
            await asyncio.sleep(0.003)


async def first_event(operator, path):
    """Read a stream up to its first event. A browser that leaves tells so by a disconnect."""
    app = operator.client._transport.app
    cookie = operator.client.cookies["headwater_console"]
    found, leaving = asyncio.get_running_loop().create_future(), asyncio.Event()
    bare, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": bare, "raw_path": bare.encode(), "root_path": "", "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1:4433"), (b"cookie", f"headwater_console={cookie}".encode())],
        "client": ("127.0.0.1", 1), "server": None,
    }  # fmt: skip
    is_first = True

    async def receive():
        nonlocal is_first
        if is_first:
            is_first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await leaving.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        for line in message.get("body", b"").splitlines():
            if line.startswith(b"data: ") and not found.done():
                found.set_result(json.loads(line[6:]))

    running = asyncio.create_task(app(scope, receive, send))
    event = await asyncio.wait_for(found, 20)
    leaving.set()
    await asyncio.wait_for(running, 20)
    return event


async def test_a_stream_is_no_page_for_whoever_is_not_signed_in(floor):
    answer = await floor.visitor(accept="text/event-stream").client.get("/console/debugger/feed")

    assert 401 == answer.status_code


async def test_a_search_that_makes_no_sense_is_told_in_words(floor):
    ada = await floor.operator()
    words = await ada.see("/console/debugger?source=nobodys")

    assert 404 == ada.status
    assert "nobodys" in words
