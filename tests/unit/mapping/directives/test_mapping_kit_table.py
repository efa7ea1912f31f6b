"""A table of mappings, by hand, run by Segment's own mapping kit and by ours: every quirk that we know of."""

import pytest

from unit.mapping.directives import mapping_kit
from unit.mapping.directives.mapping_kit import Case
from unit.mapping.directives.mapping_kit_rows import EVENT, TABLE


@pytest.fixture(scope="module")
def answers():
    """What Segment's mapping kit makes of every row, asked once."""
    rows = [(name, Case(mapping, EVENT)) for name, mappings in TABLE.items() for mapping in mappings]
    found = {name: ([], []) for name in TABLE}
    for (name, case), answer in zip(rows, mapping_kit.theirs([case for _, case in rows]), strict=True):
        found[name][0].append(case)
        found[name][1].append(answer)
    return found


@pytest.mark.parametrize("name", TABLE)
def test_every_row_of_the_table_ends_as_it_does_in_segments_mapping_kit(name, answers):
    assert [] == mapping_kit.differences(*answers[name])


def test_what_is_no_object_fails_as_it_does_in_segments_mapping_kit():
    cases = [Case({"a": {"@path": "$.x"}, "b": 1}, event) for event in ({}, None, 5, "x", [], True)]
    assert [] == mapping_kit.differences(cases, mapping_kit.theirs(cases))
