"""The trace of an event, as a page: each station, the decision as it stands now, and what was said."""

import pytest
from console_floor import console_on

URL = "https://tool.example.com/"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        floor.source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
        yield floor


async def test_an_event_is_shown_with_its_text_and_each_destinations_decision_and_mapped_request(floor):
    wish = {"kind": "webhook", "sources": ["shop"], "settings": {"url": URL}, "name": "Tool <b>"}
    await floor.api("POST", "/api/destinations", json=wish)
    closed = {**wish, "name": "Picky", "filters": [{"fql": 'event = "Bought"', "action": "keep"}]}
    await floor.api("POST", "/api/destinations", json=closed)
    key = floor.source["write_keys"][0]["key"]
    await floor.call(
        "/v1/track", key, b'{"userId":"ada","event":"Opened","messageId":"a/b <i>","properties":{"x":"<s>"}}'
    )
    ada = await floor.operator()
    words = await ada.see("/console/trace?message_id=a/b%20%3Ci%3E")

    for part in ("Validated and stored", "Tool <b>", "pending", "consent", "Opened", URL, "Picky", "stopped"):
        assert part in words, part
    for markup in ("<b>", "<i>", "<s>"):
        assert markup not in ada.html


async def test_an_event_without_any_destination_says_what_to_do(floor):
    await floor.event(floor.source["id"], "m1", b'{"type":"track","event":"Opened"}')
    ada = await floor.operator()
    words = await ada.see("/console/trace?message_id=m1&source=shop")

    assert "No destination is connected to this source." in words
    assert "/console/destinations/new?source=shop" in ada.html


async def test_an_event_whose_text_can_not_be_read_is_shown_as_it_is(floor):
    await floor.api(
        "POST", "/api/destinations", json={"kind": "webhook", "sources": ["shop"], "settings": {"url": URL}}
    )
    await floor.event(floor.source["id"], "m1", b"no JSON <u>")
    ada = await floor.operator()

    assert "no JSON <u>" in await ada.see("/console/trace?message_id=m1")
    assert "<u>" not in ada.html


async def test_an_id_that_nobody_knows_is_told_with_what_to_look_at(floor):
    ada = await floor.operator()
    words = await ada.see("/console/trace?message_id=m9")

    assert 404 == ada.status
    assert "list rejected-events" in words
    assert 'value="m9"' in ada.html


async def test_without_an_id_it_asks_for_one(floor):
    ada = await floor.operator()

    assert "can be found by its messageId" in await ada.see("/console/trace")
