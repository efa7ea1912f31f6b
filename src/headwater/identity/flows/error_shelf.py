"""What went wrong in a browser, kept for a day, so that the error page can ask for it by id."""

from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from headwater.core import clock, ids
from headwater.core.clock import Clock, epoch_ms
from headwater.core.errors import HeadwaterError
from headwater.identity.flows.errors import FlowNotFoundError
from headwater.store.database import Database
from headwater.store.tables import flow_errors
from headwater.web import problems

KEPT_MS = 24 * 3600 * 1000


class UnknownErrorError(FlowNotFoundError):
    """There is no error with this id; they are kept for a day."""


class ErrorShelf:
    """The errors of one installation's browsers."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, error: HeadwaterError, *, project_id: str) -> str:
        """Store an error as the browser may see it; return its id."""
        document = problems.envelope(error.status, id=error.code, reason=error.message)["error"]
        error_id = ids.new_uuid()
        now_ms = epoch_ms(self._clock.now())

        def transaction(connection: Connection) -> None:
            connection.execute(delete(flow_errors).where(flow_errors.c.created_at_ms < now_ms - KEPT_MS))
            row = {"id": error_id, "project_id": project_id, "created_at_ms": now_ms}
            connection.execute(insert(flow_errors), {**row, "document": msgspec.json.encode(document).decode()})

        await self._database.write(transaction)
        return error_id

    async def get(self, error_id: str, *, project_id: str) -> dict[str, Any]:
        """Return the error in Ory's `flowError` shape. Raises UnknownErrorError."""
        chosen = flow_errors.c.id == error_id.lower(), flow_errors.c.project_id == project_id

        def query(connection: Connection) -> Any:
            return connection.execute(select(flow_errors).where(*chosen)).first()

        row = await self._database.read(query) if ids.is_uuid(error_id) else None
        if row is None:
            raise UnknownErrorError
        moment = clock.iso_ms(clock.from_epoch_ms(row.created_at_ms))
        return {"id": row.id, "error": msgspec.json.decode(row.document), "created_at": moment, "updated_at": moment}
