"""Runs a chain: renders what is queued before the identity is stored, sends what is inline after it.

No transaction is open while anything is sent (DESIGN decision 3): `prepare` renders, `store`
writes, `run` sends. What `store` wrote is owed: it reaches its receiver even if the process dies at any step.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import Connection

from headwater.actions import inline, requests
from headwater.actions import occasion as occasions
from headwater.actions.calls import Call, record
from headwater.actions.chain import Chain, Hook
from headwater.actions.errors import (
    ActionFailedError,
    ActionNotRenderedError,
    BlockingHookError,
    UnusableHookError,
)
from headwater.actions.occasion import Occasion
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


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What an occasion owes its receivers. `calls` are the held ones' requests by the path of their hook."""

    queued: tuple[Record, ...] = ()
    held: tuple[Record, ...] = ()
    calls: dict[str, Call] = {}


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
    ) -> None:
        self._evaluator = evaluator
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._new_id = new_id
        self._templates = templates
        self._post = inline.Post(sender=sender, clock=clock, new_id=new_id)

    async def prepare(self, chain: Chain, occasion: Occasion) -> Prepared:
        """Render what may be sent later. Sends nothing.

        A hook whose Jsonnet fails or cancels is left out and logged: it never breaks the flow. Raises
        BlockingHookError while a hook that must agree first can't be asked: nobody signs up past it.
        """
        if chain.blocking:
            logger.error("blocking_hook_not_supported", hook=chain.blocking[0].path)
            raise BlockingHookError
        ignored = await self._calls(chain.queued, occasion)
        held = await self._calls([hook for hook in chain.inline if hook.queues_on_error], occasion)
        return Prepared(
            queued=self._records(ignored, occasion),
            held=self._records(held, occasion),
            calls={call.hook.path: call for call in held},
        )

    def store(self, connection: Connection, prepared: Prepared) -> None:
        """Owe what was prepared, in the caller's transaction.

        The same flow submitted again owes the same ids again: what is still held is replaced.
        """
        outbox.enqueue(connection, prepared.queued)
        outbox.drop_held(connection, [record.message_id for record in prepared.held])
        outbox.hold(connection, prepared.held)

    async def run(self, chain: Chain, occasion: Occasion, prepared: Prepared) -> None:
        """Send the inline hooks, one by one; the first failure of an `on_error: fail` one stops the chain.

        Raises ActionFailedError. However this ends, cancelled included, what was held and is not known to have
        arrived goes to the outbox under the same trigger id.
        """
        arrived: list[str] = []
        try:
            for hook in chain.inline:
                if not hook.queues_on_error:
                    await self._send_or_fail(hook, occasion)
                elif hook.path in prepared.calls:
                    arrived += await self._send_or_queue(prepared.calls[hook.path])
        finally:
            owed = [record.message_id for record in prepared.held if record.message_id not in arrived]
            await asyncio.shield(self._settle(arrived, owed))

    async def _send_or_fail(self, hook: Hook, occasion: Occasion) -> None:
        try:
            request = await self._request_or_none(hook, _inline_ctx(hook, occasion))
            if request is None:
                return
            is_stamped = hook.config.get("emit_analytics_event") is not False
            trigger_id = occasions.trigger_id(occasion, hook, new_id=self._new_id) if is_stamped else None
            await inline.send(request, post=self._post, trigger_id=trigger_id)
        except ActionFailedError as error:
            logger.warning("action_failed", hook=hook.path, reason=_reason(error))
            raise
        except (UnusableHookError, MappingError) as error:
            logger.warning("action_not_rendered", hook=hook.path, reason=error.message)
            raise ActionNotRenderedError from error

    async def _send_or_queue(self, call: Call) -> list[str]:
        """Try once (the queue is the retry) and return the trigger id if it arrived."""
        try:
            await inline.send(
                call.request, post=self._post, trigger_id=call.trigger_id, pauses_seconds=inline.ONE_ATTEMPT
            )
        except ActionFailedError as error:
            logger.warning("action_queued", hook=call.hook.path, trigger_id=call.trigger_id, reason=_reason(error))
            return []
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
        try:
            request = await self._request_or_none(hook, occasions.without_cookies(occasion))
        except MappingBusyError:
            raise  # not the hook's fault: nothing is stored yet, and the person may try again
        except (UnusableHookError, MappingError) as error:
            logger.warning("action_left_out", hook=hook.path, reason=error.message)
            return None
        if request is None:
            return None
        trigger_id = occasions.trigger_id(occasion, hook, new_id=self._new_id)
        return Call(hook=hook, trigger_id=trigger_id, request=request)

    async def _request_or_none(self, hook: Hook, ctx: dict[str, Any]) -> Request | None:
        request = await requests.build_or_none(hook, ctx, evaluator=self._evaluator, templates=self._templates)
        if request is None:
            logger.info("action_cancelled", hook=hook.path)
        return request

    def _records(self, calls: list[Call], occasion: Occasion) -> tuple[Record, ...]:
        now_ms = epoch_ms(self._clock.now())
        return tuple(record(call, occasion, sealer=self._sealer, now_ms=now_ms) for call in calls)


def _inline_ctx(hook: Hook, occasion: Occasion) -> dict[str, Any]:
    exposes = hook.config.get("expose_session_cookie") is True
    return occasions.with_own_cookies(occasion) if exposes else occasion.context


def _reason(error: ActionFailedError) -> str:
    """Return what the operator should read: the cause, where the person was told less."""
    return error.__cause__.message if isinstance(error.__cause__, HeadwaterError) else error.message
