"""The delivery log of Actions, read from `actions.db` beside its writer. It never writes."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from headwater.actions.firing import PENDING, Attempt
from headwater.actions.journal import entries, tables
from headwater.actions.journal.entries import Parts
from headwater.actions.known_hooks import FLOWS, IDENTITY
from headwater.core.secrets import Sealer

Result = TypeVar("Result")

_FIND = """
    SELECT id, trigger_id, action_id, path, project_id, identity_id, flow, moment, method, flow_id, at_ms, mode, state,
        reason, attempts, "offset"
    FROM firings
    WHERE at_ms >= :since_ms
        AND (at_ms, id) < (:before_ms, :before_id)
        AND (:project_id IS NULL OR project_id = :project_id)
        AND (:flow IS NULL OR flow = :flow)
        AND (:state IS NULL OR state IN (:state, :open))
        AND (:trigger_id IS NULL OR trigger_id = :trigger_id)
        AND (:identity_id IS NULL OR identity_id = :identity_id)
        AND (:flow_id IS NULL OR flow_id = :flow_id)
        AND (:action_id IS NULL OR action_id = :action_id)
        AND (:path IS NULL OR path = :path)
    ORDER BY at_ms DESC, id DESC LIMIT :limit
"""
# What leads to the rows, the fewest first: for each a statement whose index SQLite can see that it may use.
_FEW, _MANY = ("trigger_id", "identity_id", "flow_id"), ("action_id", "path")
_LEADS = (*_FEW, *_MANY)
_FIND_BY = {lead: _FIND.replace(f"(:{lead} IS NULL OR {lead} = :{lead})", f"{lead} = :{lead}") for lead in _LEADS}
_OF_ANY_STATE = "(:state IS NULL OR state IN (:state, :open))"
_FIND_LAST_WORD = _FIND.replace(_OF_ANY_STATE, f"state = :state AND {tables.IS_LAST_WORD}")
_BODY = """
    SELECT bodies.sealed FROM bodies JOIN firings ON firings.id = bodies.firing WHERE firings.trigger_id = ?
"""
END_OF_TIME = 2**62
EVERYTHING = 2**62


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which firings; None is any. `flow` is a kind or a flow's id, `action` a hook's id or its path."""

    project_id: str | None = None
    identity_id: str | None = None
    flow: str | None = None
    action: str | None = None
    trigger_id: str | None = None
    state: str | None = None
    since_ms: int = 0


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A firing as it was noted. `offset` is where the log has it, if it is a queued one and the relay said so."""

    id: int
    trigger_id: str
    action_id: str
    path: str
    project_id: str
    identity_id: str | None
    flow: str
    moment: str
    method: str | None
    flow_id: str | None
    at_ms: int
    mode: str
    state: str
    reason: str | None
    attempts: tuple[Attempt, ...]
    offset: int | None


class JournalView:
    """Answers from one `actions.db`, also while its writer hasn't made it yet."""

    def __init__(self, path: Path, sealer: Sealer) -> None:
        self._path = path
        self._sealer = sealer
        self._thread = ThreadPoolExecutor(1, "actions-read")

    async def find(self, wanted: Wanted, *, limit: int, before: Row | None = None) -> list[Row]:
        """Return the newest rows (before `before`, going on).

        With a `state` that is no last word, those that were noted as pending are among them: what became of them
        stands elsewhere.
        """
        values = _values(wanted, limit=limit, before=before)
        return await self._query(
            lambda connection: [_row(one) for one in connection.execute(_statement(wanted, values), values)], empty=[]
        )

    async def parts(self, trigger_id: str) -> Parts:
        """Return the ctx, request and response of a firing, opened; {} once they have expired."""
        row = await self._query(lambda connection: connection.execute(_BODY, (trigger_id,)).fetchone(), empty=None)
        return entries.unseal_or_none(row[0] if row else None, trigger_id, self._sealer) or {}

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown()

    async def _query(self, query: Callable[[sqlite3.Connection], Result], *, empty: Result) -> Result:
        def run() -> Result:
            connection = tables.open_for_reading(self._path)
            if connection is None:
                return empty
            try:
                return query(connection)
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)


def _statement(wanted: Wanted, values: dict[str, Any]) -> str:
    """Return what goes through the fewest rows: an Action may have fired very often, and gone wrong a few times."""
    is_last_word = wanted.state in tables.LAST_WORDS
    leads = _FEW if is_last_word else _LEADS
    every = _FIND_LAST_WORD if is_last_word else _FIND
    return next((_FIND_BY[lead] for lead in leads if values[lead] is not None), every)


def _values(wanted: Wanted, *, limit: int, before: Row | None) -> dict[str, Any]:
    is_kind = wanted.flow in (*FLOWS, IDENTITY)
    is_path = wanted.action is not None and wanted.action.startswith("/")
    return {
        "project_id": wanted.project_id,
        "identity_id": wanted.identity_id,
        "trigger_id": wanted.trigger_id,
        "flow": wanted.flow if is_kind else None,
        "flow_id": None if is_kind else wanted.flow,
        "action_id": None if is_path else wanted.action,
        "path": wanted.action if is_path else None,
        "state": wanted.state,
        "open": wanted.state if wanted.state in tables.LAST_WORDS else PENDING,
        "since_ms": wanted.since_ms,
        "before_ms": END_OF_TIME if before is None else before.at_ms,
        "before_id": EVERYTHING if before is None else before.id,
        "limit": limit,
    }


def _row(values: tuple[Any, ...]) -> Row:
    fields = dict(zip(Row.__struct_fields__, values, strict=True))
    return Row(**{**fields, "attempts": entries.decode_attempts(fields["attempts"])})
