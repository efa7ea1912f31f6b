"""/api/delivery-volume: what became of each destination's events, over time."""

from typing import Any

import msgspec
from litestar import Router, get
from litestar.params import FromQuery

from headwater.api import volume_wishes
from headwater.api.dead_letter_wishes import ACTIONS
from headwater.api.event_volume import DEFAULT_SINCE, when
from headwater.core.clock import Clock
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.deliver.metrics import volume as volumes
from headwater.deliver.metrics.volume import Volume
from headwater.deliver.report import DeliveryReport
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import destinations


def routes(*, database: Database, sealer: Sealer, report: DeliveryReport, clock: Clock) -> Router:
    @get("/delivery-volume", guards=[needs("deliveries.read")])
    async def volume(
        *,
        destination: FromQuery[str | None] = None,
        since: FromQuery[str] = DEFAULT_SINCE,
        until: FromQuery[str | None] = None,
        step: FromQuery[str | None] = None,
    ) -> dict[str, Any]:
        """One destination (`actions`: the queued ones) is there in any case; else those of which something settled."""
        names = await _names(database, sealer, destination)
        period = volume_wishes.period(since=since, until=until, step=step, clock=clock, is_of_all=destination is None)
        asked = queued.CURSOR_NAME if destination == ACTIONS else destination
        found = await report.volume(period, destination=asked)
        if asked is not None:
            found = {asked: found.get(asked) or volumes.volume([], period)}
        shown = [_shown(names[id_], one) for id_, one in found.items() if id_ in names]
        return {**when(period), "destinations": sorted(shown, key=lambda one: -sum(one["delivered"]))}

    return Router("/api", route_handlers=[volume])


async def _names(database: Database, sealer: Sealer, asked: str | None) -> dict[str, dict[str, str]]:
    """Return who is who, by the name that is counted under. Raises NotFoundError for one that isn't there."""
    actions = {queued.CURSOR_NAME: {"destination": ACTIONS, "name": "Queued Actions"}}
    if asked == ACTIONS:
        return actions
    if asked is not None:
        found = await database.read(lambda connection: destinations.get(connection, asked, sealer=sealer))
        return {found.id: {"destination": found.id, "name": found.name}}
    named = await database.read(destinations.named)
    return {**actions, **{one.id: {"destination": one.id, "name": one.name} for one in named}}


def _shown(who: dict[str, str], volume: Volume) -> dict[str, Any]:
    return {**who, **msgspec.to_builtins(volume)}
