"""Where Actions' calls stand: what was noted when they fired, and for queued ones what the ledger says since.

One answer about one firing, whoever sent it: the front process noted it, the readers' process may have delivered it.
"""

from collections.abc import Sequence

import msgspec

from headwater.actions import firing as firings
from headwater.actions.journal import tables
from headwater.actions.journal.entries import Parts
from headwater.actions.journal.view import JournalView, Row, Wanted
from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.errors import BadRequestError
from headwater.core.event import ACTIONS_SOURCE, Stored
from headwater.core.secrets import Sealer
from headwater.deliver import exchange, queued
from headwater.deliver.queued import QueuedAction
from headwater.deliver.report import Delivery, DeliveryReport
from headwater.log.event_log import Reader
from headwater.net.outbound import Request

IN_THE_OUTBOX = "in the outbox, or on its way from there to the log"
ROWS_A_PAGE = 200
# Looking for a state goes through the rows that may be in it; an answer that stops here says so.
ROWS_LOOKED_AT = 20_000
# The relay tells where a record is. Where a crash kept it from telling, the log is searched: for so many of a list.
SEARCHES_A_PAGE = 20


class ActionAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try. `status` is None where there was no answer; `mode` says whether somebody waited for it."""

    at: str
    mode: str
    duration_ms: int
    status: int | None
    reason: str | None = None
    request_id: str | None = None


class ActionDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One firing and where it stands. `path` and `moment` are None when only the log knows of it."""

    trigger_id: str
    at: str
    action_id: str
    path: str | None
    project_id: str
    identity_id: str | None
    flow: str
    moment: str | None
    method: str | None
    flow_id: str | None
    mode: str
    state: str
    reason: str | None
    attempts: list[ActionAttempt]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The newest ones first. `is_cut`: there may be more, but so many rows were looked at already.

    `next` is the trigger id before which to go on, None at the end.
    """

    deliveries: list[ActionDelivery]
    is_cut: bool
    next: str | None = None


class ActionDeliveries:
    """Answers from `actions.db`, `deliver.db` and the log together."""

    def __init__(self, *, view: JournalView, reader: Reader, report: DeliveryReport, sealer: Sealer) -> None:
        self._view = view
        self._reader = reader
        self._report = report
        self._sealer = sealer

    async def find(self, wanted: Wanted, *, limit: int, before: str | None = None) -> Found:
        """Return at most `limit` of them, older than the firing `before`. Raises BadRequestError for none such."""
        found: list[ActionDelivery] = []
        last = await self._row(before) if before else None
        is_settled = wanted.state in (None, *tables.LAST_WORDS)  # what is found is what is wanted
        for _ in range(ROWS_LOOKED_AT // ROWS_A_PAGE):
            rows = await self._view.find(wanted, limit=limit + 1 if is_settled else ROWS_A_PAGE, before=last)
            stand = await self._stand(rows)
            found += [one for one in stand if wanted.state in (None, one.state)]
            if len(found) > limit:
                return Found(deliveries=found[:limit], is_cut=False, next=found[limit - 1].trigger_id)
            if is_settled or len(rows) < ROWS_A_PAGE:
                return Found(deliveries=found, is_cut=False)
            last = rows[-1]
        return Found(deliveries=found, is_cut=True, next=last.trigger_id if last else None)

    async def one_or_none(self, trigger_id: str, *, project_id: str | None = None) -> ActionDelivery | None:
        """Return where one stands; of that project, if one is given. Also when its note was lost with a crash."""
        noted = await self._stand(await self._view.find(Wanted(trigger_id=trigger_id), limit=1))
        found = noted[0] if noted else await self._unnoted(trigger_id)
        return found if found is not None and project_id in (None, found.project_id) else None

    async def parts(self, trigger_id: str) -> Parts:
        """Return `context`, `request` and `response`, each None where it has expired or never was.

        And `reason`, where the one in the list is only said in short.
        """
        noted = await self._view.parts(trigger_id)
        logged = await self._logged(trigger_id)
        last = {} if logged is None else await self._exchange(logged)
        return {"context": None, "request": None, "response": None} | noted | last

    async def _exchange(self, logged: Stored) -> Parts:
        """Return what the ledger knows of the last attempt. A response noted before that is not the last word."""
        last = await self._report.action_exchange(logged.offset)
        if last:
            return last
        [delivery] = await self._report.action_deliveries([logged.offset])
        request = exchange.sent(_request(queued.unseal(logged.record.body, self._sealer)))
        return {"request": request, "response": None} if delivery.attempts else {"request": request}

    async def _row(self, trigger_id: str) -> Row:
        rows = await self._view.find(Wanted(trigger_id=trigger_id), limit=1)
        if not rows:
            raise BadRequestError(f"No Action fired as {trigger_id!r}, so there is nothing before it; start anew.")
        return rows[0]

    async def _stand(self, rows: Sequence[Row]) -> list[ActionDelivery]:
        offsets = await self._offsets(rows)
        deliveries = await self._report.action_deliveries(list(offsets.values()))
        known = dict(zip(offsets, deliveries, strict=True))
        return [_merged(row, known.get(row.trigger_id)) for row in rows]

    async def _offsets(self, rows: Sequence[Row]) -> dict[str, int]:
        """Return where in the log those are of which the ledger has the last word."""
        pending = [row for row in rows if row.state == firings.PENDING]
        offsets = {row.trigger_id: row.offset for row in pending if row.offset is not None}
        for row in [row for row in pending if row.offset is None][:SEARCHES_A_PAGE]:
            logged = await self._logged(row.trigger_id)
            if logged is not None:
                offsets[row.trigger_id] = logged.offset
        return offsets

    async def _logged(self, trigger_id: str) -> Stored | None:
        found = await self._reader.find(trigger_id, source=ACTIONS_SOURCE)
        return found[0] if found else None

    async def _unnoted(self, trigger_id: str) -> ActionDelivery | None:
        """Return what the log and the ledger know of a queued one that was never noted, or whose row is gone."""
        logged = await self._logged(trigger_id)
        if logged is None:
            return None
        action = queued.unseal(logged.record.body, self._sealer)
        [delivery] = await self._report.action_deliveries([logged.offset])
        return ActionDelivery(
            trigger_id=action.trigger_id,
            at=_at(logged.record.received_at_ms),
            action_id=action.action_id,
            path=action.action_id if action.action_id.startswith("/") else None,
            project_id=action.project_id,
            identity_id=action.identity_id,
            flow=action.flow,
            moment=None,
            method=None,
            flow_id=None,
            mode=firings.QUEUED,
            state=delivery.state.value,
            reason=delivery.reason,
            attempts=_attempts_of(delivery),
        )


def _merged(row: Row, delivery: Delivery | None) -> ActionDelivery:
    noted = [_noted(one) for one in row.attempts]
    state, reason, attempts = row.state, row.reason, noted
    if delivery is not None:
        state, attempts = delivery.state.value, sorted(noted + _attempts_of(delivery), key=lambda one: one.at)
        reason = delivery.reason or (row.reason if state == firings.PENDING else None)
    elif state == firings.PENDING:
        reason = reason or IN_THE_OUTBOX
    return ActionDelivery(
        trigger_id=row.trigger_id,
        at=_at(row.at_ms),
        action_id=row.action_id,
        path=row.path,
        project_id=row.project_id,
        identity_id=row.identity_id,
        flow=row.flow,
        moment=row.moment,
        method=row.method,
        flow_id=row.flow_id,
        mode=row.mode,
        state=state,
        reason=reason,
        attempts=attempts,
    )


def _noted(attempt: firings.Attempt) -> ActionAttempt:
    return ActionAttempt(
        at=_at(attempt.at_ms),
        mode=firings.INLINE,
        duration_ms=attempt.duration_ms,
        status=attempt.status,
        reason=attempt.reason,
        request_id=attempt.request_id,
    )


def _request(action: QueuedAction) -> Request:
    call = action.request
    return Request(
        method=call.method, url=call.url, headers=call.headers, secret_headers=call.secret_headers, body=call.body
    )


def _attempts_of(delivery: Delivery) -> list[ActionAttempt]:
    return [
        ActionAttempt(at=one.at, mode=firings.QUEUED, duration_ms=one.duration_ms, status=one.status, reason=one.reason)
        for one in delivery.attempts
    ]


def _at(milliseconds: int) -> str:
    return iso_ms(from_epoch_ms(milliseconds))
