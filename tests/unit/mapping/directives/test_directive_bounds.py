"""What somebody could send, or save, to keep a mapping busy: each ends at its bounds, soon, and says so."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings

from headwater.mapping import directives
from headwater.mapping.directives import cleaning
from headwater.mapping.directives.run import Run
from headwater.mapping.evaluation import MappingError, MappingLimitError
from unit.mapping.directives import generated_liquid
from unit.mapping.directives.generated import events, json_values, mappings

SOON_SECONDS = 2.0
LIQUID = generated_liquid.templates.map(lambda template: {"a": {"@liquid": template}})
LONG = "a" * 30_000
DOUBLED = {"l": {"@path": "$."}, "r": {"@path": "$."}}


def doubled(levels):
    """A mapping whose output is 2**levels times its event."""
    mapping = DOUBLED
    for _ in range(levels):
        mapping = {"@transform": {"apply": mapping, "mapping": DOUBLED}}
    return mapping


def grown(levels, filters):
    return "{% assign x = a %}" + "".join(f"{{% assign x = x | {filters} %}}" for _ in range(levels)) + "{{ x }}"


GREEDY = {
    "doubles the event": (doubled(20), {"a": LONG}),
    "doubles it into a text": ({"x": {"@json": {"mode": "encode", "value": doubled(20)}}}, {"a": 1}),
    "doubles it into a flat object": ({"x": {"@flatten": {"separator": "_", "value": doubled(25)}}}, {"a": 1}),
    "doubles nothing": ({"x": {"@flatten": {"separator": "_", "value": doubled(25)}}}, {}),
    "copies what stands before and after": (
        {"x": {"@replace": {"pattern": "a", "replacement": "$`$'$`$'$`", "value": {"@path": "$.a"}}}},
        {"a": LONG},
    ),
    "repeats a value": ({"x": {"@template": "{{a}}" * 1000}}, {"a": LONG}),
    "has the event repeat a value": ({"x": {"@template": {"@path": "$.t"}}}, {"a": LONG, "t": "{{a}}" * 5000}),
    "puts placeholders in": ({"x": {"@template": "{{{t}}}"}}, {"a": LONG, "t": "{{a}}" * 5000}),
    "appends": ({"x": {"@liquid": grown(25, "append: x")}}, {"a": LONG}),
    "replaces each letter": ({"x": {"@liquid": grown(2, "replace: 'a', x")}}, {"a": LONG}),
    "replaces nothing": ({"x": {"@liquid": grown(2, "replace: '', x")}}, {"a": LONG}),
    "joins": ({"x": {"@liquid": "{{ a | split: '' | join: a }}"}}, {"a": LONG}),
    "counts far": ({"x": {"@liquid": "{{ (1..1000000000000) }}"}}, {}),
    "counts for ever": ({"x": {"@liquid": "{{ (1..a) }}"}}, {"a": 1e300}),
    "captures": ({"x": {"@liquid": "{% capture x %}{{a}}{% endcapture %}" * 1 + "{{x}}" * 100}}, {"a": LONG}),
    "pads a date": ({"x": {"@liquid": "{{ 0 | date: '%99999999Y' }}"}}, {}),
    "pads a date with what the event says": ({"x": {"@liquid": "{{ 0 | date: a }}"}}, {"a": "%" + "9" * 9000 + "Y"}),
    "makes slugs": ({"x": {"@liquid": "{{ a" + "| slugify" * 100 + " }}"}}, {"a": LONG * 8}),
    "nests deeply": ({"x": {"@path": "$."}}, json.loads('{"a":' * 900 + "1" + "}" * 900)),
    "decodes what nests deeply": (
        {"x": {"@json": {"mode": "decode", "value": {"@path": "$.a"}}}},
        {"a": "[" * 100_000 + "]" * 100_000},
    ),
    "lists": ({"x": {"@arrayPath": ["$.a", {f"k{n}": {"@path": "$."} for n in range(500)}]}}, {"a": list(range(5000))}),
}
HARMLESS = {
    "opens braces": ({"x": {"@template": {"@path": "$.a"}}}, {"a": "{" * 200_000}),
    "opens and closes braces": ({"x": {"@template": {"@path": "$.a"}}}, {"a": "{{{" * 60_000 + "}" * 10}),
    "climbs": ({"x": {"@path": {"@path": "$.a"}}}, {"a": "[" * 100_000 + "]'" * 50_000}),
    "is nearly a number": ({"x": {"@liquid": "{{ a | plus: 1 }}"}}, {"a": "1" * 200_000 + "x"}),
    "opens tags": ({"x": {"@liquid": "{{ a | strip_html }}"}}, {"a": "<script<style<!--" * 10_000}),
    "escapes nothing": ({"x": {"@liquid": "{{ a | url_decode }}"}}, {"a": "%41" * 60_000}),
    "is a long number": ({"x": {"@json": {"mode": "decode", "value": {"@path": "$.a"}}}}, {"a": "9" * 200_000}),
    "is a large number": ({"x": {"@template": "{{a}}"}, "y": {"@path": "a"}}, {"a": 10**5000}),
}


def soon(mapping, event):
    started = time.process_time()
    try:
        return directives.compile(mapping).apply(event)
    finally:
        assert time.process_time() - started < SOON_SECONDS


@pytest.mark.parametrize("name", GREEDY)
def test_stops_a_mapping_that(name):
    with pytest.raises(MappingLimitError):
        soon(*GREEDY[name])


@pytest.mark.parametrize("name", HARMLESS)
def test_is_soon_done_with_an_event_that(name):
    soon(*HARMLESS[name])


def test_refuses_a_mapping_nested_deeper_than_anybody_writes():
    mapping = {"a": 1}
    for _ in range(64):
        mapping = {"@literal": mapping}
    with pytest.raises(directives.BadMappingError, match="64 levels"):
        directives.compile(mapping)
    with pytest.raises(directives.BadMappingError, match="64 levels"):
        directives.compile('{"a":' * 100_000 + "1" + "}" * 100_000)


def test_takes_a_mapping_nested_as_deeply_as_is_allowed():
    mapping = {"@path": "$.a"}
    for _ in range(30):
        mapping = {"@transform": {"apply": mapping, "mapping": {"@path": "$."}}}
    assert {"b": 2} == directives.compile(mapping).apply({"a": {"b": 2}})


def test_refuses_a_mapping_larger_than_256_kib():
    with pytest.raises(directives.BadMappingError, match="256 KiB"):
        directives.compile({"a": "x" * 300_000})


@pytest.mark.parametrize("template", ["{{ " + "a[" * 490 + " }}", "{{ " + "(1.." * 240 + " }}", "{% if a %}" * 60])
def test_refuses_liquid_nested_too_deeply(template):
    with pytest.raises(directives.BadMappingError, match="/a/@liquid can't be read as Liquid"):
        directives.compile({"a": {"@liquid": template}})


def test_the_output_is_at_most_as_large_as_that_of_jsonnet():
    mapping = directives.compile({"x": {"@path": "$.a"}}, output_bytes=1000)
    assert {"x": "a" * 990} == mapping.apply({"a": "a" * 990})
    with pytest.raises(MappingLimitError, match="larger than 1000 bytes"):
        mapping.apply({"a": "é" * 990})


def test_counts_a_text_each_time_it_stands_in_the_output():
    run = Run(output_bytes=5000)
    cleaning.finished({"a": ["x" * 1000] * 6}, run)
    with pytest.raises(MappingLimitError, match="larger than 5000 bytes"):
        run.check_room(0)


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(mapping=mappings | LIQUID, event=events | json_values | generated_liquid.events)
def test_raises_nothing_but_its_own_errors(mapping, event):
    before = json.dumps([mapping, event])
    with suppress(directives.BadMappingError, MappingError):
        made = directives.compile(mapping).apply(event)
        assert json.dumps(None if made is directives.UNDEFINED else made)
    assert before == json.dumps([mapping, event])
