"""/api/schema: which events a source sends, with which properties of which types."""

from typing import Any

from litestar import Router, get
from litestar.params import FromQuery

from headwater.api import shapes
from headwater.api.slugs import Slugs
from headwater.live.schema_book import Progress
from headwater.live.schema_view import EventSeen, PropertySeen, SchemaView
from headwater.log.event_log import Reader
from headwater.store.database import Database
from headwater.web.access import needs


def routes(*, database: Database, reader: Reader, view: SchemaView) -> Router:
    @get("/schema", guards=[needs("deliveries.read")])
    async def schema(source: FromQuery[str | None] = None, event: FromQuery[str | None] = None) -> dict[str, Any]:
        slugs = Slugs(database)
        source_id = await slugs.id_of(source) if source else None
        seen = await view.schema(source_id=source_id, event=event)
        return {
            "source": await slugs.of(source_id) if source_id else None,
            "as_of": as_of(seen.progress, head=await reader.head()),
            "events": [_event(one, await slugs.of(one.source_id)) for one in seen.events],
            "properties_left_out": seen.properties_left_out,
        }

    return Router("/api", route_handlers=[schema])


def as_of(progress: Progress, *, head: int) -> dict[str, Any]:
    """Return how far counting is. `behind` records are not counted yet, `not_seen` gone before they could be."""
    return {
        "offset": progress.cursor,
        "at": shapes.at(progress.at_ms) if progress.cursor else None,
        "behind": max(0, head - progress.cursor),
        "not_seen": progress.not_seen,
    }


def _event(seen: EventSeen, slug: str) -> dict[str, Any]:
    return {
        "source": slug,
        "type": seen.type,
        "event": seen.name or None,
        "count": seen.count,
        "first_seen": shapes.at(seen.first_seen_ms),
        "last_seen": shapes.at(seen.last_seen_ms),
        "properties": [_property(one) for one in seen.properties],
    }


def _property(seen: PropertySeen) -> dict[str, Any]:
    return {"name": seen.name, "types": seen.types, "count": seen.count, "last_seen": shapes.at(seen.last_seen_ms)}
