"""A diff says what was and what is, and is the whole truth: made into a patch, it turns one document into the other."""

import copy
import random

import pytest

from headwater.workspace import json_patch
from headwater.workspace.document_diff import diff

ROWS = [
    ({}, {}, []),
    ({"a": 1}, {"a": 1.0}, []),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
    ({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "from": 1, "to": True}]),
    ({"a": [0]}, {"a": [False]}, [{"op": "replace", "path": "/a/0", "from": 0, "to": False}]),
    ({"a": 1}, {}, [{"op": "remove", "path": "/a", "from": 1}]),
    ({}, {"a": None}, [{"op": "add", "path": "/a", "to": None}]),
    ({"a": {"b": 1}}, {"a": []}, [{"op": "replace", "path": "/a", "from": {"b": 1}, "to": []}]),
    ({"a/b": {"m~n": 1}}, {"a/b": {"m~n": 2}}, [{"op": "replace", "path": "/a~1b/m~0n", "from": 1, "to": 2}]),
    # A hook put before the others is one line, not all of them.
    ([1, 2, 3], [0, 1, 2, 3], [{"op": "add", "path": "/0", "to": 0}]),
    ([1, 2, 3], [1, 2, 3, 4], [{"op": "add", "path": "/3", "to": 4}]),
    ([1, 2, 3], [1, 3], [{"op": "remove", "path": "/1", "from": 2}]),
    ([1, 2, 3], [], [{"op": "remove", "path": f"/{index}", "from": index + 1} for index in (2, 1, 0)]),
    ([{"x": 1}, 2], [{"x": 5}, 2], [{"op": "replace", "path": "/0/x", "from": 1, "to": 5}]),
    (1, "1", [{"op": "replace", "path": "", "from": 1, "to": "1"}]),
]


@pytest.mark.parametrize(("before", "after", "expected"), ROWS)
def test_says_what_is_different(before, after, expected):
    assert expected == diff(before, after)


def as_patch(changes):
    return [{"op": one["op"], "path": one["path"], **({"value": one["to"]} if "to" in one else {})} for one in changes]


def anything(draw, depth=0):
    kind = draw.randrange(7 if depth < 4 else 4)
    if kind < 4:
        return draw.choice([None, True, False, 0, 1, 2.5, "a", "b", ""])
    if kind == 4:
        return [anything(draw, depth + 1) for _ in range(draw.randrange(5))]
    return {draw.choice("abc/~") * draw.randrange(3): anything(draw, depth + 1) for _ in range(draw.randrange(5))}


@pytest.mark.parametrize("seed", range(300))
def test_a_diff_made_into_a_patch_is_the_way_from_one_to_the_other(seed):
    draw = random.Random(seed)
    before, after = anything(draw), anything(draw)
    untouched = copy.deepcopy((before, after))

    assert [] == diff(json_patch.apply(before, as_patch(diff(before, after))), after)
    assert untouched == (before, after)
