"""Runs a chain: renders what is queued before the identity is stored, asks and tells its receivers in order.

No transaction is open while anything is sent (DESIGN decision 3): `prepare` renders, `store`
writes, `run` sends. What `store` wrote is owed: it reaches its receiver even if the process dies at any step.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import structlog
from sqlalchemy import Connection

from headwater.actions import firing as firings
from headwater.actions import occasion as occasions
from headwater.actions import requests, sending, verdict
from headwater.actions.calls import Call, record
from headwater.actions.chain import Chain, Hook
from headwater.actions.errors import (
    ActionFailedError,
    ActionInterruptedError,
    ActionNotRenderedError,
    UnusableHookError,
)
from headwater.actions.firing import Firing, Journal, NoJournal
from headwater.actions.occasion import Occasion
from headwater.actions.reading import Reading
from headwater.actions.reply import NO_EDIT, Edit
from headwater.actions.sending import Parcel, Post, Sent
from headwater.actions.templates import EMBEDDED, Templates
from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import HeadwaterError
from headwater.core.event import Record
from headwater.core.secrets import Sealer
from headwater.log import outbox
from headwater.mapping.evaluation import Evaluator, MappingBusyError, MappingError
from headwater.net.outbound import Request, Sender
from headwater.store.database import Database

logger = structlog.get_logger(__name__)

# Tells why what receivers have changed so far can't be stored, None if it can.
Check = Callable[[Edit], str | None]


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What an occasion owes its receivers. `calls` are the held ones' requests by the path of their hook."""

    queued: tuple[Record, ...] = ()
    held: tuple[Record, ...] = ()
    calls: dict[str, Call] = {}
    firings: tuple[Firing, ...] = ()

    def parted(self) -> "tuple[Prepared, Prepared]":
        """Return what is held until its first try, and what just waits: they may be stored at different times."""
        return Prepared(held=self.held, calls=self.calls), Prepared(queued=self.queued, firings=self.firings)


NOTHING = Prepared()


class Ahead(NamedTuple):
    """A hook's request in the making."""

    path: str
    task: asyncio.Task[Request | None]


class ActionRunner:
    """Prepares, stores and runs the chains of one installation."""

    def __init__(
        self,
        *,
        evaluator: Evaluator,
        sender: Sender,
        database: Database,
        sealer: Sealer,
        clock: Clock,
        new_id: Callable[[], str] = ids.new_uuid,
        templates: Templates = EMBEDDED,
        journal: Journal | None = None,
    ) -> None:
        self._evaluator = evaluator
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._new_id = new_id
        self._templates = templates
        self._journal = journal or NoJournal()
        self._rendering: set[asyncio.Task[Request | None]] = set()
        self._post = Post(sender=sender, clock=clock, new_id=new_id)
        self._reading = Reading(evaluator=evaluator, templates=templates)

    async def prepare(self, chain: Chain, occasion: Occasion) -> Prepared:
        """Render what may be sent later. Sends nothing.

        A hook whose Jsonnet fails or cancels is left out, noted and logged: it never breaks the flow.
        """
        ignored = await self._calls(chain.queued, occasion)
        held = await self._calls([hook for hook in chain.inline if hook.queues_on_error], occasion)
        return Prepared(
            queued=self._records(ignored, occasion),
            held=self._records(held, occasion),
            calls={call.hook.path: call for call in held},
            firings=tuple(self._owed(call, occasion) for call in ignored),
        )

    def store(self, connection: Connection, prepared: Prepared) -> None:
        """Owe what was prepared, in the caller's transaction.

        The same flow submitted again owes the same ids again: what is still held is replaced.
        """
        if prepared.queued:
            outbox.enqueue(connection, prepared.queued)
        if prepared.held:
            outbox.drop_held(connection, [record.message_id for record in prepared.held])
            outbox.hold(connection, prepared.held)

    def stored(self, prepared: Prepared) -> None:
        """Note what is owed, once the transaction is committed."""
        for firing in prepared.firings:
            self._journal.note(firing)

    def ahead(self, hooks: Sequence[Hook], occasion: Occasion) -> Ahead | None:
        """Begin to render the first of `hooks`, which `run` is going to send: its Jsonnet need not wait for a disk."""
        first = hooks[0] if hooks else None
        if first is None or first.queues_on_error:
            return None
        task = asyncio.create_task(self._built(first, occasions.shown_to(first, occasion)))
        self._rendering.add(task)
        task.add_done_callback(self._rendered)
        return Ahead(path=first.path, task=task)

    async def run(
        self,
        hooks: Sequence[Hook],
        occasion: Occasion,
        prepared: Prepared = NOTHING,
        *,
        ahead: Ahead | None = None,
        check: Check | None = None,
    ) -> Edit:
        """Send the awaited hooks, one by one, and return what their receivers change of the identity, all together.

        Each hook sees what those before it have changed. One whose change `check` objects to is noted as failed; what
        follows from that for the flow is the caller's to say. Raises ActionFailedError at the first failure of an
        `on_error: fail` one, ActionInterruptedError where a receiver says no. However this ends, cancelled included,
        what was held and is not known to have arrived goes to the outbox under the same trigger id. `ahead` is what
        `ahead` gave for the same hooks and occasion.
        """
        arrived: list[str] = []
        changes = NO_EDIT
        try:
            for hook in hooks:
                if not hook.queues_on_error:
                    changes = await self._ask(hook, occasion, changes, ahead=ahead, check=check)
                elif hook.path in prepared.calls:
                    arrived += await self._send_or_queue(prepared.calls[hook.path], occasion)
        finally:
            owed = [record.message_id for record in prepared.held if record.message_id not in arrived]
            await asyncio.shield(self._settle(arrived, owed))
        return changes

    async def _ask(
        self, hook: Hook, occasion: Occasion, changes: Edit, *, ahead: Ahead | None, check: Check | None
    ) -> Edit:
        """Return `changes` with what this hook's receiver adds to them."""
        occasion = occasions.edited(occasion, changes)
        firing = self._firing(hook, occasion)
        firing = msgspec.structs.replace(firing, context=occasions.shown_to(hook, occasion))
        request = await self._request_or_fail(hook, firing, ahead=ahead)
        if request is None:
            return changes
        is_stamped = hook.config.get("emit_analytics_event") is not False
        parcel = Parcel(request=request, trigger_id=firing.trigger_id, is_stamped=is_stamped)
        sent = await sending.send(parcel, post=self._post)
        firing = _answered(firing, request, sent)
        changed = await self._read(hook, firing, sent)
        changes = {**changes, **changed}
        objection = check(changes) if check and changed else None
        if objection is None:
            self._note(firing, firings.DELIVERED)
        else:
            self._failed(hook, firing, objection)
        return changes

    async def _request_or_fail(self, hook: Hook, firing: Firing, *, ahead: Ahead | None) -> Request | None:
        try:
            return await self._request_or_none(hook, firing, ahead=ahead)
        except (UnusableHookError, MappingError) as error:
            self._note(firing, firings.NOT_RENDERED, error.message)
            logger.warning("action_not_rendered", hook=hook.path, reason=error.message)
            raise ActionNotRenderedError from error

    async def _read(self, hook: Hook, firing: Firing, sent: Sent) -> Edit:
        try:
            return await self._reading.read(hook, firing.context or {}, sent.answer)
        except ActionInterruptedError as error:
            self._note(firing, firings.INTERRUPTED, error.message)
            raise
        except ActionFailedError as error:
            self._failed(hook, firing, reason_of(error))
            raise

    def _failed(self, hook: Hook, firing: Firing, reason: str) -> None:
        self._note(firing, firings.FAILED, reason)
        logger.warning("action_failed", hook=hook.path, trigger_id=firing.trigger_id, reason=reason)

    async def _send_or_queue(self, call: Call, occasion: Occasion) -> list[str]:
        """Try once (the queue is the retry) and return the trigger id if it arrived."""
        parcel = Parcel(request=call.request, trigger_id=call.trigger_id)
        sent = await sending.send(parcel, post=self._post, pauses_seconds=sending.ONE_ATTEMPT)
        firing = _answered(self._owed(call, occasion), call.request, sent)
        try:
            verdict.accepted(sent.answer)
        except ActionFailedError as error:
            self._note(firing, firings.PENDING, reason_of(error))
            logger.warning("action_queued", hook=call.hook.path, trigger_id=call.trigger_id, reason=reason_of(error))
            return []
        self._note(msgspec.structs.replace(firing, mode=firings.INLINE), firings.DELIVERED)
        return [call.trigger_id]

    async def _settle(self, arrived: list[str], owed: list[str]) -> None:
        def transaction(connection: Connection) -> None:
            outbox.drop_held(connection, arrived)
            outbox.release_held(connection, owed)

        if arrived or owed:
            await self._database.write(transaction)

    async def _calls(self, hooks: Sequence[Hook], occasion: Occasion) -> list[Call]:
        found = [await self._call_or_none(hook, occasion) for hook in hooks]
        return [call for call in found if call is not None]

    async def _call_or_none(self, hook: Hook, occasion: Occasion) -> Call | None:
        context = occasions.shown_to(hook, occasion)
        firing = msgspec.structs.replace(self._firing(hook, occasion), mode=firings.QUEUED, context=context)
        try:
            request = await self._request_or_none(hook, firing)
        except MappingBusyError:
            raise  # not the hook's fault: nothing is stored yet, and the person may try again
        except (UnusableHookError, MappingError) as error:
            self._note(firing, firings.NOT_RENDERED, error.message)
            logger.warning("action_left_out", hook=hook.path, reason=error.message)
            return None
        if request is None:
            return None
        return Call(hook=hook, trigger_id=firing.trigger_id, request=request)

    async def _request_or_none(self, hook: Hook, firing: Firing, *, ahead: Ahead | None = None) -> Request | None:
        """Return the request, or None where its Jsonnet cancelled it, which is noted."""
        if ahead is not None and ahead.path == hook.path:
            request = await asyncio.shield(ahead.task)
        else:
            request = await self._built(hook, firing.context or {})
        if request is None:
            self._note(firing, firings.CANCELLED)
            logger.info("action_cancelled", hook=hook.path)
        return request

    async def _built(self, hook: Hook, context: dict[str, Any]) -> Request | None:
        return await requests.build_or_none(hook, context, evaluator=self._evaluator, templates=self._templates)

    def _rendered(self, task: asyncio.Task[Request | None]) -> None:
        """Nobody may want it any more: the change that it was for was not to be."""
        self._rendering.discard(task)
        if not task.cancelled():
            task.exception()

    def _records(self, calls: list[Call], occasion: Occasion) -> tuple[Record, ...]:
        now_ms = epoch_ms(self._clock.now())
        return tuple(record(call, occasion, sealer=self._sealer, now_ms=now_ms) for call in calls)

    def _owed(self, call: Call, occasion: Occasion) -> Firing:
        return msgspec.structs.replace(
            self._firing(call.hook, occasion),
            trigger_id=call.trigger_id,
            mode=firings.QUEUED,
            context=occasions.without_cookies(occasion),
            request=call.request,
        )

    def _firing(self, hook: Hook, occasion: Occasion) -> Firing:
        return Firing(
            trigger_id=occasions.trigger_id(occasion, hook, sealer=self._sealer, new_id=self._new_id),
            action_id=hook.id,
            path=hook.path,
            project_id=occasion.project_id,
            identity_id=occasion.identity_id,
            flow=occasion.trigger.flow,
            moment=occasion.trigger.moment,
            method=occasion.trigger.method,
            flow_id=occasion.flow_id,
            at_ms=epoch_ms(self._clock.now()),
            mode=firings.INLINE,
            state=firings.PENDING,
        )

    def _note(self, firing: Firing, state: str, reason: str | None = None) -> None:
        self._journal.note(msgspec.structs.replace(firing, state=state, reason=reason))


class Owed:
    """What waits for a transaction of the caller's: `store` in it, `stored` once it is committed."""

    def __init__(self, runner: ActionRunner, prepared: Prepared) -> None:
        self._runner = runner
        self._prepared = prepared

    @property
    def is_anything(self) -> bool:
        return bool(self._prepared.queued or self._prepared.held)

    def store(self, connection: Connection) -> None:
        self._runner.store(connection, self._prepared)

    def stored(self) -> None:
        self._runner.stored(self._prepared)


def _answered(firing: Firing, request: Request, sent: Sent) -> Firing:
    return msgspec.structs.replace(firing, request=request, response=sent.response, attempts=sent.attempts)


def reason_of(error: ActionFailedError) -> str:
    """Return what the operator should read: the cause, where the person was told less."""
    return error.__cause__.message if isinstance(error.__cause__, HeadwaterError) else error.message
