"""What became of syncs, in `syncs.db`: the last hundred of each warehouse, and the last that somebody asked for."""

import enum
import itertools
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.lake.warehouses import sync_tables
from headwater.lake.warehouses.sync_words import TableReport

KEPT = 100
MAX_REASON = 2_000

_SAVE = "INSERT OR REPLACE INTO syncs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_FORGET = """
DELETE FROM syncs WHERE warehouse = ?1 AND id NOT IN (
    SELECT id FROM syncs WHERE warehouse = ?1 ORDER BY began_at_ms DESC, rowid DESC LIMIT ?2
) AND id NOT IN (
    SELECT id FROM syncs WHERE warehouse = ?1 AND NOT is_scheduled ORDER BY began_at_ms DESC, rowid DESC LIMIT 1
)
"""
_FORGET_ALL = "DELETE FROM syncs WHERE warehouse = ?"
_COLUMNS = "id, warehouse, state, is_scheduled, began_at_ms, ended_at_ms, rows, tables_done, tables, reason, report"
_EVERY = f"SELECT {_COLUMNS} FROM syncs WHERE warehouse = ? ORDER BY began_at_ms DESC, rowid DESC"  # noqa: S608
_ONE = f"SELECT {_COLUMNS} FROM syncs WHERE id = ?"  # noqa: S608  a constant

_decoder = msgspec.json.Decoder(tuple[TableReport, ...])


class SyncState(enum.StrEnum):
    """Where a sync stands. `interrupted` ended with its process, and is begun again."""

    RUNNING = "running"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class SyncRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One sync. `report` has the tables that something became of; `reason` is why it failed, or what to know."""

    id: str
    warehouse: str
    state: SyncState
    is_scheduled: bool
    began_at_ms: int
    ended_at_ms: int | None = None
    rows: int = 0
    tables_done: int = 0
    tables: int = 0
    reason: str = ""
    report: tuple[TableReport, ...] = ()


def failed_in_a_row(newest_first: Sequence[SyncRecord]) -> int:
    """Return how many syncs failed since the last that didn't; those that have not ended say nothing."""
    ended = [one for one in newest_first if one.state not in (SyncState.RUNNING, SyncState.INTERRUPTED)]
    return len(list(itertools.takewhile(lambda one: one.state is SyncState.FAILED, ended)))


class SyncBook:
    """`syncs.db`, for its one writer."""

    def __init__(self, path: Path) -> None:
        self._connection = sync_tables.open_for_writing(path)

    def close(self) -> None:
        self._connection.close()

    def save(self, record: SyncRecord) -> None:
        """Write down how a sync is, and forget the oldest of its warehouse."""
        report = msgspec.json.encode(record.report).decode()
        values = (*msgspec.structs.astuple(record)[:-2], record.reason[:MAX_REASON], report)
        self._connection.execute(_SAVE, values)
        self._connection.execute(_FORGET, (record.warehouse, KEPT))

    def newest(self, warehouse: str) -> SyncRecord | None:
        """Return the last sync of a warehouse."""
        return next(iter(_read(self._connection, _EVERY, warehouse)), None)

    def has(self, sync_id: str) -> bool:
        """Tell whether a sync was begun."""
        return bool(_read(self._connection, _ONE, sync_id))

    def forget(self, warehouse: str) -> None:
        """Forget all syncs of a warehouse."""
        self._connection.execute(_FORGET_ALL, (warehouse,))


class SyncHistory:
    """`syncs.db`, for reading beside its writer."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def every(self, warehouse: str) -> list[SyncRecord]:
        """Return the syncs of a warehouse that are remembered, newest first."""
        return self._asked(_EVERY, warehouse)

    def one_or_none(self, sync_id: str) -> SyncRecord | None:
        """Return a sync, None for one that hasn't begun or is forgotten."""
        return next(iter(self._asked(_ONE, sync_id)), None)

    def _asked(self, query: str, value: str) -> list[SyncRecord]:
        connection = sync_tables.open_for_reading(self._path)
        if connection is None:
            return []
        try:
            return _read(connection, query, value)
        finally:
            connection.close()


def _read(connection: sqlite3.Connection, query: str, value: str) -> list[SyncRecord]:
    return [
        SyncRecord(
            id=row[0],
            warehouse=row[1],
            state=SyncState(row[2]),
            is_scheduled=bool(row[3]),
            began_at_ms=row[4],
            ended_at_ms=row[5],
            rows=row[6],
            tables_done=row[7],
            tables=row[8],
            reason=row[9],
            report=_decoder.decode(row[10]),
        )
        for row in connection.execute(query, (value,))
    ]
