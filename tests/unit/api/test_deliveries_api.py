"""GET /api/deliveries: one destination's newest attempts, page by page; and everybody's metrics at once."""

import pytest

from headwater.deliver import report
from headwater.deliver.ledger import Ledger
from headwater.deliver.settlement import Attempt, Settlement

PACE = 10


@pytest.fixture
async def attempted(rooms, monkeypatch):
    """Have twenty attempts of two destinations by turns, and one of a replay; return what asks for a page."""
    monkeypatch.setattr(report, "MOST_LOOKED_THROUGH", PACE)
    ledger = Ledger(rooms.folder.deliver_database, sealer=rooms.sealer)
    for offset in range(1, 21):
        name = "dst_a" if offset % 2 else "dst_b"
        await ledger.settle(name if offset < 20 else "dst_a/replay/rpl_1", _settlement(offset))
    yield
    await ledger.close()


def _settlement(offset):
    attempt = Attempt(
        offset=offset,
        number=1,
        message_id=f"m{offset}",
        source="src",
        at_ms=offset,
        outcome="delivered",
        status=200,
        reason=None,
        duration_ms=1,
        detail=None,
    )
    rows = {"attempts": [attempt], "retries": [], "finished_retries": [], "dead_letters": []}
    return Settlement(watermark=offset, ranges=b"", **rows)


async def test_one_destinations_attempts_and_its_replays_are_found_page_by_page(attempted, asked):
    seen, pages, before = [], 0, ""
    while before is not None:
        _, found = await asked("GET", f"/deliveries?destination=dst_a&limit=3{before and f'&before={before}'}")
        seen += [one["message_id"] for one in found["deliveries"]]
        pages, before = pages + 1, found["next"]

    assert ["m20", *(f"m{number}" for number in range(19, 0, -2))] == seen
    assert pages >= 4


async def test_a_quiet_destination_costs_a_bounded_look_and_goes_on(attempted, asked):
    _, found = await asked("GET", "/deliveries?destination=nobody")
    _, rest = await asked("GET", f"/deliveries?destination=nobody&before={found['next']}")

    assert ([], 11) == (found["deliveries"], found["next"])
    assert ([], None) == (rest["deliveries"], rest["next"])


async def test_without_a_destination_all_are_listed(attempted, asked):
    _, found = await asked("GET", "/deliveries")

    assert [f"m{number}" for number in range(20, 0, -1)] == [one["message_id"] for one in found["deliveries"]]
    assert found["next"] is None


async def test_the_metrics_of_all_destinations_come_at_once(rooms, asked):
    await asked("POST", "/sources", {"name": "web"})
    wish = {"kind": "webhook", "sources": ["web"], "settings": {"url": "http://127.0.0.1:1/"}}
    _, made = await asked("POST", "/destinations", wish)
    status, found = await asked("GET", "/destination-metrics")

    assert 200 == status
    assert [made["id"]] == [one["destination"] for one in found["destinations"]]
