"""Home: the picture once something was delivered, what needs attention on top, and the same in parts for its script."""

from datetime import timedelta

import pytest
from console_counts import counted, settled
from console_floor import console_on

from headwater.console.asking import Api
from headwater.console.pages import home
from headwater.console.visit import Operator, Visit
from headwater.core.event import Record
from headwater.web.access import Principal

MARKUP = "<script>alert(1)</script>\"'"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def made(floor, *, name="Shop", tool="Tool"):
    """Make a source with a destination; return both."""
    source = await floor.api("POST", "/api/sources", json={"name": name})
    wish = {"kind": "webhook", "sources": [source["slug"]], "settings": {"url": "https://tool.example/"}, "name": tool}
    return source, await floor.api("POST", "/api/destinations", json=wish)


async def test_home_is_the_checklist_until_something_was_delivered(floor):
    source, tool = await made(floor)
    ada = await floor.operator()
    newcomers = await ada.see("/console")
    asked_for = await ada.see("/console?view=picture")
    counted(floor, source["id"], ["track"] * 60)
    await settled(floor, tool["id"], "delivered")
    later = await ada.see("/console")
    start = await ada.see("/console/start")

    assert "See it delivered" in newcomers
    assert "What needs attention" not in newcomers
    assert "Nothing was delivered yet" in asked_for
    assert "What needs attention" in later
    assert "Shop 12 a minute" in later
    assert "Tool 0.2 a minute" in later
    assert "See it delivered" in start


async def test_who_keeps_events_for_the_lake_alone_is_no_newcomer_for_ever(floor):
    source, _ = await made(floor)
    ada = await floor.operator()
    records = [
        Record(source=source["id"], message_id=f"m{n}", type="track", body=b"{}", received_at_ms=0, user_id="ada")
        for n in range(home.AT_HOME_EVENTS)
    ]
    await floor.rooms.log.append(records[1:])
    before = await ada.see("/console")
    await floor.rooms.log.append(records[:1])
    words = await ada.see("/console")

    assert "What needs attention" not in before
    assert "What needs attention" in words
    assert "Nothing was delivered yet. The checklist goes there" in words


async def test_what_is_not_well_is_on_top_with_the_page_that_mends_it(floor):
    source, tool = await made(floor)
    await settled(floor, tool["id"], "delivered")
    for source_id in (source["id"], ""):
        floor.rooms.tally.count(source_id=source_id, code="no_user_anon_id", sample="{}", times=3)
    await floor.rooms.tally.flush()
    ada = await floor.operator()
    words = await ada.see("/console")

    assert "Rejected in the last hour: 3 of shop." in words
    assert 'href="/console/sources/shop#rejected"' in ada.html
    assert "Nothing to do" not in words
    assert "no_user_anon_id" in await ada.see("/console/sources")
    assert 'id="rejected"' in ada.html


async def test_a_viewer_sees_the_same_but_the_keys(floor):
    _, tool = await made(floor)
    await settled(floor, tool["id"], "delivered")
    await floor.key("viewer", expires_at=floor.rooms.clock.now() + timedelta(days=1))
    admin, viewer = await floor.operator(), await floor.operator("viewer")

    assert "The key viewer's expires on" in await admin.see("/console")
    assert "expires" not in await viewer.see("/console")
    assert "The flow, in the last five minutes" in viewer.words


async def test_the_parts_are_what_the_page_has_without_its_frame(floor):
    _, tool = await made(floor)
    await settled(floor, tool["id"], "delivered")
    ada = await floor.operator()
    await ada.see("/console?period=hour")
    whole = ada.html
    await ada.see("/console/picture?period=hour")

    assert 'data-home="/console/picture?period=hour"' in whole
    assert ada.html.strip() in whole
    assert '<nav aria-label="Console">' not in ada.html


async def test_markup_in_names_is_text(floor):
    source, tool = await made(floor, name=MARKUP, tool=MARKUP)
    counted(floor, source["id"], ["track"])
    await settled(floor, tool["id"], "delivered")
    ada = await floor.operator()
    await ada.see("/console")

    assert MARKUP not in ada.html
    assert "<script>" not in ada.html
    assert 2 <= ada.html.count(ESCAPED)


async def test_of_many_destinations_and_sources_some_are_drawn_and_the_others_linked(floor):
    for number in range(10):
        _, tool = await made(floor, name=f"Shop {number}", tool=f"Tool {number}")
    await settled(floor, tool["id"], "delivered")
    ada = await floor.operator()
    words = await ada.see("/console")

    assert 2 == words.count("and 2 more")
    assert 17 <= ada.html.count('class="node ') <= 19


async def test_a_question_that_breaks_is_told_as_grave_and_takes_nothing_else_from_the_page(floor):
    source, tool = await made(floor)
    counted(floor, source["id"], ["track"])
    await settled(floor, tool["id"], "delivered")
    ada = await floor.operator()
    floor.rooms.folder.live_database.write_bytes(b"this is no database at all" * 100)
    words = await ada.see("/console")

    assert ada.status == 200
    assert "It is not known what came in of late:" in words
    assert "Tool 0.2 a minute" in words
    assert "Deliveries" in words
    assert "Shop 0 a minute" not in words
    assert "Nothing to do" not in words


async def test_where_it_is_not_known_how_the_server_is_the_page_says_so_and_draws_nothing(floor):
    _, tool = await made(floor)
    await settled(floor, tool["id"], "delivered")
    ada = await floor.operator()
    floor.rooms.folder.deliver_database.write_bytes(b"this is no database at all" * 100)
    words = await ada.see("/console")

    assert ada.status == 200
    assert "It is not known how the server is:" in words
    assert "see above" in words


async def test_a_newcomers_home_asks_for_what_decides_and_then_for_what_the_checklist_shows(floor):
    await made(floor)
    asked = []

    async def heard(scope, receive, send):
        asked.append(scope["path"])
        await floor.rooms.door(scope, receive, send)

    principal = Principal(key_id="ada", role="admin")
    api = Api(lambda: heard, host="127.0.0.1", principal=principal)
    visit = Visit(operator=Operator(principal=principal, name="Ada", csrf=""), api=api, home="http://127.0.0.1")

    assert "checklist.html" == (await home.show(visit)).template
    assert "/api/status" == asked[0]
    assert not {"/api/lake", "/api/event-volume", "/api/delivery-volume", "/api/keys"} & set(asked)
