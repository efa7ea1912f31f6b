import pytest

from headwater.cli import json_path

DOCUMENT = {
    "a": {"b": [{"c": 1}, {"c": None}, {"d": False}]},
    "x.y": {"z": "dotted"},
    "empty": [],
    "": {"inner": "nameless"},
}


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        (1, "a.b.0.c"),
        (None, "a.b.1.c"),  # null is there
        (False, "a.b.2.d"),
        (3, "a.b.#"),
        ([1, None], "a.b.#.c"),  # only those that have it
        (0, "empty.#"),
        ([], "empty.#.c"),
        ("dotted", r"x\.y.z"),
        ("nameless", ".inner"),
    ],
)
def test_finds_what_is_there(expected, path):
    assert expected == json_path.find(DOCUMENT, path)


@pytest.mark.parametrize(
    "path",
    [
        "a.c",
        "a.b.3",
        "a.b.-1",  # Python would count from the end
        "a.b.0.c.d",  # past a number
        "a.b.²",  # a digit to Python, no index to anyone
        "a.",
        "#",
    ],
)
def test_says_absent_instead_of_failing_where_nothing_is(path):
    assert json_path.find(DOCUMENT, path) is json_path.ABSENT
