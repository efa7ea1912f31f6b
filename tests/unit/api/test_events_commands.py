"""The commands that show events, as processes against a real server."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager

import pytest
from events_stage import DEADLINE_SECONDS, serving, until

COMMAND = (sys.executable, "-m", "headwater.cli")
NASTY = "Buy\x1b[2J\nnow"


@pytest.fixture
async def stage(tmp_path):
    async with serving(tmp_path) as running:
        yield running


async def ended(process):
    async with asyncio.timeout(DEADLINE_SECONDS):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def started(stage, *arguments):
    environ = {**os.environ, "HEADWATER_URL": stage.url, "HEADWATER_KEY": "viewer"}
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*COMMAND, *arguments, env=environ, stdout=pipe, stderr=pipe)


@asynccontextmanager
async def tailing(stage, *arguments):
    process = await started(stage, "tail", "events", *arguments)
    try:

        async def is_following():
            return stage.tail.followers == 1 or process.returncode is not None

        await until(is_following, what="the tail")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line(process):
    async with asyncio.timeout(DEADLINE_SECONDS):
        return (await process.stdout.readline()).decode().rstrip("\n")


async def test_tail_prints_each_event_as_it_comes_and_ctrl_c_is_no_failure(stage):
    web = await stage.source("Web")
    await stage.track(web, "before")
    async with tailing(stage, "--last", "1") as process:
        first = await line(process)
        await stage.track(web, "after")
        second = await line(process)
        process.send_signal(signal.SIGINT)

        assert ["2025-11-23T12:00:00.001Z", "web", "track", "before", "ada", "m1"] == first.split()
        assert ["2025-11-23T12:00:00.002Z", "web", "track", "after", "ada", "m2"] == second.split()
        assert (0, "", "") == await ended(process)


async def test_an_events_name_can_not_repaint_the_terminal(stage):
    web = await stage.source("Web")
    async with tailing(stage) as process:
        await stage.track(web, NASTY)
        shown = await line(process)

    assert "Buy\\x1b[2J now" in shown
    assert shown.endswith("m1")


async def test_json_is_one_object_a_line_whatever_stands_in_the_event(stage):
    web = await stage.source("Web")
    async with tailing(stage, "--source", "web", "--format", "json") as process:
        await stage.track(await stage.source("App"), "noise")
        await stage.track(web, NASTY, properties={"text": "a\u2028b\u0085c\x0bd"})
        event = json.loads(await line(process))

    assert ("m2", NASTY) == (event["message_id"], event["name"])
    assert "a\u2028b\u0085c\x0bd" == event["event"]["properties"]["text"]


async def test_tail_goes_on_where_a_full_stream_ended(tmp_path):
    async with serving(tmp_path, max_stream_bytes=2_000) as stage:
        for _ in range(12):
            await stage.track("web", "Seen", properties={"text": "t" * 500})
        async with tailing(stage, "--last", "12", "--quiet") as process:
            assert [f"m{number}" for number in range(1, 13)] == [await line(process) for _ in range(12)]


async def test_a_server_that_stops_ends_the_tail_with_a_word(stage):
    async with tailing(stage) as process:
        stage.tail.close()
        code, out, err = await ended(process)

    assert (1, "") == (code, out)
    assert "ended the tail" in err


async def test_without_a_running_server_tail_says_what_to_do(stage):
    stage.is_running = False
    code, out, err = await ended(await started(stage, "tail", "events"))

    assert (1, "") == (code, out)
    assert "headwater serve" in err


async def test_tail_of_an_unknown_source_says_so(stage):
    code, _out, err = await ended(await started(stage, "tail", "events", "--source", "nobody"))

    assert 1 == code
    assert "There is no source 'nobody'" in err


async def test_list_events_shows_the_newest_first(stage):
    web = await stage.source("Web")
    for name in ("one", "two", "three"):
        await stage.track(web, name)
    code, out, _err = await ended(await started(stage, "list", "events", "--source", "web", "--limit", "2"))

    assert 0 == code
    assert ["three", "two"] == [row.split()[3] for row in out.splitlines()[1:]]


async def test_get_schema_has_a_line_for_each_event_and_each_property(stage):
    web = await stage.source("Web")
    await stage.track(web, "Bought", properties={"total": 1.5, "address": {"city": "Paris"}})
    await stage.track(web, "Bought", properties={"total": 2})
    code, out, err = await ended(await started(stage, "get", "schema"))
    assert (0, 1) == (code, len(out.splitlines()))
    assert "newest 2 records are not counted yet" in err

    stage.schema_reader.start()

    async def is_counted():
        return await stage.schema_reader.cursor() == 2

    await until(is_counted)
    code, out, err = await ended(await started(stage, "get", "schema", "--source", "web"))
    as_json = await ended(await started(stage, "get", "schema", "--event", "Bought", "--format", "json"))

    assert (0, "") == (code, err)
    rows = [row.split("  ") for row in out.splitlines()]
    shown = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    first, second = "2025-11-23T12:00:00.001Z", "2025-11-23T12:00:00.002Z"
    assert [
        ["SOURCE", "TYPE", "EVENT", "PROPERTY", "TYPES", "COUNT", "LAST SEEN"],
        ["web", "track", "Bought", "2", second],
        ["web", "track", "Bought", "address", "object", "1", first],
        ["web", "track", "Bought", "address.city", "string", "1", first],
        ["web", "track", "Bought", "total", "integer 1 | number 1", "2", second],
    ] == shown
    assert 3 == len(json.loads(as_json[1])["events"][0]["properties"])
