"""The audit log's pages: who changed what, searched, paged, one entry with what is different; for admins only."""

import pytest
from console_floor import console_on

MARKUP = "<script>alert('1')</script>\""


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def test_a_change_is_listed_and_shown_with_what_is_different_markup_as_text(floor):
    await floor.api("POST", "/api/sources", json={"name": "Shop"})
    await floor.api("PATCH", "/api/sources/shop", json={"name": MARKUP})
    ada = await floor.operator()
    words = await ada.see(f"/console/audit?path=/api/sources&who=&since={'1h'}")
    entry = await ada.see("/console/audit/2")

    assert "PATCH /api/sources/shop" in words
    assert "/name" in entry
    assert "alert('1')" in entry
    assert "<script>alert" not in ada.html


async def test_what_was_refused_looks_otherwise_and_says_why(floor):
    await floor.api("POST", "/api/sources", json={"name": "Shop"})
    client = floor.visitor(authorization="Bearer token").client
    await client.post("/api/sources", json={"name": " "})
    ada = await floor.operator()
    words = await ada.see("/console/audit")

    assert ("state-done", "state-refused") == tuple(one for one in ("state-done", "state-refused") if one in ada.html)
    assert "one character and at most 128" in words


async def test_refuses_a_time_that_is_none_at_its_field(floor):
    ada = await floor.operator()
    await ada.see(f"/console/audit?since={MARKUP}")

    assert 400 == ada.status
    assert 'aria-describedby="since-problem"' in ada.html
    assert "<script>alert" not in ada.html


async def test_the_list_goes_on_page_by_page(floor):
    for number in range(51):
        await floor.api("POST", "/api/sources", json={"name": f"s{number}"})
    ada = await floor.operator()
    await ada.see("/console/audit?path=/api/sources")
    older = ada.html.partition('class="pages"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    await ada.see(older)

    assert 'href="/console/audit/1"' in ada.html
    assert 'href="/console/audit/2"' not in ada.html


async def test_an_entry_that_is_none_is_not_found(floor):
    ada = await floor.operator()
    await ada.see("/console/audit/none")

    assert 404 == ada.status


async def test_the_log_is_for_admins_alone(floor):
    eve = await floor.operator("operator")
    await eve.see("/console/audit")

    assert 403 == eve.status
    assert 'href="/console/audit"' not in eve.html
