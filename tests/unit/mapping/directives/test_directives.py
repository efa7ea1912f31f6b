"""What this side of Segment promises: errors that help, dry runs that say why, and a few things it does better."""

from datetime import UTC, datetime

import pytest

from headwater.core.clock import ManualClock
from headwater.mapping import directives
from headwater.mapping.evaluation import MappingRuntimeError
from unit.mapping.directives.mapping_kit_rows import EVENT

WRONG = {
    "an unknown directive": ({"email": {"@pth": "$.x"}}, "/email/@pth", "Did you mean @path?"),
    "an unknown directive in a list": ({"l": [1, {"@templat": "x"}]}, "/l/1/@templat", "Did you mean @template?"),
    "two directives": ({"a": {"@path": "x", "@case": {}}}, "/a", "has 2 directives, and must have one: @path, @case"),
    "other keys beside one": ({"a": {"b/c": {"@path": "x", "y": 1}}}, "/a/b~1c", "mixes @path with other keys"),
    "a path that is no text": ({"a": {"@path": 5}}, "/a/@path", "must be a text or a directive, not a number"),
    "a list without a path": ({"a": {"@arrayPath": []}}, "/a/@arrayPath/0", "is missing, and must be a text"),
    "an option that is missing": ({"a": {"@json": {"value": 1}}}, "/a/@json/mode", "must be encode or decode"),
    "an option of another kind": ({"a": {"@json": {"mode": "x", "value": 1}}}, "/a/@json/mode", "not 'x'"),
    "a pattern that is too long": (
        {"a": {"@replace": {"pattern": "12345678901", "value": "x"}}},
        "/a/@replace/pattern",
        "a text of 1 to 10 characters, not one of 11",
    ),
    "a condition about nothing": ({"a": {"@if": {"then": 1}}}, "/a/@if", "must have exists or blank"),
    "what fails with every event": ({"a": {"@case": {"value": "x"}}}, "/a/@case/operator", "with every event"),
    "Liquid that loops": ({"a": {"@liquid": "{% for x in y %}"}}, "/a/@liquid", "the tag for can't be used here"),
    "Liquid that can't be read": ({"a": {"@liquid": "{{ a | }"}}, "/a/@liquid", "an output is not closed"),
    "Liquid that is too long": ({"a": {"@liquid": "x" * 1001}}, "/a/@liquid", "up to 1000 characters"),
    "a key beside the root directive": (
        {"__segment_internal_directive": {"@transform": {"apply": {"x": 1}}}, "a": {"@pth": "x"}},
        "/a/@pth",
        "Did you mean @path?",
    ),
    "a root directive that is none": (
        {"__segment_internal_directive": "x"},
        "/__segment_internal_directive",
        "an object with one directive",
    ),
    "a list": ([], "/", "must be a JSON object"),
    "Jsonnet": ("function(event) {}", "/", "is no JSON"),
}


@pytest.mark.parametrize("what", WRONG)
def test_refuses_with_the_place_and_what_may_stand_there(what):
    document, path, said = WRONG[what]
    with pytest.raises(directives.BadMappingError) as refused:
        directives.compile(document)
    assert path == refused.value.context["path"]
    assert said in refused.value.message


def test_what_is_refused_can_be_read_by_a_program():
    with pytest.raises(directives.BadMappingError) as refused:
        directives.compile({"a": {"@pth": "x"}})
    context = refused.value.context
    assert ("/a/@pth", "@pth", "@path") == (context["path"], context["found"], context["nearest"])
    assert "@arrayPath" in context["allowed"]


def test_what_segment_throws_with_one_event_says_where():
    mapping = directives.compile({"a": {"b": {"@path": {"@path": "$.which"}}}})

    assert {"a": {"b": 1}} == mapping.apply({"which": "$.x", "x": 1})
    with pytest.raises(MappingRuntimeError, match="/a/b/@path: must be given a text, not a number"):
        mapping.apply({"which": 5})


def test_a_mapping_that_is_one_directive_may_have_nothing_for_an_event():
    assert directives.UNDEFINED is directives.compile({"@path": "$.x"}).apply({})


def test_the_output_shares_nothing_with_the_event():
    event = {"a": {"b": [1]}}
    made = directives.compile({"x": {"@path": "$.a"}}).apply(event)
    made["x"]["b"].append(2)
    assert {"a": {"b": [1]}} == event


def test_no_path_leads_to_what_javascript_objects_inherit():
    mapping = directives.compile({"a": {"@path": "$.constructor"}, "b": {"@template": "{{__proto__}}"}, "c": 1})
    assert {"b": "", "c": 1} == mapping.apply({})


def test_whole_numbers_that_pass_through_keep_all_their_digits():
    mapping = directives.compile({"id": {"@path": "$.id"}, "text": {"@template": "{{id}}"}})
    assert {"id": 12345678901234567890, "text": "12345678901234567000"} == mapping.apply({"id": 12345678901234567890})


def test_halves_of_characters_are_put_together_or_replaced():
    mapping = directives.compile({"a": {"@template": "{{e.0}}{{e.1}}"}, "b": {"@template": "{{e.0}}"}})
    assert {"a": "😀", "b": "\ufffd"} == mapping.apply({"e": "😀"})


def test_liquid_asks_the_clock_that_it_was_given():
    document = {"at": {"@liquid": "{{ 'now' | date: '%Y-%m-%d' }}"}}
    clock = ManualClock(datetime(2026, 1, 2, tzinfo=UTC))

    assert {"at": "2026-01-02"} == directives.compile(document, clock=clock).apply({})
    with pytest.raises(MappingRuntimeError, match="need a clock"):
        directives.compile(document).apply({})


@pytest.mark.parametrize("filtered", ["l | sample", "l | map: 'x'", "l | type"])
def test_liquid_refuses_chance_and_what_segment_switched_off(filtered):
    with pytest.raises(MappingRuntimeError, match="can't be used here"):
        directives.compile({"a": {"@liquid": "{{ " + filtered + " }}"}}).apply({"l": [1, 2]})


def test_liquid_leaves_the_event_as_it_is():
    mapping = directives.compile({"a": {"@liquid": "{% increment n %}{% increment n %}"}, "b": {"@path": "$.n"}})
    assert {"a": "12", "b": 1} == mapping.apply({"n": 1})


def test_the_same_mapping_gives_the_same_each_time():
    mapping = directives.compile({"a": {"@liquid": "{% assign x = 1 %}{{ x }}{% cycle 'a', 'b' %}"}})
    assert [{"a": "1a"}] * 2 == [mapping.apply({}) for _ in range(2)]


@pytest.mark.parametrize(
    ("pasted", "is_segments"),
    [
        ({"a": 1}, True),
        ('{"a": {"@path": "$.x"}}', True),
        (b' {"a": 1} ', True),
        ("function(event) { a: event.x }", False),
        ("{ a: 1 }", False),
        ("[1]", False),
        ("", False),
        ("[" * 100_000, False),
        (None, False),
    ],
)
def test_tells_a_pasted_mapping_from_jsonnet(pasted, is_segments):
    assert is_segments == directives.is_directive_mapping(pasted)


def test_a_dry_run_says_why_a_key_is_missing():
    explained = directives.explain(
        {
            "email": {"@path": "$.traits.email"},
            "plan": {"@if": {"exists": {"@path": "$.traits.plan"}, "then": "x"}},
            "name": {"@if": {"exists": {"@path": "$.traits.nick"}, "then": {"@path": "$.traits.nick"}, "else": "?"}},
            "nested": {"id": {"@path": "$.nope"}, "type": {"@path": "$.type"}},
        },
        {"type": "track", "traits": {}},
    )

    assert {"name": "?", "nested": {"type": "track"}} == explained.output
    assert [
        ("/email", ("/email/@path: $.traits.email leads nowhere in this event",)),
        (
            "/plan",
            (
                "/plan/@if/exists/@path: $.traits.plan leads nowhere in this event",
                "/plan/@if: @if has no value for this case",
            ),
        ),
        ("/nested/id", ("/nested/id/@path: $.nope leads nowhere in this event",)),
    ] == [(one.field, one.because) for one in explained.missing]
    assert all(one.is_left_out for one in explained.missing)


def test_a_dry_run_says_which_holes_a_text_has():
    explained = directives.explain({"t": {"@template": "{{a}} {{ b.c }}"}}, {"a": 1})

    assert {"t": "1 "} == explained.output
    (hole,) = explained.missing
    assert ("/t", False) == (hole.field, hole.is_left_out)
    assert ("/t/@template: {{b.c}} is nothing here",) == hole.because


def test_a_dry_run_says_that_nothing_is_left_of_the_whole():
    explained = directives.explain({"@path": "$.x"}, {})

    assert directives.UNDEFINED is explained.output
    assert ["/"] == [one.field for one in explained.missing]


def test_a_dry_run_tells_a_failure_and_does_not_raise_it():
    explained = directives.explain({"a": {"@path": {"@path": "$.x"}}}, {"x": 1})

    assert explained.output is None
    assert "/a/@path: must be given a text, not a number" == explained.failure.message


def test_a_dry_run_makes_what_the_mapping_makes():
    document = {"p": {"@arrayPath": ["$.properties.products", {"s": {"@path": "$.sku"}}]}, "t": {"@path": "$.type"}}
    assert directives.compile(document).apply(EVENT) == directives.explain(document, EVENT).output
