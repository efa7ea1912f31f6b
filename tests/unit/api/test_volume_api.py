"""GET /api/event-volume and /api/delivery-volume: counts over time, in columns as a chart takes them."""

import pytest

from headwater.core.clock import epoch_ms
from headwater.core.event import Record, Stored
from headwater.deliver import queued
from headwater.deliver.ledger import Ledger
from headwater.deliver.settlement import Attempt, Settlement
from headwater.live import live_tables, schema_book
from headwater.live.limits import SchemaLimits
from headwater.live.schema_book import Progress
from headwater.live.sightings import Sightings

MINUTE_MS, HOUR_MS = 60_000, 3_600_000


@pytest.fixture
def now_ms(rooms):
    return epoch_ms(rooms.clock.now())


@pytest.fixture
async def shop(asked):
    """Make a source; return it."""
    return (await asked("POST", "/sources", {"name": "Shop"}))[1]


@pytest.fixture
async def tool(shop, asked):
    """Make a destination of it; return it."""
    wish = {"kind": "webhook", "sources": ["shop"], "settings": {"url": "http://127.0.0.1:1/"}, "name": "Tool"}
    return (await asked("POST", "/destinations", wish))[1]


def count(rooms, *sent, now_ms):
    """Have the readers count events: (source id, type, when)."""
    sightings = Sightings()
    sightings.take([_stored(*one) for one in sent], max_size=10**6)
    connection = live_tables.open_for_writing(rooms.folder.live_database)
    schema_book.save(connection, sightings, Progress(cursor=len(sent)), limits=SchemaLimits(), now_ms=now_ms)
    connection.close()


def _stored(source, type_, at_ms):
    record = Record(source=source, message_id="m", type=type_, body=b"{}", received_at_ms=at_ms, user_id="ada")
    return Stored(offset=1, record=record)


def settled(*attempts):
    rows = [
        Attempt(
            offset=offset,
            number=1,
            message_id="m",
            source="s",
            at_ms=at_ms,
            outcome=outcome,
            status=200,
            reason=None,
            duration_ms=1,
            detail=None,
            latency_ms=40 if outcome == "delivered" else None,
        )
        for offset, (outcome, at_ms) in enumerate(attempts, 1)
    ]
    return Settlement(watermark=len(rows), ranges=b"", attempts=rows)


async def test_a_sources_events_come_by_type_with_a_place_for_each_minute(rooms, asked, shop, now_ms):
    sent = [("track", now_ms), ("track", now_ms), ("page", now_ms), ("identify", now_ms - 2 * MINUTE_MS)]
    count(rooms, *((shop["id"], type_, at_ms) for type_, at_ms in sent), now_ms=now_ms)
    status, found = await asked("GET", "/event-volume?source=shop&since=2m")

    assert 200 == status
    assert ("minute", 3) == (found["step"], len(found["at"]))
    assert found["since"] == found["at"][0]
    [source] = found["sources"]
    assert ("shop", 4, [1, 0, 3]) == (source["source"], source["total"], source["events"])
    assert {"track": [0, 0, 2], "page": [0, 0, 1], "identify": [1, 0, 0]} == source["types"]
    assert 4 == found["as_of"]["offset"]

    _, plain = await asked("GET", "/event-volume?source=shop&since=2m&types=false")
    assert [{key: value for key, value in source.items() if key != "types"}] == plain["sources"]


async def test_of_all_sources_the_busiest_is_first_and_silent_ones_are_missing(rooms, asked, shop, now_ms):
    app = (await asked("POST", "/sources", {"name": "App"}))[1]
    await asked("POST", "/sources", {"name": "Silent"})
    count(
        rooms, (app["id"], "track", now_ms), (shop["id"], "track", now_ms), (shop["id"], "track", now_ms), now_ms=now_ms
    )
    _, found = await asked("GET", "/event-volume")

    assert ("hour", 25) == (found["step"], len(found["at"]))
    assert [("shop", 2), ("app", 1)] == [(one["source"], one["total"]) for one in found["sources"]]


async def test_a_source_that_sent_nothing_is_there_when_it_is_asked_for(asked, shop):
    _, found = await asked("GET", "/event-volume?source=shop&since=1h&step=hour")

    assert [{"source": "shop", "total": 0, "events": [0, 0], "rejected": [0, 0], "types": {}}] == found["sources"]


async def test_what_was_dropped_has_a_place_too_whosesoever_it_was(rooms, asked, shop, now_ms):
    for source_id in (shop["id"], ""):
        rooms.tally.count(source_id=source_id, code="no_user_anon_id", sample="{}", times=3)
    await rooms.tally.flush()
    _, found = await asked("GET", "/event-volume?since=1h&step=hour")

    assert [(None, 0, [0, 3]), ("shop", 0, [0, 3])] == [
        (one["source"], one["total"], one["rejected"]) for one in found["sources"]
    ]


async def test_a_source_that_is_not_there_is_not_found(asked):
    assert 404 == (await asked("GET", "/event-volume?source=nobody"))[0]


async def test_a_time_that_there_are_no_counts_of_is_refused(asked):
    status, found = await asked("GET", "/event-volume?since=1h&until=2h")

    assert (400, "bad_period") == (status, found["error"]["id"])


async def test_a_destinations_deliveries_come_by_what_became_of_them(rooms, asked, tool, now_ms):
    ledger = Ledger(rooms.folder.deliver_database, sealer=rooms.sealer)
    attempts = [("delivered", now_ms), ("delivered", now_ms), ("filtered", now_ms), ("retry_later", now_ms - HOUR_MS)]
    await ledger.settle(tool["id"], settled(*attempts))
    await ledger.settle(queued.CURSOR_NAME, settled(("delivered", now_ms)))
    await ledger.settle("dst_gone", settled(("delivered", now_ms)))
    await ledger.close()
    _, one = await asked("GET", f"/delivery-volume?destination={tool['id']}&since=1h&step=hour")
    _, actions = await asked("GET", "/delivery-volume?destination=actions&since=1m")
    _, every = await asked("GET", "/delivery-volume")

    [figures] = one["destinations"]
    assert (tool["id"], "Tool") == (figures["destination"], figures["name"])
    assert ([0, 2], [0, 1], [1, 0]) == (figures["delivered"], figures["filtered"], figures["failed"])
    assert [None, 40] == figures["latency_ms"]
    assert ["actions"] == [row["destination"] for row in actions["destinations"]]
    assert [tool["id"], "actions"] == [row["destination"] for row in every["destinations"]]


async def test_a_destination_of_which_nothing_settled_has_nothing_in_each_step(asked, tool):
    _, found = await asked("GET", f"/delivery-volume?destination={tool['id']}&since=2m")

    assert [[0, 0, 0]] == [one["delivered"] for one in found["destinations"]]


async def test_a_destination_that_is_not_there_is_not_found(asked):
    assert 404 == (await asked("GET", "/delivery-volume?destination=dst_nobody"))[0]
