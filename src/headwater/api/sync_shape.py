"""How a sync looks in the API: where it stands, how far it is, and what became of which tables. Pure."""

from typing import Any

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.lake.warehouses.sync_history import SyncRecord
from headwater.lake.warehouses.sync_words import TableReport
from headwater.workspace.warehouses import Warehouse

WAITING = "waiting"


def at(milliseconds: int) -> str:
    return iso_ms(from_epoch_ms(milliseconds))


def waiting(warehouse: Warehouse) -> dict[str, Any]:
    """Return the sync that somebody asked for and that hasn't begun."""
    return {
        "id": warehouse.wanted_sync,
        "warehouse": warehouse.name,
        "state": WAITING,
        "scheduled": False,
        "began_at": None,
        "ended_at": None,
        "rows": 0,
        "tables_done": 0,
        "tables": 0,
        "reason": None,
        "report": [],
    }


def shown(sync: SyncRecord, warehouse: Warehouse) -> dict[str, Any]:
    return {
        "id": sync.id,
        "warehouse": warehouse.name,
        "state": sync.state,
        "scheduled": sync.is_scheduled,
        "began_at": at(sync.began_at_ms),
        "ended_at": None if sync.ended_at_ms is None else at(sync.ended_at_ms),
        "rows": sync.rows,
        "tables_done": sync.tables_done,
        "tables": sync.tables,
        "reason": sync.reason or None,
        "report": [_table(one) for one in sync.report],
    }


def _table(report: TableReport) -> dict[str, Any]:
    return {
        "table": f"{report.schema}.{report.table}",
        "state": report.state,
        "rows": report.rows,
        "changes": list(report.changes),
        "reason": report.reason or None,
    }
