"""/api/trace: where one event or one Action's call went, found by its id; and the newest deliveries."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Router, get
from litestar.params import FromPath, FromQuery

from headwater.actions.journal.deliveries import ActionDeliveries
from headwater.api import shapes
from headwater.api.places import Amount, Place
from headwater.api.slugs import Slugs
from headwater.core.errors import NotFoundError
from headwater.core.event import ACTIONS_SOURCE, Stored
from headwater.core.secrets import Sealer
from headwater.deliver import decide
from headwater.deliver.report import DeliveryReport
from headwater.log.event_log import Reader
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import destinations, sources
from headwater.workspace.configuration import Destination

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000


class Traces:
    """Finds where an event, or an Action's call, went."""

    def __init__(
        self,
        *,
        database: Database,
        reader: Reader,
        report: DeliveryReport,
        actions: ActionDeliveries,
        sealer: Sealer,
        oldest_at: Callable[[], str | None],
    ) -> None:
        self._actions = actions
        self._oldest_at = oldest_at
        self._database = database
        self._reader = reader
        self._report = report
        self._sealer = sealer

    async def of(
        self,
        message_id: str,
        *,
        source: str | None,
        offset: int | None = None,
        has_exchanges: bool = False,
        has_event: bool = False,
    ) -> dict[str, Any]:
        """Return what is known of `message_id`; also what was said, and the event itself, if that is asked for.

        `offset` is where the event is, if somebody knows: then it isn't looked for, unless it is another `source`'s.
        Raises NotFoundError.
        """
        slugs, tools = await self._configured()
        source_id = await Slugs(self._database).id_of(source) if source else None
        there = await self._there(message_id, offset, source_id)
        found = there or await self._reader.find(message_id, source=source_id)
        events = [stored for stored in found if stored.record.source != ACTIONS_SOURCE]
        action = None if source else await self._actions.one_or_none(message_id)
        if not events and action is None:
            where = f" from source {source!r}" if source else ""
            raise NotFoundError(f"No event {message_id!r}{where} is in the log. {self._hint()}")
        shown: dict[str, Any] = {"message_id": message_id}
        if events:
            shown |= await _event(events[-1], slugs, tools, self._report)
            if has_event:
                shown["event"] = shapes.event_body(events[-1].record.body)
            if has_exchanges:
                await self._tell(shown["deliveries"], offset=events[-1].offset)
        if action is not None:
            shown["action"] = msgspec.to_builtins(action)
        return shown

    async def _there(self, message_id: str, offset: int | None, source_id: str | None) -> list[Stored]:
        """Return the event at `offset`, if it is the one."""
        found = [] if offset is None else await self._reader.read(after=offset - 1, limit=1)
        same = [one for one in found if (one.offset, one.record.message_id) == (offset, message_id)]
        return [one for one in same if source_id in (None, one.record.source)]

    async def _tell(self, deliveries: list[dict[str, Any]], *, offset: int) -> None:
        """Put to each delivery what was said at its last attempt that failed, or what a shadow would have said."""
        said = await self._report.exchanges(offset)
        for row in deliveries:
            row["exchange"] = msgspec.to_builtins(said.get(row["destination"]))

    def _hint(self) -> str:
        oldest_at = self._oldest_at()
        kept = f" Events from before {oldest_at} are forgotten, as the log's retention says." if oldest_at else ""
        return f"If it was turned away (wrong write key? no userId?), `headwater list rejected-events` counts it.{kept}"

    async def _configured(self) -> tuple[dict[str, str], list[Destination]]:
        return await self._database.read(
            lambda connection: (sources.slugs(connection), destinations.ever(connection, sealer=self._sealer))
        )


def routes(
    *,
    database: Database,
    reader: Reader,
    report: DeliveryReport,
    actions: ActionDeliveries,
    sealer: Sealer,
    oldest_at: Callable[[], str | None],
) -> Router:
    """`oldest_at` tells since when the log has everything, None while nothing was forgotten."""
    traces = Traces(
        database=database, reader=reader, report=report, actions=actions, sealer=sealer, oldest_at=oldest_at
    )

    @get("/trace/{message_id:str}", guards=[needs("deliveries.read")])
    async def trace(
        message_id: FromPath[str],
        *,
        source: FromQuery[str | None] = None,
        exchanges: FromQuery[bool] = False,
        event: FromQuery[bool] = False,
    ) -> dict[str, Any]:
        return await traces.of(message_id, source=source, has_exchanges=exchanges, has_event=event)

    # An id may hold slashes and dots, which a path doesn't keep.
    @get("/trace", guards=[needs("deliveries.read")])
    async def trace_any(
        message_id: FromQuery[str],
        *,
        source: FromQuery[str | None] = None,
        offset: Place = None,
        exchanges: FromQuery[bool] = False,
        event: FromQuery[bool] = False,
    ) -> dict[str, Any]:
        return await traces.of(message_id, source=source, offset=offset, has_exchanges=exchanges, has_event=event)

    @get("/deliveries", guards=[needs("deliveries.read")])
    async def deliveries(
        *,
        limit: Amount = DEFAULT_LIMIT,
        destination: FromQuery[str | None] = None,
        before: Place = None,
    ) -> dict[str, Any]:
        found = await report.recent_page(min(limit, MAX_LIMIT), destination=destination, before=before)
        return {"deliveries": [msgspec.to_builtins(row) for row in found.attempts], "next": found.next}

    return Router("/api", route_handlers=[trace, trace_any, deliveries])


async def _event(
    stored: Stored, slugs: dict[str, str], tools: list[Destination], report: DeliveryReport
) -> dict[str, Any]:
    record = stored.record
    tried = await report.tried(stored.offset)
    mine = [tool for tool in tools if tool.id in tried or _was_for(tool, stored)]
    return {
        "source": slugs.get(record.source, record.source),
        "type": record.type,
        "received": shapes.at(record.received_at_ms),
        "stored": {"offset": stored.offset},
        "via": record.via,
        "deliveries": [msgspec.to_builtins(row) for row in await report.deliveries(stored.offset, mine)],
    }


def _was_for(tool: Destination, stored: Stored) -> bool:
    """Tell whether an event is one of a destination's, by where it comes from; of a deleted one up to its end only."""
    is_over = tool.end_offset is not None and stored.offset > tool.end_offset
    return decide.is_for(stored.record, destination=tool) and not is_over
