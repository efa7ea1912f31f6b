"""Where a destination of a blueprint begins: only one that is made begins anywhere, and only where there are events."""

import json

import pytest

from headwater.core.clock import epoch_ms, iso_ms
from headwater.core.event import Record

CRM = {"name": "CRM", "kind": "webhook", "sources": ["web"], "settings": {"url": "https://crm.test/in"}}
EVENTS = 3


def document(*more, **crm):
    several = [{**CRM, **one} for one in more] or [{**CRM, **crm}]
    return {"version": 1, "sources": [{"slug": "web", "name": "Web"}], "destinations": several}


@pytest.fixture
async def at(api, rooms):
    """Three events of a source that has no destination yet, received just now."""
    await api.apply({"version": 1, "sources": document()["sources"]})
    source, now = (await api("GET", "/api/sources/web"))["id"], rooms.clock.now()
    for number in range(EVENTS):
        body = json.dumps({"type": "track", "messageId": f"m{number}", "userId": "ada"}).encode()
        record = Record(
            source=source, message_id=f"m{number}", type="track", body=body, received_at_ms=epoch_ms(now) + number
        )
        await rooms.log.append([record])
    return iso_ms(now)


async def begins(api):
    every = (await api("GET", "/api/destinations"))["destinations"]
    return {one["name"]: one["start"]["offset"] for one in every}


async def test_a_new_destination_begins_where_the_file_says_and_else_now(api, at):
    starts = {
        "as usual": (None, EVENTS + 1),
        "now": ("now", EVENTS + 1),
        "beginning": ("beginning", 1),
        "offset": ({"offset": 2}, 2),
        "next": ({"offset": EVENTS + 1}, EVENTS + 1),
        "moment": ({"at": at}, 1),
    }
    wanted = document(*({"name": name, **({"start": start} if start else {})} for name, (start, _) in starts.items()))
    planned = await api.plan(wanted)
    await api.apply(wanted, expect=planned["fingerprint"])
    told = {one["name"]: {each["path"]: each["after"] for each in one["changes"]} for one in planned["changes"]}

    assert {name: offset for name, (_, offset) in starts.items()} == await begins(api)
    said = {name: start for name, (start, _) in starts.items() if start not in (None, "now")}
    assert said == {name: changes["/start"] for name, changes in told.items() if "/start" in changes}


async def test_to_one_that_is_there_a_start_says_nothing(api, at):
    await api.apply(document(start={"offset": 3}))

    for start in ("now", "beginning", {"offset": 2}, {"offset": 999}, {"at": "2001-01-01T00:00:00Z"}):
        assert [] == (await api.plan(document(start=start)))["changes"], start
    (change,) = (await api.plan(document(start="beginning", mode="shadow")))["changes"]
    await api.apply(document(start="beginning", mode="shadow"))
    exported = await api.document()

    assert ["/mode"] == [one["path"] for one in change["changes"]]
    assert {"CRM": 3} == await begins(api)
    assert "start" not in exported["destinations"][0]
    assert "/destinations/0/start: `start` is" in await api.refusal(document(start="yesterday"))


REFUSED = [
    ({"offset": 999}, "The log has the offsets 1 to 3; 999 is not among them."),
    ({"at": "2999-01-01T00:00:00Z"}, "has not come yet"),
    ({"at": "2026-11-28T12:00:00"}, "has no zone; put Z behind it"),
    ("yesterday", '`start` is "now", "beginning", {"offset": 42} or {"at": "2026-11-28T12:00:00Z"}.'),
    ({"offset": True}, "`start` is"),
    (None, "`start` is"),
]


async def test_a_start_that_the_log_has_not_is_refused_by_its_path_and_nothing_is_made(api, at):
    for start, reason in REFUSED:
        said = await api.refusal(document(start=start))

        assert said.startswith("/destinations/0/start: "), start
        assert reason in said
    assert {} == await begins(api)
