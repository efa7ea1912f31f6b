"""/api/destination-metrics, /api/destinations/{id}/metrics: what became of their events, how their lanes are doing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from litestar import Router, get
from litestar.params import FromPath

from headwater.api.dead_letter_wishes import ACTIONS
from headwater.core.errors import UnavailableError
from headwater.core.secrets import Sealer
from headwater.deliver import queued
from headwater.deliver.metrics.sheet import sheet
from headwater.deliver.metrics.sums import Sums
from headwater.deliver.report import DeliveryReport
from headwater.store.database import Database
from headwater.web.access import needs
from headwater.workspace import destinations
from headwater.workspace.configuration import Destination
from headwater.workspace.destinations import Named

Lanes = Callable[[], Awaitable[Sequence[Mapping[str, Any]]]]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """All there is at one moment: sums and lanes by name. `unknown` says why nobody tells how the lanes are doing."""

    destinations: tuple[Named, ...]
    sums: dict[str, Sums]
    lanes: dict[str, Mapping[str, Any]]
    unknown: str | None = None

    def sheet_of(self, name: str) -> dict[str, Any]:
        """Return the metrics of one destination, or of the lane of queued Actions."""
        return sheet(self.sums.get(name, Sums()), lane=self.lanes.get(name))


class Metrics:
    """Puts together what deliver.db holds and what `lanes` tells; that may raise UnavailableError."""

    def __init__(self, *, database: Database, sealer: Sealer, report: DeliveryReport, lanes: Lanes) -> None:
        self._database = database
        self._sealer = sealer
        self._report = report
        self._lanes = lanes

    async def measured(self) -> Measured:
        """Return everything, of the destinations that there are now."""
        known = await self._database.read(destinations.named)
        sums = await self._report.sums()
        lanes, unknown = await self._lanes_or_why_not()
        return Measured(destinations=tuple(known), sums=sums, lanes=lanes, unknown=unknown)

    async def one(self, name: str) -> dict[str, Any]:
        """Return one destination's metrics; `actions` are the queued ones. Raises NotFoundError."""
        if name == ACTIONS:
            who, lane = {"destination": ACTIONS}, queued.CURSOR_NAME
        else:
            found = await self._database.read(
                lambda connection: destinations.get(connection, name, sealer=self._sealer)
            )
            who, lane = _named(found), name
        lanes, unknown = await self._lanes_or_why_not()
        shown = sheet(await self._report.sums_of(lane), lane=lanes.get(lane))
        return {**who, **shown, "lane_unknown_because": unknown}

    async def every(self) -> dict[str, Any]:
        """Return all of them, as `headwater get status` has them."""
        everything = await self.measured()
        return {
            "destinations": [{**_named(one), **everything.sheet_of(one.id)} for one in everything.destinations],
            "actions": everything.sheet_of(queued.CURSOR_NAME),
            "lanes_unknown_because": everything.unknown,
        }

    async def _lanes_or_why_not(self) -> tuple[dict[str, Mapping[str, Any]], str | None]:
        """Return how the lanes are doing, by name, or why nobody tells."""
        try:
            lanes = await self._lanes()
        except UnavailableError as error:
            return {}, error.message
        return {lane["destination"]: lane for lane in lanes}, None


def routes(*, metrics: Metrics) -> Router:
    """Return the routes."""

    @get("/destinations/{destination_id:str}/metrics", guards=[needs("deliveries.read")])
    async def one(destination_id: FromPath[str]) -> dict[str, Any]:
        return await metrics.one(destination_id)

    @get("/destination-metrics", guards=[needs("deliveries.read")])
    async def every() -> dict[str, Any]:
        return await metrics.every()

    return Router("/api", route_handlers=[one, every])


def _named(destination: Destination | Named) -> dict[str, Any]:
    return {"destination": destination.id, "name": destination.name, "kind": destination.kind}
