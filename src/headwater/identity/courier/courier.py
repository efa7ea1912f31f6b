"""The courier: writes messages for flows, and delivers what is queued, at least once.

One loop, woken when a message is queued and when something is due. What it had in hand when it was killed is
queued again when the next one starts.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import Connection

from headwater.core import ids
from headwater.core.clock import Clock, epoch_ms, wait_for
from headwater.core.errors import HeadwaterError
from headwater.core.secrets import Sealer
from headwater.identity.config.live import Current
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.courier import ledger
from headwater.identity.courier.attempt import Attempt
from headwater.identity.courier.channels.choice import WaysOut
from headwater.identity.courier.composer import Composer
from headwater.identity.courier.mail import Mail
from headwater.store.database import Database

BATCH = 16  # taken, and delivered side by side
FORGOTTEN_AT_ONCE = 200
LONGEST_PAUSE_SECONDS = 3_600.0
TROUBLE_PAUSE_SECONDS = 1.0
MS_PER_SECOND = 1_000

logger = structlog.get_logger(__name__)


class Courier:
    """One per project."""

    def __init__(
        self,
        *,
        database: Database,
        current: Current,
        sealer: Sealer,
        clock: Clock,
        ways_out: WaysOut,
        new_id: Callable[[], str] = ids.new_uuid,
    ) -> None:
        self._database = database
        self._current = current
        self._clock = clock
        self._ways_out = ways_out
        self._composer = Composer(database=database, sealer=sealer, clock=clock, new_id=new_id)
        self._attempt = Attempt(database=database, sealer=sealer, clock=clock, ways_out=ways_out, new_id=new_id)
        self._work = asyncio.Event()
        self._has_requeued = False

    async def compose(
        self,
        template_type: str,
        *,
        channel: str,
        recipient: str,
        data: Mapping[str, Any],
        config: IdentityConfig,
        request_headers: Mapping[str, Sequence[str]] | None = None,
    ) -> Mail:
        """Write a message to `recipient` by `channel` (kinds.EMAIL or kinds.SMS). Call it with no transaction open.

        `template_type` is one of `kinds`; `data` is keyed as Kratos's JSON: recovery_code, recovery_url,
        verification_code, verification_url, login_code, registration_code, identity (its JSON), traits, request_url,
        transient_payload, expires_in_minutes, changed_at, added_at. `to` and `request_url_domain` are filled in.
        Secrets come revealed; they leave this function sealed.
        Raises BadRecipientError, or TooManyMessagesError (a flow that hides who exists catches it).
        """
        return await self._composer.compose(
            template_type,
            channel=channel,
            recipient=recipient,
            data=data,
            config=config,
            request_headers=request_headers or {},
        )

    def wake(self) -> None:
        """The queue may have grown. `queue.enqueue` announces it; the wiring calls this when it hears it."""
        self._work.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._work.clear()
            try:
                pause_seconds = await self._round()
            except HeadwaterError as error:  # a full disk, say: what is queued stays queued
                logger.warning("courier_paused", reason=error.message, seconds=TROUBLE_PAUSE_SECONDS)
                pause_seconds = TROUBLE_PAUSE_SECONDS
            await wait_for(self._work, clock=self._clock, seconds=pause_seconds)

    async def _round(self) -> float:
        """Deliver and forget all that is due, and return how long nothing more will be."""
        config = await self._current.config()
        if not self._has_requeued:
            await self._requeue(config.project_id)
        while await self._deliver_batch(config):
            config = await self._current.config()
        while await self._forget_batch(config.project_id):
            pass
        return await self._pause_seconds(config.project_id)

    async def _requeue(self, project_id: str) -> None:
        found = await self._database.write(
            lambda connection: ledger.requeue_interrupted(connection, project_id=project_id)
        )
        if found:
            logger.info("courier_resumed", messages=found)
        self._has_requeued = True

    async def _deliver_batch(self, config: IdentityConfig) -> bool:
        """Try the messages that are due; tell whether there may be more."""
        now_ms = self._now_ms()
        taken = await self._database.write(
            lambda connection: ledger.take_due(connection, project_id=config.project_id, now_ms=now_ms, limit=BATCH)
        )
        tries = [self._attempt.make(message, config=config.courier) for message in taken]
        failures = [result for result in await asyncio.gather(*tries, return_exceptions=True) if result]
        if failures:
            # What became of some is not written down, and nothing of ours is under way: they are tried again.
            self._has_requeued = False
            raise failures[0]
        return len(taken) == BATCH

    async def _forget_batch(self, project_id: str) -> bool:
        now_ms = self._now_ms()
        due = await self._database.read(
            lambda connection: ledger.due_for_forgetting(
                connection, project_id=project_id, now_ms=now_ms, limit=FORGOTTEN_AT_ONCE
            )
        )
        for message in due:
            await self._ways_out.captured.forget(message)

        def forget(connection: Connection) -> None:
            ledger.forget(connection, due, now_ms=now_ms)

        if due:
            await self._database.write(forget)
        return len(due) == FORGOTTEN_AT_ONCE

    async def _pause_seconds(self, project_id: str) -> float:
        due_ms = await self._database.read(lambda connection: ledger.next_due_ms(connection, project_id=project_id))
        if due_ms is None:
            return LONGEST_PAUSE_SECONDS
        return min(max(due_ms - self._now_ms(), 0) / MS_PER_SECOND, LONGEST_PAUSE_SECONDS)

    def _now_ms(self) -> int:
        return epoch_ms(self._clock.now())
