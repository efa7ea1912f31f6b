"""Charts over time: bars on each other that fill the drawing, and the same numbers beside them."""

import re
from typing import NamedTuple

import pytest

from headwater.console import chart_period, time_chart, volume_charts
from headwater.console.time_chart import HEIGHT, WIDTH, Series

AT = [f"2026-11-23T{hour:02}:00:00.000Z" for hour in range(4)]
HOURS = {"at": AT, "step": "hour"}


BAR = re.compile(r"M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)h-\3z")


class Bar(NamedTuple):
    """One of what was drawn."""

    x: float
    y: float
    width: float
    height: float


def bars_of(chart):
    assert all(BAR.sub("", drawn.path) == "" for drawn in chart.bars)
    return [Bar(*map(float, bar)) for drawn in chart.bars for bar in BAR.findall(drawn.path)]


def stacked(*values):
    series = [Series(name=f"s{number}", hue=number, values=one) for number, one in enumerate(values, 1)]
    return time_chart.stacked("Events", "events", HOURS, series)


def test_the_tallest_pile_is_as_high_as_the_drawing_and_nothing_lies_outside():
    chart = stacked([1, 0, 3, 0], [2, 0, 5, 1])
    piles = {}
    for bar in bars_of(chart):
        piles[bar.x] = piles.get(bar.x, 0) + bar.height
        assert bar.y >= 0
        assert bar.y + bar.height <= HEIGHT + 0.01
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH

    assert 8 == chart.most
    assert HEIGHT == pytest.approx(max(piles.values()), abs=0.05)
    assert 3 == len(piles)  # where there is nothing, nothing is drawn


def test_bars_of_one_step_stand_on_each_other():
    first, second = bars_of(stacked([1, 0, 0, 0], [3, 0, 0, 0]))

    assert first.y == second.y + second.height
    assert first.y + first.height == HEIGHT


def test_a_series_of_nothing_is_left_out_and_nothing_at_all_is_said():
    chart = stacked([0, 0, 0, 0], [0, 0, 1, 0])

    assert ["s2"] == [one.name for one in chart.series]
    assert stacked([0, 0, 0, 0]).is_empty


def test_a_line_leaves_out_what_there_is_no_number_of():
    chart = time_chart.line("Latency", "ms", HOURS, Series(name="mean", hue=1, values=[None, 40, None, 20]))

    assert [50.0, 100.0] == sorted(bar.height for bar in bars_of(chart))
    assert chart.is_line


@pytest.mark.parametrize(("step", "label"), [("minute", "01:00"), ("hour", "01:00"), ("day", "11-23")])
def test_times_are_labelled_by_what_differs(step, label):
    assert label == time_chart.stacked("Events", "events", {"at": AT, "step": step}, []).labels[1]


def test_of_many_sources_the_busiest_are_apart_and_the_others_together():
    sources = [{"source": f"s{n}", "events": [10 - n] * 4} for n in range(8)]
    chart = volume_charts.of_sources({**HOURS, "sources": [*sources, {"source": None, "events": [0] * 4}]})

    assert ["s0", "s1", "s2", "s3", "s4", "other sources"] == [one.name for one in chart.series]
    assert 4 * (5 + 4 + 3) == chart.series[-1].total
    assert 6 == len({one.hue for one in chart.series})


def test_every_type_and_every_outcome_has_a_colour_of_its_own():
    assert len(volume_charts.TYPES) == len(set(volume_charts.TYPES.values()))
    assert len(volume_charts.OUTCOMES) == len(set(volume_charts.OUTCOMES.values()))


@pytest.mark.parametrize("word", ["", "year", "<script>alert(1)</script>"])
def test_a_period_that_is_none_is_the_day(word):
    assert "day" == chart_period.of({"period": word}).name
