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


PEOPLE = {
    "people": [
        {"name": "Ada", "age": 36, "traits": {"email": "ada@example.org"}, "is_admin": True},
        {"name": "Grace (USN)", "age": 85, "traits": {"email": "grace.h@example.org"}, "is_admin": False, "note": None},
        {"name": "Bob", "age": "7", "traits": {"phone": "+1"}},
    ],
    "words": ["a", "b", "ab"],
    "v1.2": {"x": 1},
    "st*r": {"x": 2},
    "star": {"x": 3},
}


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        (36, 'people.#(name=="Ada").age'),
        (85, 'people.#(traits.email=="grace.h@example.org").age'),  # dots within
        (85, 'people.#(name=="Grace (USN)").age'),  # brackets within
        ("Ada", "people.#(age<40).name"),
        (["Ada", "Grace (USN)", "Bob"], "people.#(age>=36)#.name"),  # Bob's is a text, and "7" comes after "36"
        (["Ada"], "people.#(is_admin==true)#.name"),
        (["Grace (USN)"], "people.#(is_admin!=true)#.name"),
        (["Grace (USN)"], "people.#(note==null)#.name"),
        (["Bob"], "people.#(traits.phone)#.name"),  # it is there
        (["Ada"], 'people.#(name%"A*")#.name'),
        (["Grace (USN)", "Bob"], 'people.#(name!%"A*")#.name'),
        ("b", 'words.#(=="b")'),
        (["a", "ab"], 'words.#(%"a*")#'),
        (["a", "ab"], "words.#(%a*)#"),
        ([], 'people.#(name=="Mallory")#'),
        (1, r"v1\.?.x"),
        (1, "v*.x"),
        (2, r"st\*r.x"),
        (2, "st*r.x"),  # a key that is written so comes first
    ],
)
def test_finds_what_a_query_or_a_wildcard_means(expected, path):
    assert expected == json_path.find(PEOPLE, path)


@pytest.mark.parametrize(
    "path", ['people.#(name=="Mallory")', "people.0.#(a==1)", "people.#(", "people.#(age<)", "x*", "words.*"]
)
def test_says_absent_where_nothing_is_meant(path):
    assert json_path.find(PEOPLE, path) is json_path.ABSENT
