"""What the API counts over time, as charts: a source's events, what became of a destination's. Pure."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from headwater.console import time_chart
from headwater.console.time_chart import Series, TimeChart

BLUE, ORANGE, GREEN, PURPLE, TEAL, RED, GREY = range(1, 8)
TYPES = {"track": BLUE, "page": TEAL, "screen": PURPLE, "identify": GREEN, "group": ORANGE, "alias": GREY, "other": RED}
OUTCOMES = {"delivered": GREEN, "replayed": BLUE, "filtered": GREY, "failed": ORANGE, "rejected": RED}
LABELS = {"failed": "failed, tried again", "rejected": "given up"}
SOURCES_APART = 5
HUES = (BLUE, ORANGE, GREEN, PURPLE, TEAL)


def of_source(answer: Mapping[str, Any]) -> TimeChart:
    """Return one source's events by type, and what was dropped."""
    one = answer["sources"][0]
    series = [Series(name=name, hue=hue, values=one["types"].get(name, ())) for name, hue in TYPES.items()]
    dropped = Series(name="rejected", hue=RED, values=one["rejected"])
    return time_chart.stacked("Events by type", "events", answer, [*(each for each in series if each.values), dropped])


def of_sources(answer: Mapping[str, Any]) -> TimeChart:
    """Return the busiest sources' events, and the others' together."""
    named = [one for one in answer["sources"] if one["source"] is not None]
    busiest, others = named[:SOURCES_APART], named[SOURCES_APART:]
    series = [
        Series(name=one["source"], hue=hue, values=one["events"]) for one, hue in zip(busiest, HUES, strict=False)
    ]
    rest = _sums([one["events"] for one in others])
    return time_chart.stacked(
        "Events by source", "events", answer, [*series, Series(name="other sources", hue=GREY, values=rest)]
    )


def of_destination(answer: Mapping[str, Any]) -> list[TimeChart]:
    """Return what became of one destination's events, and how long those that arrived took, if any did."""
    one = answer["destinations"][0]
    outcomes = [Series(name=LABELS.get(name, name), hue=hue, values=one[name]) for name, hue in OUTCOMES.items()]
    latency = Series(name="mean", hue=BLUE, values=one["latency_ms"])
    charts = [
        time_chart.stacked("What became of its events", "deliveries", answer, outcomes),
        time_chart.line("Receipt to delivery", "ms", answer, latency),
    ]
    return [charts[0]] if charts[1].is_empty else charts


def of_destinations(answer: Mapping[str, Any]) -> TimeChart:
    """Return what became of all destinations' events."""
    outcomes = [
        Series(name=LABELS.get(name, name), hue=hue, values=_sums([one[name] for one in answer["destinations"]]))
        for name, hue in OUTCOMES.items()
    ]
    return time_chart.stacked("Deliveries", "deliveries", answer, outcomes)


def _sums(columns: Sequence[Sequence[int]]) -> list[int]:
    return [sum(step) for step in zip_longest(*columns, fillvalue=0)]
