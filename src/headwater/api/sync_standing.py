"""How the syncs of a warehouse stand, in few words: for the status, for Prometheus, and beside its settings."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.api import sync_shape
from headwater.lake.warehouses import sync_history
from headwater.lake.warehouses.sync_history import SyncRecord, SyncState
from headwater.workspace.warehouses import Warehouse

NOTICED_FAILURES = 3  # in a row: once is the weather


class SyncStanding(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` came with the last sync that ended. A sync that brought some tables only is no success, and no failure."""

    id: str
    name: str
    kind: str
    last_success_ms: int | None = None
    rows: int = 0
    failed_in_a_row: int = 0

    @property
    def notice(self) -> str | None:
        """What people should know at once, if there is anything."""
        if self.failed_in_a_row < NOTICED_FAILURES:
            return None
        return (
            f"The last {self.failed_in_a_row} syncs failed, and nothing new is there:"
            f" `headwater list syncs --warehouse {self.name}`."
        )


def of(warehouse: Warehouse, newest_first: Sequence[SyncRecord]) -> SyncStanding:
    """Return how a warehouse stands by its syncs that are remembered. Pure."""
    ended = [one for one in newest_first if one.state not in (SyncState.RUNNING, SyncState.INTERRUPTED)]
    done = (one.ended_at_ms for one in ended if one.state is SyncState.DONE)
    return SyncStanding(
        id=warehouse.id,
        name=warehouse.name,
        kind=warehouse.kind,
        last_success_ms=next(done, None),
        rows=ended[0].rows if ended else 0,
        failed_in_a_row=sync_history.failed_in_a_row(newest_first),
    )


def shown(standing: SyncStanding) -> dict[str, Any]:
    """Return it as the status has it."""
    at = standing.last_success_ms
    return {
        "name": standing.name,
        "last_success_at": None if at is None else sync_shape.at(at),
        "rows": standing.rows,
        "failed_in_a_row": standing.failed_in_a_row,
        "notice": standing.notice,
    }
