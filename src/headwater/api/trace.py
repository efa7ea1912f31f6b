"""/api/trace: where one event went, found by its message id; and the newest deliveries and dead letters."""

from typing import Any

import msgspec
from litestar import Router, get

from headwater.api import shapes
from headwater.core.errors import NotFoundError
from headwater.core.event import ACTIONS_SOURCE, Stored
from headwater.core.secrets import Sealer
from headwater.deliver.report import DeliveryReport
from headwater.log.event_log import Reader
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import destinations, sources
from headwater.workspace.configuration import Destination, Source

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000


def routes(*, database: Database, reader: Reader, report: DeliveryReport, sealer: Sealer) -> Router:
    async def configured() -> tuple[list[Source], list[Destination]]:
        return await database.read(
            lambda connection: (sources.every(connection), destinations.every(connection, sealer=sealer))
        )

    @get("/trace/{message_id:str}", guards=[needs("deliveries.read")])
    async def trace(message_id: str, source: str | None = None) -> dict[str, Any]:
        known, tools = await configured()
        source_id = _id_of(source, known) if source else None
        found = await reader.find(message_id, source=source_id)
        events = [stored for stored in found if stored.record.source != ACTIONS_SOURCE]
        actions = [stored for stored in found if stored.record.source == ACTIONS_SOURCE]
        if not found:
            where = f" from source {source!r}" if source else ""
            hint = "If it was turned away (a wrong write key, no userId?), `headwater list rejected-events` counts it."
            raise NotFoundError(f"No event {message_id!r}{where} is in the log. {hint}")
        shown: dict[str, Any] = {"message_id": message_id}
        if events:
            shown |= await _event(events[-1], known, tools, report)
        if actions:
            shown["action"] = msgspec.to_builtins(await report.action_delivery(actions[-1].offset))
        return shown

    @get("/deliveries", guards=[needs("deliveries.read")])
    async def deliveries(limit: int = DEFAULT_LIMIT) -> dict[str, Any]:
        rows = await report.recent(min(limit, MAX_LIMIT))
        return {"deliveries": [msgspec.to_builtins(row) for row in rows]}

    @get("/dead-letters", guards=[needs("deliveries.read")])
    async def dead_letters(destination: str, limit: int = DEFAULT_LIMIT) -> dict[str, Any]:
        rows = await report.dead_letters(destination, limit=min(limit, MAX_LIMIT))
        return {"dead_letters": [msgspec.to_builtins(row) for row in rows]}

    return Router("/api", route_handlers=[trace, deliveries, dead_letters])


def _id_of(slug: str, known: list[Source]) -> str:
    for one in known:
        if slug in (one.slug, one.id):
            return one.id
    raise NotFoundError(f"There is no source {slug!r}. `headwater list sources` shows which there are.")


async def _event(
    stored: Stored, known: list[Source], tools: list[Destination], report: DeliveryReport
) -> dict[str, Any]:
    record = stored.record
    slugs = shapes.slugs_of(known)
    mine = [tool for tool in tools if record.source in tool.source_ids]
    return {
        "source": slugs.get(record.source, record.source),
        "type": record.type,
        "received": shapes.at(record.received_at_ms),
        "stored": {"offset": stored.offset},
        "via": record.via,
        "deliveries": [msgspec.to_builtins(row) for row in await report.deliveries(stored.offset, mine)],
    }
