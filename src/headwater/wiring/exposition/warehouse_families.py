"""Metric families about warehouses: how their syncs stand. Pure."""

from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from headwater.api.sync_standing import SyncStanding

MS_PER_SECOND = 1_000
WHOSE = ["warehouse"]


def families(standings: Sequence[SyncStanding]) -> Iterator[Metric]:
    """Return them all. A warehouse that was never synced with success has no time of it."""
    info = GaugeMetricFamily(
        "headwater_warehouse_info", "A warehouse's name and kind, by its id.", labels=[*WHOSE, "name", "kind"]
    )
    success = GaugeMetricFamily(
        "headwater_sync_last_success_timestamp_seconds", "When the last whole sync ended.", labels=WHOSE
    )
    rows = GaugeMetricFamily("headwater_sync_last_rows", "Rows that came with the last sync that ended.", labels=WHOSE)
    failed = GaugeMetricFamily(
        "headwater_sync_failures_in_a_row", "Syncs that failed since the last that did not.", labels=WHOSE
    )
    for one in standings:
        info.add_metric([one.id, one.name, one.kind], 1)
        if one.last_success_ms is not None:
            success.add_metric([one.id], one.last_success_ms / MS_PER_SECOND)
        rows.add_metric([one.id], one.rows)
        failed.add_metric([one.id], one.failed_in_a_row)
    yield from (info, success, rows, failed)
