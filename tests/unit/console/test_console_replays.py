"""Replays as pages: counted, begun, paused, cancelled; what is wrong is said at its field. Nobody delivers."""

import pytest
from console_floor import console_on

MARKUP = "<script>alert('1')</script>\"'"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
        wish = {"kind": "webhook", "sources": ["shop"], "settings": {"url": "https://t.example/"}, "name": "Tool"}
        floor.id = (await floor.api("POST", "/api/destinations", json=wish))["id"]
        floor.at = f"/console/destinations/{floor.id}/replays"
        await floor.event(source["id"], "m1", b'{"type":"track","event":"Opened"}')
        yield floor


async def every(floor):
    return (await floor.api("GET", f"/api/replays?destination={floor.id}"))["replays"]


async def test_one_is_begun_with_what_was_typed_paused_resumed_and_cancelled(floor):
    ada = await floor.operator()
    await ada.see(floor.at)
    form = {"since": "beginning", "source": "shop", "filter": "event = 'Opened'", "users": "ada\nbob\n"}
    begun = await ada.send(floor.at, do="start", requests_per_second="2.5", **form)
    [made] = await every(floor)
    states = []
    for verb in ("pause", "resume", "cancel"):
        await ada.send(f"{floor.at}/{made['id']}/{verb}")
        states.append((await every(floor))[0]["state"])

    assert "The replay has begun." in begun
    assert ("event = 'Opened'", ["ada", "bob"], ["shop"], 2.5) == (
        made["filter"],
        made["users"],
        made["sources"],
        made["requests_per_second"],
    )
    assert ["paused", "running", "cancelled"] == states
    assert "Nothing more of it is sent." in ada.words
    assert f"{made['id']}/cancel" not in ada.html


async def test_what_is_refused_is_said_at_its_field_and_what_was_typed_is_kept(floor):
    ada = await floor.operator()
    await ada.see(floor.at)
    cases = {
        "since": {"since": "yesterday"},
        "until": {"until": "tomorrow"},
        "filter": {"filter": "type = "},
        "requests_per_second": {"requests_per_second": "0"},
    }
    for field, wrong in cases.items():
        await ada.send(floor.at, do="start", **{"since": "2h", **wrong})

        assert 400 == ada.status, field
        assert f'id="wrong-{field}"' in ada.html, field
        assert f'value="{wrong[field]}"' in ada.html, field
    assert [] == await every(floor)


async def test_it_is_counted_first_and_the_form_stays_as_it_was(floor):
    ada = await floor.operator()
    await ada.see(floor.at)
    words = await ada.send(floor.at, do="count", since="beginning", filter="event = 'Opened'")
    none = await ada.send(floor.at, do="count", since="beginning", filter="event = 'Closed'")

    assert "1 event would be sent." in words
    assert "0 events would be sent." in none
    assert 'value="beginning"' in ada.html
    assert [] == await every(floor)


async def test_how_far_it_is_can_be_seen(floor):
    ada = await floor.operator()
    await ada.see(floor.at)
    nothing = ada.words
    await ada.send(floor.at, do="start", since="1h")

    assert "There was no replay yet." in nothing
    assert "running" in ada.words
    assert 'id="replays" data-going' in ada.html
    assert "progress-" in ada.html


async def test_a_viewer_sees_them_and_begins_none(floor):
    viewer = await floor.operator("viewer")
    words = await viewer.see(floor.at)
    await viewer.send(floor.at, do="start", since="1h")

    assert "Start" not in words
    assert 403 == viewer.status
    assert [] == await every(floor)


async def test_markup_in_what_was_typed_is_text(floor):
    ada = await floor.operator()
    await ada.see(floor.at)
    await ada.send(floor.at, do="start", since=MARKUP, filter=MARKUP, users=MARKUP)
    refused = ada.html
    filtered = "event = \"<script>alert('1')</script>\""
    await ada.send(floor.at, do="start", since="1h", filter=filtered, users=MARKUP)

    for page in (refused, ada.html):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
