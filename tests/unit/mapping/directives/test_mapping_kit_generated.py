"""Generated mappings on generated events: Segment's own mapping kit, in one Node process, and ours, side by side."""

import json
import os
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings

from headwater.mapping import directives
from unit.mapping.directives import generated_liquid, mapping_kit
from unit.mapping.directives.generated import events, mappings
from unit.mapping.directives.mapping_kit import THREW, Case

# The same ones each time, unless more are asked for: HYPOTHESIS_EXAMPLES=5000.
IS_WIDER = "HYPOTHESIS_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "300"))

AS_MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not IS_WIDER,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def ask():
    with mapping_kit.process(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as judge:

        def answer(case):
            judge.stdin.write(json.dumps(case._asdict()) + "\n")
            judge.stdin.flush()
            return mapping_kit.read(json.loads(judge.stdout.readline()))

        yield answer
        judge.stdin.close()


def always_fails(mapping, path, ask):
    """Is what we refuse something that Segment fails with, wherever it is reached? Asked of the part by itself."""
    steps = path.split("/")[1:]
    part, directive = mapping, None
    for step in (step.replace("~1", "/").replace("~0", "~") for step in steps):
        if isinstance(part, dict) and any(key.startswith("@") for key in part):
            directive = part
        part = part[int(step)] if isinstance(part, list) else part.get(step) if isinstance(part, dict) else None
    return all(THREW == ask(Case({"a": [directive]}, one)) for one in ({}, {"a": {"b": "x"}, "b": ["x"]}))


def ours(case):
    """Return what we make of the case and, if it is refused, where."""
    try:
        return mapping_kit.ours(case), None
    except directives.BadMappingError as refused:
        return THREW, refused.context["path"]


@AS_MANY
@given(mapping=mappings, payload=events)
def test_whatever_is_mapped_ends_as_it_does_in_segments_mapping_kit(mapping, payload, ask):
    case = Case(mapping, payload)
    expected = ask(case)
    made, refused_at = ours(case)
    is_agreed = mapping_kit.is_same(expected, made)
    assert is_agreed or (refused_at and always_fails(mapping, refused_at, ask)), f"theirs: {expected}\nours: {made}"


@AS_MANY
@given(template=generated_liquid.templates, payload=generated_liquid.events)
def test_whatever_liquid_renders_is_what_it_renders_in_segments_mapping_kit(template, payload, ask):
    case = Case({"a": {"@liquid": template}}, payload)
    expected = ask(case)
    made, _ = ours(case)
    assert mapping_kit.is_same(expected, made), f"theirs: {expected}\nours: {made}"
