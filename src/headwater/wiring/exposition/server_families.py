"""Metric families about what comes in and where it is kept: collect, the log and its readers, flows. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from headwater.collect.counters import Counters
from headwater.identity.flows.flow_counts import FlowCounts
from headwater.workspace.rejections import Rejection


def collected(counters: Counters, rejections: Sequence[Rejection]) -> Iterator[Metric]:
    """Return what was collected. Rejections are counted for good, everything else since the server started."""
    events = CounterMetricFamily(
        "headwater_events", "Events that came in, by what became of them at the door.", labels=["result"]
    )
    events.add_metric(["stored"], counters.accepted - counters.repeated)
    events.add_metric(["repeated"], counters.repeated)
    events.add_metric(["rejected"], counters.rejected)
    calls = CounterMetricFamily(
        "headwater_tracking_calls", "Tracking calls that did not go through, or came again.", labels=["result"]
    )
    for name in ("refused", "rate_limited", "unavailable", "retried"):
        calls.add_metric([name], getattr(counters, name))
    by_code: dict[tuple[str, str], int] = {}
    for one in rejections:
        by_code[one.source_id, one.code] = by_code.get((one.source_id, one.code), 0) + one.count
    rejected = CounterMetricFamily(
        "headwater_rejected_events", "Events and calls that were turned away, for good.", labels=["source", "code"]
    )
    for (source, code), count in sorted(by_code.items()):
        rejected.add_metric([source, code], count)
    yield from (events, calls, rejected)


def logged(described: Mapping[str, Any], cursors: Mapping[str, int] | None) -> Iterator[Metric]:
    """Return how much the log holds, and how far behind each reader is; None where nobody knows that."""
    newest = described["newest_offset"]
    yield GaugeMetricFamily("headwater_log_events", "Events that the log holds.", value=described["events"])
    yield GaugeMetricFamily("headwater_log_size_bytes", "Bytes that the log takes up.", value=described["size_bytes"])
    yield GaugeMetricFamily("headwater_log_segments", "Parts that the log is in.", value=described["segments"])
    yield CounterMetricFamily("headwater_log_appended", "Events that the log was ever given.", value=newest)
    lag = GaugeMetricFamily(
        "headwater_log_reader_lag_events", "Events of the log that a reader has not done yet.", labels=["reader"]
    )
    for reader, cursor in sorted((cursors or {}).items()):
        lag.add_metric([reader], max(newest - cursor, 0))
    yield lag
    up = "1 while the readers' process answers."
    yield GaugeMetricFamily("headwater_readers_up", up, value=cursors is not None)


def flowed(counts: FlowCounts) -> Iterator[Metric]:
    """Return how many self-service flows there were since the server started."""
    begun = CounterMetricFamily("headwater_flows_begun", "Flows that were begun.", labels=["flow", "type"])
    for (kind, type_), count in sorted(counts.begun.items()):
        begun.add_metric([kind, type_], count)
    submitted = CounterMetricFamily(
        "headwater_flow_submits", "Submits of flows: taken, or refused with what is wrong.", labels=["flow", "result"]
    )
    for (kind, result), count in sorted(counts.submitted.items()):
        submitted.add_metric([kind, result], count)
    yield from (begun, submitted)
