"""JSON Patch: RFC 6902 where Ory follows it, Ory's leniency where it doesn't."""

import pytest

from headwater.workspace.json_patch import PatchError, apply

# RFC 6902, appendix A, by its sections, word for word. Where Ory is lenient, says so.
RFC_6902_APPLIED = {
    "A.1 adding an object member": (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz", "value": "qux"}],
        {"baz": "qux", "foo": "bar"},
    ),
    "A.2 adding an array element": (
        {"foo": ["bar", "baz"]},
        [{"op": "add", "path": "/foo/1", "value": "qux"}],
        {"foo": ["bar", "qux", "baz"]},
    ),
    "A.3 removing an object member": (
        {"baz": "qux", "foo": "bar"},
        [{"op": "remove", "path": "/baz"}],
        {"foo": "bar"},
    ),
    "A.4 removing an array element": (
        {"foo": ["bar", "qux", "baz"]},
        [{"op": "remove", "path": "/foo/1"}],
        {"foo": ["bar", "baz"]},
    ),
    "A.5 replacing a value": (
        {"baz": "qux", "foo": "bar"},
        [{"op": "replace", "path": "/baz", "value": "boo"}],
        {"baz": "boo", "foo": "bar"},
    ),
    "A.6 moving a value": (
        {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    ),
    "A.7 moving an array element": (
        {"foo": ["all", "grass", "cows", "eat"]},
        [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        {"foo": ["all", "cows", "eat", "grass"]},
    ),
    "A.8 testing a value: success": (
        {"baz": "qux", "foo": ["a", 2, "c"]},
        [{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}],
        {"baz": "qux", "foo": ["a", 2, "c"]},
    ),
    "A.10 adding a nested member object": (
        {"foo": "bar"},
        [{"op": "add", "path": "/child", "value": {"grandchild": {}}}],
        {"foo": "bar", "child": {"grandchild": {}}},
    ),
    "A.11 ignoring unrecognized elements": (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}],
        {"foo": "bar", "baz": "qux"},
    ),
    # A.12, adding to a nonexistent target, is an error in the RFC; Ory makes the parent.
    "A.12 adding to a nonexistent target": (
        {"foo": "bar"},
        [{"op": "add", "path": "/baz/bat", "value": "qux"}],
        {"foo": "bar", "baz": {"bat": "qux"}},
    ),
    "A.14 ~ escape ordering": (
        {"/": 9, "~1": 10},
        [{"op": "test", "path": "/~01", "value": 10}],
        {"/": 9, "~1": 10},
    ),
    "A.16 adding an array value": (
        {"foo": ["bar"]},
        [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}],
        {"foo": ["bar", ["abc", "def"]]},
    ),
}

RFC_6902_REFUSED = {
    "A.9 testing a value: error": ({"baz": "qux"}, [{"op": "test", "path": "/baz", "value": "bar"}], "not there"),
    # A.13, an operation written down twice over, is invalid JSON for the RFC; a parser keeps the last `op` it reads.
    "A.15 comparing strings and numbers": (
        {"/": 9, "~1": 10},
        [{"op": "test", "path": "/~01", "value": "10"}],
        "not there",
    ),
}

APPLIED = [
    # RFC 6902, sections 4 and 5, and RFC 6901
    ({"foo": [1]}, [{"op": "add", "path": "/foo/1", "value": 2}], {"foo": [1, 2]}),
    ({"foo": 1}, [{"op": "add", "path": "/foo", "value": 2}], {"foo": 2}),
    ({"foo": None}, [{"op": "replace", "path": "/foo", "value": 1}], {"foo": 1}),
    ({"foo": 1}, [{"op": "add", "path": "/bar", "value": None}], {"foo": 1, "bar": None}),
    ({"": 1}, [{"op": "replace", "path": "/", "value": 2}], {"": 2}),
    ({"a": {"b": 1}}, [{"op": "move", "from": "/a", "path": "/a"}], {"a": {"b": 1}}),
    ({"a": {"b": 1}}, [{"op": "move", "from": "/a/b", "path": "/a"}], {"a": 1}),
    ({"a": [1, 2]}, [{"op": "copy", "from": "/a/0", "path": "/a/-"}], {"a": [1, 2, 1]}),
    ({"a": {"x": [1]}}, [{"op": "copy", "from": "/a/x", "path": "/y"}], {"a": {"x": [1]}, "y": [1]}),
    ({"a": 1, "ab": {}}, [{"op": "move", "from": "/a", "path": "/ab/c"}], {"ab": {"c": 1}}),
    ({"a/b": 1, "m~n": 2}, [{"op": "replace", "path": "/a~1b", "value": 3}], {"a/b": 3, "m~n": 2}),
    ({"a": 1}, [{"op": "add", "path": "", "value": {"b": 2}}], {"b": 2}),
    ({"a": 1}, [{"op": "test", "path": "", "value": {"a": 1}}], {"a": 1}),
    # numerically equal, as the RFC has it; members in any order; the same list
    ({"a": 1}, [{"op": "test", "path": "/a", "value": 1.0}], {"a": 1}),
    (
        {"a": {"x": 1, "y": [2]}},
        [{"op": "test", "path": "/a", "value": {"y": [2.0], "x": 1}}],
        {"a": {"x": 1, "y": [2]}},
    ),
    ({"a": None}, [{"op": "test", "path": "/a", "value": None}], {"a": None}),
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
    # At any depth: for Python, [true] == [1].
    ({"a": [1]}, [{"op": "test", "path": "/a", "value": [True]}], "not there"),
    ({"a": {"b": 0}}, [{"op": "test", "path": "/a", "value": {"b": False}}], "not there"),
    ({"a": [1, 2]}, [{"op": "test", "path": "/a", "value": [2, 1]}], "not there"),
    ({"a": 1}, [{"op": "test", "path": "/b", "value": None}], "nothing at /b"),
    ({"a": [1]}, [{"op": "test", "path": "/a/-", "value": 1}], "not an index"),
    ({"a": [1]}, [{"op": "remove", "path": "/a/-"}], "not an index"),
    ({"a": [1]}, [{"op": "replace", "path": "/a/1", "value": 1}], "past its end"),
    ({"a": [1]}, [{"op": "replace", "path": "/a/-", "value": 1}], "not an index"),
    ({"a": [1]}, [{"op": "add", "path": "/a/-1", "value": 1}], "not an index"),
    ({"a": [1]}, [{"op": "add", "path": "/a/1e0", "value": 1}], "not an index"),
    ({"a": [1]}, [{"op": "copy", "from": "/b", "path": "/c"}], "nothing at /b"),
    ({"a": [1]}, [{"op": "move", "from": "/a/1", "path": "/c"}], "past its end"),
    ({"a": 1}, [{"op": "move", "path": "/c"}], "`from` must be"),
    ({"a": {}}, [{"op": "move", "from": "", "path": "/a/b"}], "into itself"),
    ({"a": 1}, [{"op": "add", "path": "/b~2", "value": 1}], "neither ~0 nor ~1"),
    ({"a": 1}, [{"op": "ADD", "path": "/b", "value": 1}], "`op` must be one of"),
    ({"a": 1}, [{"op": "add", "path": None, "value": 1}], "begins with /"),
    ({"a": {"b": 1}}, [{"op": "move", "from": "/a", "path": "/a/b"}], "into itself"),
    ({}, [{"op": "dance", "path": "/a"}], "`op` must be one of"),
    ({}, [{"op": "add", "path": "a", "value": 1}], "begins with /"),
    ({}, [{"op": "add", "path": "/a"}], "needs a `value`"),
    ({}, [{"op": "remove", "path": ""}], "can't be removed"),
    ({}, [{"op": "add", "path": "/a" * 65, "value": 1}], "deeper than"),
    ({}, {"op": "add"}, "array of at most"),
    ({}, ["add"], "`op` must be one of"),
]


@pytest.mark.parametrize(("document", "operations", "expected"), RFC_6902_APPLIED.values(), ids=RFC_6902_APPLIED)
def test_applies_what_the_rfc_applies(document, operations, expected):
    assert expected == apply(document, operations)


@pytest.mark.parametrize(("document", "operations", "reason"), RFC_6902_REFUSED.values(), ids=RFC_6902_REFUSED)
def test_refuses_what_the_rfc_refuses(document, operations, reason):
    with pytest.raises(PatchError, match=reason):
        apply(document, operations)


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
