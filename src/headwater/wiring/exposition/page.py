"""The page that Prometheus reads, put together when it is asked for: nothing is counted for its sake in between."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

import headwater
from headwater.api.destination_metrics import Metrics
from headwater.api.sync_standing import SyncStanding
from headwater.collect.counters import Counters
from headwater.core.errors import UnavailableError
from headwater.identity.flows.flow_counts import FlowCounts
from headwater.store.database import Database
from headwater.wiring.exposition import delivery_families, server_families, warehouse_families
from headwater.workspace import rejections

READERS = "headwater_readers"


class Page:
    """`described` says how the log is, `cursors` how far its readers are, `readers_pid` which process those run in.

    `standings` says how the syncs of warehouses are.
    """

    def __init__(
        self,
        *,
        database: Database,
        metrics: Metrics,
        counters: Counters,
        flows: FlowCounts,
        described: Callable[[], Mapping[str, Any]],
        cursors: Callable[[], Awaitable[Mapping[str, int]]],
        readers_pid: Callable[[], int | None],
        standings: Callable[[], Awaitable[Sequence[SyncStanding]]],
    ) -> None:
        self._database = database
        self._metrics = metrics
        self._counters = counters
        self._flows = flows
        self._described = described
        self._cursors = cursors
        self._readers_pid = readers_pid
        self._standings = standings

    async def render(self) -> tuple[bytes, str]:
        """Return the page and its content type. What can't be known now is missing from it; the rest is there."""
        families = [
            InfoMetricFamily("headwater", "The release that runs.", value={"version": headwater.__version__}),
            *server_families.collected(self._counters, await self._database.read(rejections.every)),
            *server_families.logged(self._described(), await self._cursors_or_none()),
            *server_families.flowed(self._flows),
            *delivery_families.families(await self._metrics.measured()),
            *warehouse_families.families(await self._standings()),
        ]
        registry = CollectorRegistry()
        registry.register(_Given(families))
        registry.register(ProcessCollector(registry=None))
        readers = self._readers_pid()
        if readers is not None:
            registry.register(ProcessCollector(namespace=READERS, pid=lambda: readers, registry=None))
        return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4

    async def _cursors_or_none(self) -> Mapping[str, int] | None:
        try:
            return await self._cursors()
        except UnavailableError:
            return None


class _Given(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)
