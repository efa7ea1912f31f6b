"""Syncs when their time has come or somebody asks: a real process and a real PostgreSQL, time as an argument."""

import asyncio

import msgspec
import pytest
from warehouse_stage import Quay
from writing_stage import START, record

from headwater.core.clock import ManualClock
from headwater.core.errors import UnavailableError
from headwater.lake.warehouses.sync_history import KEPT, SyncBook, SyncHistory, SyncRecord, SyncState
from headwater.lake.warehouses.sync_keeper import SyncKeeper, due_in_seconds
from headwater.workspace.warehouses import Warehouse

WAREHOUSE = Warehouse(
    id="whs_1",
    name="main",
    kind="postgres",
    settings={},
    source_ids=(),
    exclude=(),
    schedule_seconds=None,
    enabled=True,
    created_at_ms=0,
)
HOUR = 3_600
HOUR_MS = HOUR * 1_000


def ended(state=SyncState.DONE, *, began_at_ms=0, **more):
    return SyncRecord(
        **{
            "id": "syn_0",
            "warehouse": "whs_1",
            "state": state,
            "is_scheduled": True,
            "began_at_ms": began_at_ms,
            **more,
        }
    )


def due(newest, *, now_ms=0, begun=(), **changes):
    warehouse = msgspec.structs.replace(WAREHOUSE, **changes)
    return due_in_seconds(warehouse, newest, now_ms=now_ms, has=begun.__contains__)


@pytest.mark.parametrize(
    ("expected", "seconds"),
    [
        pytest.param(None, due(None), id="manual: never by itself"),
        pytest.param(0, due(None, schedule_seconds=HOUR), id="scheduled and new: at once"),
        pytest.param(HOUR, due(ended(), schedule_seconds=HOUR), id="an hour after the last began"),
        pytest.param(-HOUR, due(ended(), now_ms=2 * HOUR_MS, schedule_seconds=HOUR), id="overdue after an outage"),
        pytest.param(300, due(ended(SyncState.FAILED), schedule_seconds=HOUR), id="one that failed: sooner"),
        pytest.param(60, due(ended(SyncState.FAILED), schedule_seconds=60), id="one that failed: as scheduled"),
        pytest.param(None, due(ended(SyncState.FAILED)), id="one that failed and is manual: not again"),
        pytest.param(0, due(ended(SyncState.RUNNING)), id="its process died: again, though it is manual"),
        pytest.param(0, due(ended(SyncState.INTERRUPTED)), id="it was interrupted: again"),
        pytest.param(0, due(ended(), wanted_sync="syn_1", schedule_seconds=HOUR), id="somebody asks"),
        pytest.param(None, due(ended(), wanted_sync="syn_1", begun=("syn_1",)), id="what was asked for has begun"),
        pytest.param(None, due(None, wanted_sync="syn_1", enabled=False), id="it is off"),
    ],
)
def test_a_sync_is_due(expected, seconds):
    assert expected == seconds


def test_the_last_hundred_are_remembered_and_the_last_that_was_asked_for(tmp_path):
    book = SyncBook(tmp_path / "syncs.db")
    book.save(ended(id="syn_asked", is_scheduled=False, began_at_ms=0))
    for number in range(KEPT + 5):
        book.save(ended(id=f"syn_{number}", began_at_ms=number + 1))
    book.close()
    found = [one.id for one in SyncHistory(tmp_path / "syncs.db").every("whs_1")]

    assert [*(f"syn_{number}" for number in reversed(range(5, KEPT + 5))), "syn_asked"] == found


class Stage:
    """A keeper of one warehouse, beside a lake."""

    def __init__(self, quay, folder):
        self.quay = quay
        self.clock = ManualClock(START)
        self.path = folder / "syncs.db"
        self.history = SyncHistory(self.path)
        self.warehouses = [WAREHOUSE]
        self.refusals = []
        self.keeper = self._new()

    def _new(self):
        return SyncKeeper(self.path, configuration=self._configuration, prepare=self._prepare, clock=self.clock)

    async def restart(self):
        await self.keeper.close()
        self.keeper = self._new()
        await self.keeper.reconfigure()

    async def set(self, **changes):
        self.warehouses = [msgspec.structs.replace(self.warehouses[0], **changes)]
        await self.keeper.reconfigure()

    async def until(self, is_so):
        """Return the syncs once it is so."""
        async with asyncio.timeout(30):
            while not is_so(found := self.history.every("whs_1")):  # noqa: ASYNC110  other processes make it so
                await asyncio.sleep(0.01)
        return found

    async def until_states(self, *states):
        return await self.until(lambda found: [one.state for one in found] == list(states))

    async def _configuration(self):
        return self.warehouses

    async def _prepare(self, warehouse):
        if self.refusals:
            raise self.refusals.pop()
        return self.quay.orders_of_sync(exclude=warehouse.exclude)


@pytest.fixture
async def stage(tmp_path, settings):
    made = Stage(Quay(tmp_path, settings), tmp_path)
    yield made
    await made.keeper.close()


async def test_nothing_is_made_where_there_is_no_warehouse(stage):
    stage.warehouses = []
    await stage.keeper.reconfigure()

    assert not stage.path.exists()


async def test_syncs_as_scheduled_and_when_somebody_asks(stage, kept):
    await stage.quay.add(record(1))
    await stage.set(schedule_seconds=HOUR)
    (first,) = await stage.until_states("done")
    assert (True, 2, 2, None) == (first.is_scheduled, first.rows, first.tables_done, first.reason or None)

    await stage.quay.add(record(2))
    await stage.set(wanted_sync="syn_1")
    found = await stage.until_states("done", "done")
    assert ("syn_1", False) == (found[0].id, found[0].is_scheduled)

    await stage.quay.add(record(3))
    stage.clock.advance(HOUR)
    await stage.until_states("done", "done", "done")
    assert [("m1",), ("m2",), ("m3",)] == await kept("tracks", "id")


async def test_one_that_fails_says_why_and_is_tried_again(stage):
    await stage.quay.add(record(1))
    stage.refusals = [UnavailableError("The secret can't be read.")]
    await stage.set(schedule_seconds=HOUR)
    (failed,) = await stage.until_states("failed")
    assert "The secret can't be read." == failed.reason

    stage.clock.advance(300)
    await stage.until_states("done", "failed")


async def test_one_that_was_interrupted_is_begun_again_under_its_id(stage, connection, kept):
    await stage.quay.add(record(1))
    await stage.quay.sync()
    await stage.quay.add(record(2))
    with connection.transaction():
        connection.execute("LOCK TABLE web.tracks IN ACCESS EXCLUSIVE MODE")
        await stage.set(wanted_sync="syn_1")
        waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
        await stage.until(lambda _: connection.execute(waits).fetchone() is not None)
        await stage.keeper.close()
        await stage.until_states("interrupted")
    await stage.restart()
    (again,) = await stage.until_states("done")

    assert "syn_1" == again.id
    assert [("m1",), ("m2",)] == await kept("tracks", "id")


async def test_a_deleted_warehouse_stops_and_its_history_goes(stage):
    await stage.quay.add(record(1))
    await stage.set(wanted_sync="syn_1")
    await stage.until_states("done")
    stage.warehouses = []
    await stage.keeper.reconfigure()

    assert [] == stage.history.every("whs_1")
