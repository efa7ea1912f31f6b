"""Metric families about deliveries: one row a destination, and one for queued Actions. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from headwater.api.dead_letter_wishes import ACTIONS
from headwater.api.destination_metrics import Measured
from headwater.deliver import queued
from headwater.deliver.metrics import latencies
from headwater.deliver.metrics.figures import Figures
from headwater.deliver.metrics.sums import Sums

MS_PER_SECOND = 1_000
WHOSE = ["destination"]


def families(measured: Measured) -> Iterator[Metric]:
    """Return them all. Whoever has nothing to count yet is there with zeros: a row that appears is no increase."""
    names = [*(one.id for one in measured.destinations), queued.CURSOR_NAME]
    sums = [(_label(name), measured.sums.get(name, Sums())) for name in names]
    yield _info(measured)
    yield _settled(sums)
    yield from _counted(sums)
    yield _latency(sums)
    yield from _waiting(sums)
    yield from _lanes([(_label(name), measured.lanes[name]) for name in names if name in measured.lanes])


def _label(name: str) -> str:
    return ACTIONS if name == queued.CURSOR_NAME else name


def _info(measured: Measured) -> Metric:
    labels = [*WHOSE, "name", "kind"]
    info = GaugeMetricFamily("headwater_destination_info", "A destination's name and kind, by its id.", labels=labels)
    for one in measured.destinations:
        info.add_metric([one.id, one.name, one.kind], 1)
    return info


def _settled(sums: Iterable[tuple[str, Sums]]) -> Metric:
    family = CounterMetricFamily(
        "headwater_deliveries",
        "Events whose delivery is settled, by outcome; reason is the discard code, or the refusal's status.",
        labels=[*WHOSE, "outcome", "reason"],
    )
    for name, one in sums:
        counted = one.figures
        family.add_metric([name, "delivered", ""], counted.delivered)
        for outcome, reasons in _outcomes(counted):
            for reason, count in sorted(reasons.items()):
                family.add_metric([name, outcome, reason], count)
    return family


def _outcomes(counted: Figures) -> tuple[tuple[str, dict[str, int]], ...]:
    return (
        ("filtered", counted.filtered),
        ("rejected", counted.rejected),
        ("not_authorised", counted.not_authorised),
    )


def _counted(sums: Iterable[tuple[str, Sums]]) -> Iterator[Metric]:
    attempts = CounterMetricFamily(
        "headwater_delivery_attempts", "Attempts that are on record; one for each event in a request.", labels=WHOSE
    )
    retried = CounterMetricFamily(
        "headwater_delivery_failures", "Attempts that failed and are followed by another.", labels=[*WHOSE, "reason"]
    )
    replayed = CounterMetricFamily(
        "headwater_replayed_deliveries", "What replays came to: in no other count.", labels=[*WHOSE, "outcome"]
    )
    redriven = CounterMetricFamily(
        "headwater_redriven_dead_letters", "Dead letters that were sent again.", labels=WHOSE
    )
    for name, one in sums:
        attempts.add_metric([name], one.figures.attempts)
        redriven.add_metric([name], one.figures.redriven)
        for reason, count in sorted(one.figures.retried.items()):
            retried.add_metric([name, reason], count)
        for outcome, count in sorted(one.figures.replayed.items()):
            replayed.add_metric([name, outcome], count)
    yield from (attempts, retried, replayed, redriven)


def _latency(sums: Iterable[tuple[str, Sums]]) -> Metric:
    family = HistogramMetricFamily(
        "headwater_delivery_latency_seconds", "From an event's receipt to the receiver's answer.", labels=WHOSE
    )
    for name, one in sums:
        taken = one.figures.latencies
        buckets = [(f"{seconds:g}", float(count)) for seconds, count in latencies.cumulated(taken)]
        all_of_them = ("+Inf", float(sum(taken.values())))
        family.add_metric([name], [*buckets, all_of_them], one.figures.latency_ms / MS_PER_SECOND)
    return family


def _waiting(sums: Iterable[tuple[str, Sums]]) -> Iterator[Metric]:
    retrying = GaugeMetricFamily("headwater_delivery_retries", "Deliveries that wait for another try.", labels=WHOSE)
    dead = GaugeMetricFamily("headwater_dead_letters", "Deliveries that were given up and are kept.", labels=WHOSE)
    for name, one in sums:
        retrying.add_metric([name], one.retrying)
        dead.add_metric([name], one.dead_letters)
    yield from (retrying, dead)


def _lanes(lanes: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Metric]:
    seconds = GaugeMetricFamily(
        "headwater_delivery_lag_seconds", "How long the oldest event beyond the cursor has waited.", labels=WHOSE
    )
    pace = GaugeMetricFamily(
        "headwater_delivery_pace_per_second",
        "Requests a second that are allowed now, where that is bounded.",
        labels=WHOSE,
    )
    breaker = GaugeMetricFamily("headwater_delivery_breaker", "1 at the breaker's state.", labels=[*WHOSE, "state"])
    paused = GaugeMetricFamily("headwater_delivery_paused", "1 while the lane stands still, whyever.", labels=WHOSE)
    for name, lane in lanes:
        _add_known(seconds, name, lane["lag_seconds"])
        _add_known(pace, name, lane["requests_per_second"])
        breaker.add_metric([name, lane["breaker"]], 1)
        paused.add_metric([name], lane["problem"] is not None)
    yield from (seconds, pace, breaker, paused)


def _add_known(family: GaugeMetricFamily, name: str, value: float | None) -> None:
    if value is not None:
        family.add_metric([name], value)
