"""Charts on the pages of sources and destinations, without a script: drawn bars, and the numbers in a table."""

import pytest
from console_counts import counted, settled
from console_floor import console_on

MARKUP = "<script>alert(1)</script>"


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def test_a_sources_page_draws_its_events_by_type_and_has_the_numbers(floor):
    source = await floor.api("POST", "/api/sources", json={"name": MARKUP})
    at = f"/console/sources/{source['slug']}"
    ada = await floor.operator()
    before = await ada.see(at)
    counted(floor, source["id"], ["track", "track", "page", MARKUP])
    words = await ada.see(at)

    assert "Nothing in this time" in before
    assert "Events by type" in words
    assert "track 2 page 1 other 1" in words
    assert 3 == ada.html.count('<path class="bars ')
    assert MARKUP not in ada.html


async def test_the_list_of_sources_says_how_much_each_sent_in_the_last_day(floor):
    source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
    await floor.api("POST", "/api/sources", json={"name": "Silent"})
    counted(floor, source["id"], ["track"] * 1_234)
    ada = await floor.operator("viewer")
    await ada.see("/console/sources")

    assert 1 == ada.html.count('<td class="number">1,234</td>')
    assert 1 == ada.html.count('<td class="number">0</td>')


@pytest.mark.parametrize(("period", "steps"), [("hour", 60), ("day", 24), ("month", 31)])
async def test_the_time_shown_is_chosen_in_the_address(floor, period, steps):
    source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
    counted(floor, source["id"], ["track"])
    ada = await floor.operator("viewer")
    await ada.see(f"/console/sources/shop?period={period}")

    assert steps == ada.html.count("<tr><td><time datetime=")
    assert f'?period={period}" aria-current="true"' in ada.html


async def test_a_destinations_page_draws_what_became_of_its_events_and_how_long_they_took(floor):
    await floor.api("POST", "/api/sources", json={"name": "Shop"})
    wish = {"kind": "webhook", "sources": ["shop"], "settings": {"url": "https://tool.example.com/"}, "name": MARKUP}
    made = await floor.api("POST", "/api/destinations", json=wish)
    ada = await floor.operator()
    nothing = await ada.see(f"/console/destinations/{made['id']}")
    await settled(floor, made["id"], "delivered", "delivered", "filtered", "retry_later")
    words = await ada.see(f"/console/destinations/{made['id']}")

    assert "Receipt to delivery ms" not in nothing
    assert "delivered 2 filtered 1 failed, tried again 1" in words
    assert "Receipt to delivery ms" in words
    assert "1,234" in words
    assert MARKUP not in ada.html
