"""/api/trace?exchanges=true, and `headwater get trace --exchanges`: what was said, or what a shadow would have said."""

import json

import pytest

from headwater.core.event import Record
from headwater.deliver.ledger import Ledger
from headwater.deliver.settlement import Attempt, Settlement

REQUEST = {"method": "POST", "url": "http://127.0.0.1:1/", "body": '{"mapped":true}'}


@pytest.fixture
async def traced(rooms, asked):
    """Ask for the trace of one event that a shadow was given, and another destination not yet."""
    _, web = await asked("POST", "/sources", {"name": "web"})
    wish = {"kind": "webhook", "sources": ["web"], "settings": {"url": "http://127.0.0.1:1/"}}
    made = [(await asked("POST", "/destinations", {**wish, "name": name}))[1] for name in ("shadow", "other")]
    body = json.dumps({"type": "track", "messageId": "m1", "event": "Order"}).encode()
    record = Record(source=web["id"], message_id="m1", type="track", body=body, received_at_ms=0)
    [stored] = await rooms.log.append([record])
    ledger = Ledger(rooms.folder.deliver_database, sealer=rooms.sealer)
    attempt = Attempt(
        offset=stored.offset,
        number=0,
        message_id="m1",
        source=web["id"],
        at_ms=1_000,
        outcome="filtered",
        status=None,
        reason="SHADOW",
        duration_ms=0,
        detail=json.dumps({"request": REQUEST, "response": None}).encode(),
    )
    rows = {"attempts": [attempt], "retries": [], "finished_retries": [], "dead_letters": []}
    await ledger.settle(made[0]["id"], Settlement(watermark=stored.offset, ranges=b"", **rows))

    async def ask(query, **options):
        status, found = await asked("GET", f"/trace{query}", **options)
        assert 200 == status
        return {row["name"]: row for row in found["deliveries"]}

    yield ask
    await ledger.close()


@pytest.mark.parametrize("query", ["/m1?exchanges=true", "?message_id=m1&exchanges=true"])
async def test_each_delivery_has_what_is_kept_of_it(traced, query):
    found = await traced(query)

    assert "SHADOW" == found["shadow"]["reason"]
    assert {"at": "1970-01-01T00:00:01.000Z", "request": REQUEST, "response": None} == found["shadow"]["exchange"]
    assert found["other"]["exchange"] is None


async def test_nobody_who_did_not_ask_is_given_a_body(traced):
    assert ["exchange" in row for row in (await traced("/m1")).values()] == [False, False]


async def test_an_offset_of_another_sources_event_of_that_id_is_not_taken_for_it(rooms, asked):
    sources = [(await asked("POST", "/sources", {"name": name}))[1] for name in ("web", "app")]
    records = [Record(source=one["id"], message_id="m1", type="track", body=b"{}", received_at_ms=0) for one in sources]
    webs, apps = await rooms.log.append(records)
    _, found = await asked("GET", f"/trace?message_id=m1&source=web&offset={apps.offset}")
    _, known = await asked("GET", f"/trace?message_id=m1&source=app&offset={apps.offset}")

    assert ("web", webs.offset) == (found["source"], found["stored"]["offset"])
    assert ("app", apps.offset) == (known["source"], known["stored"]["offset"])
