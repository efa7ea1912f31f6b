"""A flow forgets whom it has made once their Actions have heard of it, and nobody waits for that.

Until it has, this process knows that it is done. Should the process die just then, the flow's owner, who alone can,
goes on with the person that they are.
"""

import asyncio

import structlog

from headwater.core.errors import HeadwaterError
from headwater.identity.flows import flow as flows
from headwater.identity.flows.flow import Flow
from headwater.identity.registration import unfinished
from headwater.store.database import Database

logger = structlog.get_logger(__name__)


class Tidier:
    """One per installation."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def tidy(self, flow: Flow) -> None:
        """Let a flow that is done forget its person, soon."""
        self._tasks[flow.id] = asyncio.create_task(self._forget(flow))

    def is_finished(self, flow: Flow) -> bool:
        """Tell whether a flow is done that may still say it is not."""
        return flow.id in self._tasks

    async def _forget(self, flow: Flow) -> None:
        try:
            await self._database.write(lambda connection: flows.save(connection, unfinished.forgotten(flow)))
        except HeadwaterError as error:  # a full disk, say: the person is there, and has their answer
            logger.warning("flow_not_tidied", flow=flow.id, reason=error.message)
        finally:
            del self._tasks[flow.id]
