"""Events far behind the newest: a person's page says that there may be some, and the debugger finds them."""

import re

import pytest
from console_floor import console_on

from headwater.core.event import Record

OTHERS = 10_500
OLDER = re.compile(r'href="([^"]*before=[^"]*)"')


@pytest.fixture
async def floor(tmp_path):
    async with console_on(tmp_path) as floor:
        yield floor


async def flood(floor, source, count):
    others = [
        Record(source=source, message_id=f"o{number}", type="track", body=b"{}", received_at_ms=0, user_id="bob")
        for number in range(count)
    ]
    for first in range(0, count, 1_000):
        await floor.rooms.log.append(others[first : first + 1_000])


def link_of(ada):
    return OLDER.search(ada.html)[1].replace("&amp;", "&")


async def test_a_persons_old_events_are_a_click_away_behind_ten_thousand_of_others(floor):
    source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
    person = await floor.api(
        "POST", "/admin/identities", json={"schema_id": "preset://email", "traits": {"email": "eve@example.org"}}
    )
    record = Record(
        source=source["id"],
        message_id="old",
        type="track",
        body=b'{"event":"Long Ago"}',
        received_at_ms=0,
        user_id=person["id"],
    )
    await floor.rooms.log.append([record])
    await flood(floor, source["id"], OTHERS)
    ada = await floor.operator()
    page = await ada.see(f"/console/identities/{person['id']}")
    far = await ada.see(link_of(ada))

    assert ("the newest 10,000 events of everybody" in page, "Long Ago" in page) == (True, False)
    assert "Long Ago" in far
    assert not OLDER.search(ada.html)


async def test_a_search_that_finds_too_little_goes_on_further_back(floor):
    source = await floor.api("POST", "/api/sources", json={"name": "Shop"})
    await floor.event(source["id"], "old", b'{"event":"Long Ago"}')
    await flood(floor, source["id"], OTHERS)
    ada = await floor.operator()
    near = await ada.see("/console/debugger?text=long+ago")
    far = await ada.see(link_of(ada))

    assert ("Looked through the newest 10,000 events" in near, "Look further back" in near) == (True, True)
    assert ("Long Ago" in near, "Long Ago" in far) == (False, True)
