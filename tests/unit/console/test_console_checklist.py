"""The first-run checklist: one step after the other, each with what to do for it, and for whoever may."""

import socket
import subprocess

import httpx
import pytest
from console_floor import console_on

from headwater.console import snippets
from headwater.console.pages import checklist


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def test_it_goes_from_nothing_to_a_destination_step_by_step(floor):
    ada = await floor.operator()
    nothing = await ada.see("/console")
    made = await ada.send("/console/sources", name="Website", kind="http-api", then="/console")
    at = ada.at
    source = await floor.api("GET", "/api/sources/website")
    key = source["write_keys"][0]["key"]
    snippet = f"-u {key}: " in made
    await floor.call("/v1/track", key, b'{"userId":"ada","event":"Signed Up"}')
    sent = await ada.see("/console")
    wish = {"kind": "webhook", "sources": ["website"], "settings": {"url": "https://tool.example.com/"}}
    made_tool = await floor.api("POST", "/api/destinations", json=wish)
    connected = await ada.see("/console")
    await ada.see(f"/console/destinations/{made_tool['id']}")
    goes_on = 'href="/console/start"' in ada.html
    await ada.see("/console")

    assert "Make the source" in nothing
    assert "Run one of these" not in nothing
    assert "/console" == at
    assert "The source is there" in made
    assert snippet
    assert "Signed Up" in sent
    assert "Send to a webhook" in sent
    assert "answers a POST with 200" in sent
    assert snippets.tool().url in sent
    assert "send another one" in connected
    assert goes_on
    assert 'data-waits="delivery"' in ada.html


async def test_a_viewer_is_offered_no_button_that_would_be_refused(floor):
    viewer = await floor.operator("viewer")
    words = await viewer.see("/console")

    assert "Somebody with the role admin makes the first source" in words
    assert "<button>Make" not in viewer.html


def test_the_step_to_take_is_the_first_that_is_not_done():
    there = {"id": "x"}

    assert "source" == checklist.Steps(source=None, event=None, destination=None, delivery=None).current
    assert "event" == checklist.Steps(source=there, event=None, destination=there, delivery=None).current
    assert checklist.Steps(source=there, event=there, destination=there, delivery=there).current is None


def test_every_snippet_has_the_readers_own_address_and_key():
    for snippet in snippets.of(url="https://cdp.example.com", key="KEY1", slug="shop"):
        wanted = ["shop"] if snippet.name == "ory" else ["cdp.example.com", "KEY1"]

        assert [one for one in wanted if one not in snippet.code] == [], snippet.name
        assert "{{" not in snippet.code, snippet.name


def test_the_tool_to_try_it_with_takes_an_event_and_prints_it():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        tool = snippets.tool(free.getsockname()[1])
    playing = subprocess.Popen(["bash", "-c", f"exec {tool.code}"], stdout=subprocess.PIPE, text=True)
    try:
        transport = httpx.HTTPTransport(retries=10)
        with httpx.Client(transport=transport) as client:
            answer = client.post(tool.url, content='{"event":"Signed Up"}')
        printed = playing.stdout.readline()
    finally:
        playing.kill()
        playing.communicate()

    assert 200 == answer.status_code
    assert '{"event":"Signed Up"}\n' == printed
