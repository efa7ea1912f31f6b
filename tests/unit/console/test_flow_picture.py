"""The picture of the flow: who is drawn of very many, how each does, and how wide its edge is."""

import pytest

from headwater.console import flow_picture, lane_health

LANE = {"lag": 0, "lag_seconds": 0.0, "breaker": "closed", "problem": None}
METRICS = {"retrying": 0, "dead_letters": 0, "lane": LANE}
LAKE = {"events": 7, "lag": 3, "reason": None}
STATUS = {
    "roles": ["collect", "identity", "lake"],
    "log": {"events": 12, "held_back_by": []},
    "deliver": {"destinations": [], "actions": METRICS},
    "warehouses": [],
}


def source(number, **changes):
    return {"slug": f"s{number}", "name": f"Source {number}", "enabled": True, **changes}


def volume(number, *events, rejected=0):
    return {"source": f"s{number}", "events": [*events], "rejected": [rejected]}


def destination(number, **changes):
    return {"id": f"d{number}", "name": f"Tool {number}", "enabled": True, "mode": "live", **changes}


def measured(number, **lane):
    return {**METRICS, "destination": f"d{number}", "lane": {**LANE, **lane}}


def drawn(*, sources=(), events=(), destinations=(), metrics=(), deliveries=(), lake=LAKE, **status):
    told = {**STATUS, "deliver": {**STATUS["deliver"], "destinations": [*metrics]}, **status}
    return flow_picture.picture(
        sources=sources,
        destinations=destinations,
        status=told,
        lake=lake,
        events=None if events is None else {"sources": [*events]},
        deliveries=None if deliveries is None else {"destinations": [*deliveries]},
    )


def test_of_very_many_those_that_ail_are_drawn_then_the_busiest_and_the_others_are_a_number():
    metrics = [measured(number) for number in range(50)]
    metrics[30] = measured(30, breaker="open", lag=1_234, lag_seconds=7.4)
    metrics[31] = measured(31, breaker="doubtful")
    deliveries = [{"destination": f"d{number}", "delivered": [number] * 5} for number in range(50)]
    side = drawn(
        destinations=[destination(number) for number in range(50)], metrics=metrics, deliveries=deliveries
    ).destinations

    assert ["Tool 30", "Tool 31", "Tool 49", "Tool 48"] == [node.title for node in side.nodes][:4]
    assert (8, 42) == (len(side.nodes), side.more)
    assert ["lag 1,234", "7 s behind"] == side.nodes[0].facts


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1.0, "1 s"), (119.4, "119 s"), (1_689.0, "28 min"), (7_200.0, "2 h"), (900_000.0, "10 days")],
)
def test_how_far_behind_it_is_can_be_read_at_a_glance(seconds, words):
    metrics = [measured(1, lag=1, lag_seconds=seconds)]

    assert f"{words} behind" == drawn(destinations=[destination(1)], metrics=metrics).destinations.nodes[0].facts[1]


def test_the_rate_is_that_of_the_last_five_minutes():
    picture = drawn(sources=[source(1)], events=[volume(1, 9_000, 0, 10, 20, 30, 40)])

    assert ("20", 2) == (picture.sources.nodes[0].shown_rate, picture.sources.nodes[0].weight)
    assert "20" == picture.log.shown_rate


@pytest.mark.parametrize(
    ("rate", "shown", "weight"), [(0, "0", 0), (0.2, "0.2", 1), (11.4, "11", 2), (150, "150", 3), (12_345, "12,345", 4)]
)
def test_more_a_minute_is_a_wider_edge(rate, shown, weight):
    node = flow_picture.Node(title="", href="", health=flow_picture.WELL, rate=rate)

    assert (shown, weight) == (node.shown_rate, node.weight)


def test_edges_begin_in_the_middle_of_each_node():
    side = drawn(sources=[source(1), source(2)]).sources

    assert [250.0, 750.0] == [height for height, _ in side.edges]


def test_what_was_dropped_marks_its_source_and_one_that_is_off_comes_last():
    picture = drawn(
        sources=[source(1, enabled=False), source(2), source(3)], events=[volume(3, 1, rejected=2), volume(1, 99)]
    )

    assert [("Source 3", "2 rejected"), ("Source 2", ""), ("Source 1", "off")] == [
        (node.title, node.health.word) for node in picture.sources.nodes
    ]


@pytest.mark.parametrize(
    ("metrics", "kind", "word"),
    [
        (measured(1), "good", ""),
        (measured(1, problem="no such secret", breaker="stopped"), "bad", "stands still"),
        (measured(1, breaker="open"), "bad", "doesn't answer"),
        (measured(1, breaker="doubtful"), "waiting", "fails"),
        (measured(1, lag_seconds=61.0), "waiting", "behind"),
        ({**measured(1), "retrying": 1_000}, "waiting", "1,000 retrying"),
        ({**measured(1), "dead_letters": 3}, "waiting", "3 dead"),
        ({**METRICS, "lane": None}, "good", ""),
        (None, "good", ""),
    ],
    ids=["well", "still", "down", "failing", "behind", "retrying", "dead letters", "nobody delivers", "new"],
)
def test_the_worst_there_is_to_say_of_a_destination_is_said(metrics, kind, word):
    assert lane_health.Health(kind=kind, word=word) == lane_health.of(metrics)


def test_what_is_not_there_is_not_drawn():
    picture = drawn(roles=["collect"])

    assert (None, []) == (picture.identity, picture.readers)


def test_the_lake_and_warehouses_are_drawn_with_how_far_they_are():
    well = {"name": "main", "failed_in_a_row": 0, "notice": None, "last_success_at": "2026-11-23T12:00:00.000Z"}
    ill = {"name": "other", "failed_in_a_row": 3, "notice": "failed", "last_success_at": None}
    lake, main, other = drawn(warehouses=[well, ill], lake={**LAKE, "reason": "disk full"}).readers

    assert ("bad", ["7 events", "lag 3"]) == (lake.health.kind, lake.facts)
    assert ("good", ["synced 2026-11-23 12:00"]) == (main.health.kind, main.facts)
    assert ("bad", "3 syncs failed", ["not synced yet"]) == (other.health.kind, other.health.word, other.facts)


def test_what_is_not_known_is_no_zero_and_no_good_health():
    picture = drawn(
        sources=[source(1)],
        events=None,
        destinations=[destination(1)],
        metrics=[measured(1)],
        deliveries=None,
        lake=None,
    )
    [lake] = picture.readers

    assert [None, None] == [node.shown_rate for side in (picture.sources, picture.destinations) for node in side.nodes]
    assert (None, None) == (picture.identity.shown_rate, picture.log.shown_rate)
    assert ("not known", []) == (lake.health.word, [*lake.facts])
