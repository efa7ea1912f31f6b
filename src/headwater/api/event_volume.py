"""/api/event-volume: how many events each source sent, over time."""

from typing import Any

from litestar import Router, get
from litestar.params import FromQuery

from headwater.api import schema, shapes, volume_wishes
from headwater.api.slugs import Slugs
from headwater.core.clock import Clock
from headwater.core.periods import MS_PER_SECOND, Period
from headwater.live.schema_view import SchemaView
from headwater.live.volume import Volume
from headwater.log.event_log import Reader
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import rejection_volume, sources

DEFAULT_SINCE = "1d"


def routes(*, database: Database, reader: Reader, view: SchemaView, clock: Clock) -> Router:
    @get("/event-volume", guards=[needs("deliveries.read")])
    async def volume(
        *,
        source: FromQuery[str | None] = None,
        since: FromQuery[str] = DEFAULT_SINCE,
        until: FromQuery[str | None] = None,
        step: FromQuery[str | None] = None,
        types: FromQuery[bool] = True,
    ) -> dict[str, Any]:
        """One source is there in any case; of all of them those of which something came, the busiest first.

        Without `types` their counts by type are left out. `source` is None for what was dropped and came under no
        write key that we know.
        """
        source_id = await Slugs(database).id_of(source) if source else None
        period = volume_wishes.period(since=since, until=until, step=step, clock=clock, is_of_all=source_id is None)
        progress, found = await view.volume(period, source_id=source_id, is_by_type=types)
        dropped, called = await database.read(
            lambda connection: (
                rejection_volume.over(connection, period, source_id=source_id),
                sources.slugs(connection),
            )
        )
        ids = {*found, *dropped} if source_id is None else {source_id}
        nothing = Volume(events=[0] * period.size, by_type={} if types else None)
        shown = [
            _shown(called.get(id_, id_) or None, found.get(id_, nothing), dropped.get(id_) or [0] * period.size)
            for id_ in sorted(ids)
        ]
        return {
            **when(period),
            "as_of": schema.as_of(progress, head=await reader.head()),
            "sources": sorted(shown, key=lambda one: (-one["total"], one["source"] or "")),
        }

    return Router("/api", route_handlers=[volume])


def when(period: Period) -> dict[str, Any]:
    """Return what an answer says of its time; `at` is when each step begins."""
    at = [shapes.at(moment * MS_PER_SECOND) for moment in period.moments()]
    until = shapes.at(period.until_s * MS_PER_SECOND)
    return {"since": at[0], "until": until, "step": volume_wishes.step_of(period), "at": at}


def _shown(slug: str | None, volume: Volume, rejected: list[int]) -> dict[str, Any]:
    shown = {"source": slug, "total": sum(volume.events), "events": volume.events, "rejected": rejected}
    return shown if volume.by_type is None else {**shown, "types": volume.by_type}
