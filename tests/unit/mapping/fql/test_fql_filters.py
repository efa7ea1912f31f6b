"""Filters: what a destination gets of an event. The event itself is never changed."""

import json

import pytest

from headwater.mapping.fql import filter_actions, filters, pruning, sampling
from headwater.mapping.fql.bad_fql import BadFqlError
from headwater.mapping.fql.filter_actions import AllowProperties, BadFilterError, Drop, DropProperties, Sample
from headwater.mapping.fql.filters import Dropped, Kept

EVENT = {
    "messageId": "m-1",
    "type": "track",
    "event": "Order Completed",
    "userId": "ada",
    "properties": {
        "email": "ada@example.com",
        "total": 12.5,
        "products": [{"sku": "a-1", "price": 10}, {"sku": "b-2"}, "c-3"],
    },
    "context": {"ip": "192.0.2.1", "traits": {"email": "ada@example.com", "plan": "pro"}},
}


@pytest.fixture(autouse=True)
def _the_event_that_came_is_never_changed():
    before = json.dumps(EVENT)
    yield
    assert before == json.dumps(EVENT)


def _kept(*made):
    outcome = filters.apply(EVENT, made)
    assert isinstance(outcome, Kept), outcome
    return outcome.event


def test_an_event_that_no_filter_is_about_is_kept_and_not_copied():
    assert EVENT is _kept()
    assert EVENT is _kept(filters.filtering("type = 'page'", Drop()))
    assert EVENT is _kept(filters.filtering("all", DropProperties(fields={"properties": ["gone"], "gone": ["x"]})))


def test_a_drop_names_its_filter():
    drop = filters.filtering("type = 'track'", Drop(), title="no tracks")

    assert Dropped("the filter drops it", drop) == filters.apply(EVENT, [filters.filtering("false", Drop()), drop])


@pytest.mark.parametrize(
    ("fql", "is_kept"), [("type = 'track'", True), ("type = 'page'", False), ("gone", False), ("all", True)]
)
def test_keep_drops_what_does_not_match(fql, is_kept):
    assert is_kept is isinstance(filters.apply(EVENT, [filters.keep(fql)]), Kept)


@pytest.mark.parametrize("action", [Drop(), Sample(percent=1), DropProperties(fields={}), AllowProperties(fields={})])
def test_an_event_that_a_filter_cannot_decide_is_dropped_whatever_the_filter_does(action):
    undecided = filters.filtering("event", action)

    assert filters.apply(EVENT, [filters.filtering("all", Sample(percent=1)), undecided]) == Dropped(
        "the filter can't be decided: the type is string where true or false is needed", undecided
    )


def test_keep_drops_what_it_cannot_decide():
    assert isinstance(filters.apply(EVENT, [filters.keep("event")]), Dropped)


def test_takes_out_fields_of_objects_of_lists_and_of_the_event_itself():
    event = _kept(
        filters.filtering(
            "all",
            DropProperties(
                fields={
                    "properties": ["email", "gone"],
                    "properties.products": ["price"],
                    "context.traits": ["email"],
                    "": ["userId"],
                }
            ),
        )
    )

    assert {
        "messageId": "m-1",
        "type": "track",
        "event": "Order Completed",
        "properties": {"total": 12.5, "products": [{"sku": "a-1"}, {"sku": "b-2"}, "c-3"]},
        "context": {"ip": "192.0.2.1", "traits": {"plan": "pro"}},
    } == event


def test_allows_only_the_fields_named_and_only_in_the_places_named():
    event = _kept(
        filters.filtering("all", AllowProperties(fields={"properties": ["total"], "properties.products": ["x"]}))
    )

    assert {**EVENT, "properties": {"total": 12.5}} == event


def test_what_no_action_changes_is_shared_with_the_event_that_came():
    event = _kept(filters.filtering("all", DropProperties(fields={"properties": ["email"]})))

    assert EVENT["context"] is event["context"]
    assert EVENT["properties"]["products"] is event["properties"]["products"]


def test_samples_and_drops_come_before_fields_and_drops_of_fields_before_allowances():
    allow = filters.filtering("all", AllowProperties(fields={"properties": ["email", "total"]}))
    drop_fields = filters.filtering("properties.email != null", DropProperties(fields={"properties": ["email"]}))
    drop = filters.filtering("properties.email != null", Drop())
    nobody = filters.filtering("all", Sample(percent=0))

    assert {"total": 12.5} == _kept(allow, drop_fields)["properties"]
    assert Dropped("the filter drops it", drop) == filters.apply(EVENT, [allow, drop_fields, drop])
    assert Dropped("it is not in the filter's sample", nobody) == filters.apply(EVENT, [drop, nobody])


def test_a_condition_sees_the_event_as_it_came():
    blind = filters.filtering("all", DropProperties(fields={"properties": ["email"]}))
    seeing = filters.filtering("properties.email = 'ada@example.com'", DropProperties(fields={"": ["userId"]}))

    assert "userId" not in _kept(blind, seeing)


def test_a_path_as_people_write_it_becomes_fields():
    paths = ("properties.products.price", "properties.products.sku", "userId", "properties.email")

    assert {
        "properties.products": ["price", "sku"],
        "": ["userId"],
        "properties": ["email"],
    } == filter_actions.fields_of(*paths)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"type": "DROP"}, Drop()),
        ({"type": "SAMPLE", "percent": 0.2, "path": "userId"}, Sample(percent=0.2, path="userId")),
        ({"type": "SAMPLE", "percent": 1}, Sample(percent=1)),
        ({"type": "DROP_PROPERTIES", "fields": {"": ["userId"]}}, DropProperties(fields={"": ["userId"]})),
        ({"type": "ALLOW_PROPERTIES", "fields": {}}, AllowProperties(fields={})),
    ],
)
def test_an_action_reads_as_the_public_api_writes_it(document, expected):
    assert expected == filter_actions.read(document)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"type": "KEEP"}, "Invalid value 'KEEP'"),
        ({"type": "SAMPLE", "percent": 20}, "`$.percent`"),
        ({"type": "SAMPLE"}, "`percent`"),
        ({"type": "DROP_PROPERTIES", "fields": ["userId"]}, "`$.fields`"),
        ({}, "`type`"),
        ("DROP", "`object`"),
    ],
)
def test_refuses_an_action_that_is_none(document, why):
    with pytest.raises(BadFilterError, match="The filter's action can't be read: ") as refused:
        filter_actions.read(document)

    assert why in refused.value.message


def test_refuses_a_filter_that_does_nothing_has_too_long_a_title_or_is_no_fql():
    with pytest.raises(BadFilterError, match="does nothing"):
        filters.filtering("all")
    with pytest.raises(BadFilterError, match="longer than 64"):
        filters.filtering("all", Drop(), title="x" * 65)
    with pytest.raises(BadFqlError):
        filters.keep("event == 'x'")


def test_refuses_an_eleventh_filter():
    filters.check_number([filters.keep("all")] * 10)

    with pytest.raises(BadFilterError, match="at most 10"):
        filters.check_number([filters.keep("all")] * 11)


def _sample(percent, path="userId"):
    return {
        number
        for number in range(3000)
        if sampling.is_in(Sample(percent=percent, path=path), {"userId": f"user-{number}", "messageId": f"m-{number}"})
    }


def test_a_sample_has_its_share_and_a_smaller_one_is_part_of_it():
    tenth, third = _sample(0.1), _sample(0.333)

    assert 0.08 < len(tenth) / 3000 < 0.12
    assert 0.3 < len(third) / 3000 < 0.37
    assert tenth < third < _sample(1)
    assert set() == _sample(0)


def test_without_a_path_the_message_id_decides_so_that_a_retry_is_answered_alike():
    assert _sample(0.5, path="messageId") == _sample(0.5, path="")
    assert _sample(0.5, path="messageId") != _sample(0.5)


def test_where_nothing_is_at_the_path_all_are_answered_alike():
    assert len(_sample(0.5, path="traits.gone")) in (0, 3000)


def test_a_deep_event_is_pruned_and_sampled_without_running_out_of_stack():
    deep = {"a": 1}
    for _ in range(5_000):
        deep = {"x": deep}
    place = ".".join(["x"] * 5_000)

    pruned = pruning.without(deep, {place: ["a"]})
    sampled = filters.apply(deep, [filters.filtering("all", Sample(percent=0.5, path="x"))])

    for _ in range(5_000):
        pruned = pruned["x"]
    assert {} == pruned
    assert "nested too deeply" in sampled.reason
