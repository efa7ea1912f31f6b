"""JSON Patch: RFC 6902 where Ory follows it, Ory's leniency where it doesn't."""

import pytest

from headwater.workspace.json_patch import PatchError, apply

APPLIED = [
    # RFC 6902 appendix A
    ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"foo": "bar", "baz": "qux"}),
    ({"foo": ["a", "c"]}, [{"op": "add", "path": "/foo/1", "value": "b"}], {"foo": ["a", "b", "c"]}),
    ({"baz": 1, "foo": 2}, [{"op": "remove", "path": "/baz"}], {"foo": 2}),
    ({"foo": ["a", "b"]}, [{"op": "remove", "path": "/foo/0"}], {"foo": ["b"]}),
    ({"baz": 1}, [{"op": "replace", "path": "/baz", "value": 2}], {"baz": 2}),
    ({"a": {"x": 1}, "b": {}}, [{"op": "move", "from": "/a/x", "path": "/b/y"}], {"a": {}, "b": {"y": 1}}),
    ({"a": {"x": [1]}}, [{"op": "copy", "from": "/a/x", "path": "/y"}], {"a": {"x": [1]}, "y": [1]}),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 1}], {"a": 1}),
    ({"foo": [1]}, [{"op": "add", "path": "/foo/-", "value": 2}], {"foo": [1, 2]}),
    ({"a/b": 1, "m~n": 2}, [{"op": "replace", "path": "/a~1b", "value": 3}], {"a/b": 3, "m~n": 2}),
    ({"a": 1}, [{"op": "add", "path": "", "value": {"b": 2}}], {"b": 2}),
    # Ory: add makes missing parents, also the list its docs index into
    ({}, [{"op": "add", "path": "/a/b/c", "value": 1}], {"a": {"b": {"c": 1}}}),
    ({}, [{"op": "add", "path": "/hooks/0/hook", "value": "session"}], {"hooks": [{"hook": "session"}]}),
    ({"hooks": []}, [{"op": "add", "path": "/hooks/0/hook", "value": "x"}], {"hooks": [{"hook": "x"}]}),
    ({}, [{"op": "add", "path": "/hooks/-", "value": 1}], {"hooks": [1]}),
    # Ory: replace of a missing member adds it
    ({}, [{"op": "replace", "path": "/a/b", "value": 1}], {"a": {"b": 1}}),
]

REFUSED = [
    ({"a": 1}, [{"op": "remove", "path": "/b"}], "nothing at /b"),
    ({"a": [1]}, [{"op": "remove", "path": "/a/1"}], "past its end"),
    ({"a": [1]}, [{"op": "add", "path": "/a/3", "value": 1}], "holds 1 item: index 3"),
    ({"a": [1]}, [{"op": "add", "path": "/a/01", "value": 1}], "not an index"),
    ({"a": [1]}, [{"op": "add", "path": "/a/x", "value": 1}], "not an index"),
    ({"a": 1}, [{"op": "add", "path": "/a/b", "value": 1}], "/a is a number"),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 2}], "not there"),
    ({"a": 1}, [{"op": "test", "path": "/a", "value": True}], "not there"),
    ({"a": {"b": 1}}, [{"op": "move", "from": "/a", "path": "/a/b"}], "into itself"),
    ({}, [{"op": "dance", "path": "/a"}], "`op` must be one of"),
    ({}, [{"op": "add", "path": "a", "value": 1}], "begins with /"),
    ({}, [{"op": "add", "path": "/a"}], "needs a `value`"),
    ({}, [{"op": "remove", "path": ""}], "can't be removed"),
    ({}, [{"op": "add", "path": "/a" * 65, "value": 1}], "deeper than"),
    ({}, {"op": "add"}, "array of at most"),
    ({}, ["add"], "`op` must be one of"),
]


@pytest.mark.parametrize(("document", "operations", "expected"), APPLIED)
def test_applies(document, operations, expected):
    assert expected == apply(document, operations)


@pytest.mark.parametrize(("document", "operations", "reason"), REFUSED)
def test_refuses_with_the_reason(document, operations, reason):
    with pytest.raises(PatchError, match=reason):
        apply(document, operations)


def test_a_patch_that_fails_half_way_changes_nothing():
    document = {"a": {"b": [1]}}
    with pytest.raises(PatchError, match="Operation 1"):
        apply(document, [{"op": "add", "path": "/a/b/-", "value": 2}, {"op": "remove", "path": "/x"}])

    assert {"a": {"b": [1]}} == document


def deep(levels: int):
    value = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize("levels", [65, 481, 900])
def test_a_value_nested_too_deeply_is_refused_not_stored_for_ever(levels):
    with pytest.raises(PatchError, match="deeper than"):
        apply({}, [{"op": "add", "path": "/x", "value": deep(levels)}])


def test_a_copy_bomb_is_stopped_before_it_fills_the_memory():
    bomb = [{"op": "copy", "from": "/a", "path": "/a/-"} for _ in range(40)]

    with pytest.raises(PatchError, match=r"more than|deeper than"):
        apply({"a": [1, 2]}, bomb)


LONG = "x" * 1_000_000


@pytest.mark.parametrize("value", [LONG, {LONG: 1}, [int("9" * 4_000)] * 250], ids=["text", "key", "digits"])
def test_copies_of_a_long_text_are_refused_before_they_fill_the_database(value):
    copies = [{"op": "copy", "from": "/a", "path": f"/b{number}"} for number in range(80)]

    with pytest.raises(PatchError, match=r"Operation \d+: .* more than 8000000 characters"):
        apply({"a": value}, copies)


def test_a_long_text_that_is_replaced_again_and_again_never_adds_up():
    operations = [{"op": "add", "path": "/a", "value": LONG} for _ in range(5)]
    assert {"a": LONG} == apply({"a": LONG}, operations)
