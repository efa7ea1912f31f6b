"""How a warehouse's syncs stand, and what Prometheus hears of it."""

from headwater.api import sync_standing
from headwater.lake.warehouses.sync_history import SyncRecord, SyncState
from headwater.wiring.exposition import warehouse_families
from headwater.workspace.warehouses import Warehouse

MAIN = Warehouse(
    id="whs_1",
    name="main",
    kind="postgres",
    settings={},
    source_ids=(),
    exclude=(),
    schedule_seconds=60,
    enabled=True,
    created_at_ms=1,
)


def history(*states):
    """Newest first; the oldest ended at second 1, and brought 1 row."""
    return [
        SyncRecord(
            id=f"syn_{number}",
            warehouse=MAIN.id,
            state=state,
            is_scheduled=True,
            began_at_ms=number,
            ended_at_ms=None if state is SyncState.RUNNING else number * 1_000,
            rows=number,
        )
        for number, state in zip(range(len(states), 0, -1), states, strict=True)
    ]


def samples(*states):
    standing = sync_standing.of(MAIN, history(*states))
    return {one.name: one.value for family in warehouse_families.families([standing]) for one in family.samples}


def test_the_last_success_is_whole_and_rows_are_of_the_last_that_ended():
    found = samples(SyncState.RUNNING, SyncState.FAILED, SyncState.PARTLY, SyncState.DONE, SyncState.DONE)

    assert {
        "headwater_warehouse_info": 1,
        "headwater_sync_last_success_timestamp_seconds": 2.0,
        "headwater_sync_last_rows": 4,
        "headwater_sync_failures_in_a_row": 1,
    } == found


def test_what_was_never_synced_with_success_has_no_time_of_it():
    assert "headwater_sync_last_success_timestamp_seconds" not in samples(SyncState.FAILED)
    assert 0 == samples()["headwater_sync_last_rows"]


def test_the_status_has_a_notice_after_the_third_failure():
    twice = sync_standing.shown(sync_standing.of(MAIN, history(*[SyncState.FAILED] * 2)))
    thrice = sync_standing.shown(sync_standing.of(MAIN, history(*[SyncState.FAILED] * 3)))

    assert (None, None) == (twice["notice"], twice["last_success_at"])
    assert "list syncs --warehouse main" in thrice["notice"]
