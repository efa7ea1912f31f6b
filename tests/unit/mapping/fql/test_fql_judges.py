"""FQL against Segment's published packages, over tables and over what hypothesis thinks of. Skipped without Node."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.mapping.fql import evaluation, filter_actions, pruning, sampling, triggers
from headwater.mapping.fql.nodes import And, Call, Comparison, Listing, Literal, Not, Or, Path
from headwater.mapping.fql.undecided import UndecidableError
from unit.mapping.fql import fql_judges
from unit.mapping.fql.fql_samples import trigger_texts

BATCH = 150
thorough = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))

EVENTS = [
    {"type": "track", "event": "Order Completed", "userId": "ada", "properties": {"a": 5, "list": [1, "x"], "n": 0.1}},
    {"type": "track", "event": "a", "properties": {"a": "a", "b": None}, "traits": {"x-y": "ba", "a": True}},
    {"type": "page", "name": "abc", "userId": True, "properties": {"a": {"b": 1}}, "context": {"a b": "ab"}},
    {"type": "identify", "userId": 5, "traits": {"a": False, "x-y": "*a"}, "properties": {"a": 0}},
    {"type": "eos", "event": "'a'", "name": None, "properties": {"a": ["a"], "list": "🐟a"}, "context": None},
    {"type": "screen", "event": "", "name": "", "userId": "", "properties": {"a": ""}, "traits": []},
    {"type": "(", "event": "5", "name": "true", "userId": "null", "properties": {"a": True}, "traits": "ab"},
    {"event": 5, "properties": 7, "traits": {"x-y": 16}, "context": {"a": {"b": [{"c": "d"}]}}},
    {"type": "track", "event": True, "properties": {"a": "true", "properties": "x"}, "context": {"a b": 1e21}},
    {"event": "Order *Completed"},
    {"type": "track", "properties": {"a": "5"}},
    {},
]

TRIGGERS = [
    'type = "track"',
    'type = "track" and event = "Order Completed"',
    'type = "track" or type = "page"',
    'type != "track"',
    'event != "a"',
    "event = null",
    "name != null",
    "userId = null",
    "userId = true",
    "userId = 5",
    "event = 5",
    "properties.a = 5",
    "properties.a != 5",
    'properties.a = "5"',
    "properties.a = true",
    "properties.a != true",
    "properties.a = false",
    "properties.a != null",
    "properties.a.b != null",
    "properties.a.b = null",
    "properties.a > 4",
    'properties.a >= "5"',
    "properties.n = 0.10",
    "properties.list.length > 1",
    'properties.list.1 = "x"',
    'properties.list.\\1 = "x"',
    "properties.list.\\1 != null",
    "properties != null",
    'properties = "x"',
    'contains(event, "Order")',
    '!contains(event, "Order")',
    'contains(type, "track") and event = "a"',
    'contains(properties.a, "a")',
    'match(event, "Order*")',
    'match(event, "*Completed")',
    'match(event, "*rder*")',
    'match(event, "Order Completed")',
    'match(event, "border Completed")',
    'match(event, "**Completed")',
    '!match(event, "Order*")',
    "match(event, 'Order*')",
    'match(traits.x-y, "*a")',
    'contains(context.a\\ b, "a")',
    "type = 'track'",
    "type = ",
    "type =",
    "type",
    "",
    "and",
    "()",
    '() or type = "track"',
    '!(type = "track")',
    '(type = "track" or type = "page") and event = "a"',
    '((type = "track"))',
    '(contains(event, "Order") or event = "a") and type = "track"',
    'type = "track" and event = "a" or name = "abc"',
    'properties.a contains "a"',
    "properties.a exists x",
    "properties.a number_equals 5",
    'properties.\\. = "x"',
    "properties\\. != null",
    'type="track"',
    'type!="track"',
    "properties.a<=5",
    "properties.a <=5",
    "properties.a <= 5",
    "type = an",
    "type = n",
    "type = nul",
    "type = null",
    "properties.a = 5.",
    "properties.a = 5.a",
    "properties.a = 1.2.3",
    "properties.a > -",
    'type = "track"\r\n',
    'type = "track',
    'type in ["track"]',
    'other = "x"',
    "context.a\\ b = 1000000000000000000000",
    'type == "track"',
]


def _ours(text):
    trigger = triggers.parse(text)
    return {"isRead": trigger.problem is None, "answers": [trigger.is_for(event) for event in EVENTS]}


@pytest.fixture(scope="module")
def table():
    return fql_judges.theirs(triggers=[{"fql": text, "events": EVENTS} for text in TRIGGERS])["triggers"]


@pytest.mark.parametrize("text", TRIGGERS)
def test_a_trigger_is_for_the_events_that_segment_says_it_is_for(table, text):
    assert table[TRIGGERS.index(text)] == _ours(text)


@thorough
@given(st.lists(trigger_texts, min_size=1, max_size=BATCH))
def test_any_text_is_read_as_a_trigger_the_way_segment_reads_it(asked):
    theirs = fql_judges.theirs(triggers=[{"fql": text, "events": EVENTS} for text in asked])["triggers"]

    assert dict(zip(asked, theirs, strict=True)) == {text: _ours(text) for text in asked}


# Filters. What tsub leaves out or has otherwise than the documentation is not asked: null (it tells a field that isn't
# there from one that is null), typeof of anything but texts and numbers, bytes of a text, lists that come from events.

FIELDS = [("event",), ("properties", "a"), ("properties", "b"), ("properties", "deep", "a")]
VALUES = [
    True,
    False,
    0,
    1,
    2.5,
    -3,
    "",
    "a",
    "abc",
    "A*",
    "a?c",
    "[a-b]*",
    "\\*",
    "[^a]b",
    "a]",
    "1",
    [1],
    [],
    {"x": 1},
]
LITERALS = [value for value in VALUES if not isinstance(value, (list, dict))]

values = st.sampled_from(VALUES) | st.text("ab*?[]^-\\c", max_size=6)
events = st.fixed_dictionaries(
    {
        "event": values,
        "properties": st.fixed_dictionaries(
            {"a": values, "b": values, "deep": st.fixed_dictionaries({"a": values})},
        ),
    }
)
plain = st.sampled_from(FIELDS).map(Path) | st.sampled_from(LITERALS).map(Literal)
changed = st.builds(Call, st.sampled_from(["lowercase", "length"]), st.tuples(plain))
asking = st.builds(Call, st.sampled_from(["contains", "match"]), st.tuples(plain, plain))
compared = st.builds(
    Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), plain | changed, plain | changed | asking
)
typed = st.builds(
    Comparison,
    st.sampled_from(["=", "!="]),
    st.builds(Call, st.just("typeof"), st.tuples(plain)),
    st.sampled_from(["string", "number"]).map(Literal),
)
listed = st.builds(
    Comparison,
    st.just("in"),
    plain,
    st.lists(st.sampled_from(LITERALS).map(Literal), max_size=3).map(tuple).map(Listing),
)
trees = st.recursive(
    compared | asking | typed | listed | st.sampled_from(FIELDS).map(Path),
    lambda inside: (
        st.builds(Not, inside)
        | st.builds(And, st.lists(inside, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inside, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=4,
)


def _decided_or_none(tree, event):
    try:
        return evaluation.condition(tree)(event)
    except UndecidableError:
        return None


@thorough
@given(st.lists(st.tuples(trees, events), min_size=1, max_size=BATCH))
def test_what_an_expression_decides_tsub_decides_alike(cases):
    answers = [_decided_or_none(tree, event) for tree, event in cases]
    asked = [{"ir": fql_judges.prefix_form(tree), "event": event} for tree, event in cases]
    theirs = fql_judges.theirs(conditions=asked)["conditions"]

    different = [
        (one, answer, case)
        for one, answer, case in zip(theirs, answers, asked, strict=True)
        if answer is not None and one != answer
    ]
    assert [] == different


places = st.sampled_from(
    ["", "properties", "properties.a", "properties.list", "properties.list.0", "gone", "properties.deep"]
)
named = st.dictionaries(places, st.lists(st.sampled_from(["a", "b", "deep", "list", "properties", "x.y"])), max_size=3)
nested = st.fixed_dictionaries(
    {},
    optional={
        "a": st.integers(0, 3),
        "b": st.none(),
        "x.y": st.just("dotted"),
        "deep": st.fixed_dictionaries({"a": st.just(1), "b": st.just([])}),
        "list": st.lists(
            st.integers(0, 2) | st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 2)), max_size=3
        ),
    },
)
prunable = st.fixed_dictionaries({"type": st.just("track")}, optional={"properties": nested, "a": nested})


@thorough
@given(st.lists(st.tuples(named, prunable), min_size=1, max_size=BATCH))
def test_fields_are_taken_out_as_tsub_takes_them_out(cases):
    before = json.dumps(cases)
    ours = [(pruning.without(event, fields), pruning.with_only(event, fields)) for fields, event in cases]
    asked = [
        {"transformers": [{"type": f"{verb}_properties", "config": {verb: fields}}], "event": event}
        for fields, event in cases
        for verb in ("drop", "allow")
    ]
    theirs = fql_judges.theirs(transforms=asked)["transforms"]

    assert theirs == [event for pair in ours for event in pair]
    assert before == json.dumps(cases), "an event was changed"


def test_the_values_that_tsub_can_place_lie_there_too():
    numbered = [f"user-{number}" for number in range(300)]
    found = [*numbered, "ж", "🐟", '"', "\n", 1, 2.5, 1e21, True, None, [1, "a"], {"b": 1, "a": []}]
    asked = [(percent, value) for percent in (0.5, 0.6, 0.77, 0.9, 1) for value in found if not _is_in(0.5, value)]
    theirs = fql_judges.theirs(
        transforms=[
            {
                "transformers": [{"type": "sample_event", "config": {"sample": {"percent": percent, "path": "a.b"}}}],
                "event": {"a": {"b": value}},
            }
            for percent, value in asked
        ]
    )["transforms"]

    assert [one is not None for one in theirs] == [_is_in(percent, value) for percent, value in asked]


def _is_in(percent, value):
    return sampling.is_in(filter_actions.Sample(percent=percent, path="a.b"), {"a": {"b": value}})
