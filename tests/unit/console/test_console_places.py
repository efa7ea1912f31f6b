"""Where in a typed text a refusal points."""

import json

import pytest

from headwater.console import json_places, text_places
from headwater.console.text_places import Place

CARET = "Catalog Error: no table x\n\nLINE 2: FROM website.x\n             ^^^^"


@pytest.mark.parametrize(
    ("reason", "line", "column"),
    [
        ("/mappings/0/template: mapping.jsonnet:3:12: no such field: x", 3, 12),
        ("/selfservice/…/config/body is not Jsonnet that can run: body:4:1: unexpected '}'.", 4, 1),
        ("This is no JSON: Expecting value: line 2 column 7 (char 9).", 2, 7),
        ("FQL, column 21: found the end, expected a value", 1, 21),
        ("FQL, line 2, column 3: found 'and'", 2, 3),
        (CARET, 2, 6),
        ("Parser Error: it is long\n\nLINE 1: ...x, y FROM\n              ^", 1, 1),
    ],
    ids=["mapping", "action", "json", "fql", "fql-lines", "sql", "sql-part"],
)
def test_each_kind_of_refusal_names_its_place(reason, line, column):
    assert Place(line=line, column=column) == text_places.of(reason)


def test_a_refusal_that_names_no_place_has_none():
    assert text_places.of("A query is one statement; there are 2 here.") is None
    assert {"body": Place(line=4, column=1)} == text_places.every({"url": "This is no URL.", "body": "body:4:1: no"})


DOCUMENT = """{
  "a": {"b}": [1, {"c": "x, {"}], "d/e~": true},
  "flows": [
    {"hooks": []},
    {"hooks": [{"config": {"body": "\\"["}},
               7]}
  ],
  "a\\u0062": null
}"""


@pytest.mark.parametrize(
    ("pointer", "line", "column"),
    [
        ("/a", 2, 3),
        ("/a/b}/1/c", 2, 20),
        ("/a/d~1e~0", 2, 35),
        ("/flows/1/hooks/0/config/body", 5, 28),
        ("/flows/1/hooks/1", 6, 16),
        ("/ab", 8, 3),
        ("/flows/0/missing", 4, 5),  # the nearest that is there
        ("/flows/1/hooks/9/config", 5, 6),
    ],
)
def test_a_pointer_is_found_in_the_text_as_it_was_typed(pointer, line, column):
    assert Place(line=line, column=column) == json_places.of(DOCUMENT, pointer)


@pytest.mark.parametrize("pointer", ["", "/", "/nowhere", "/nowhere/a"])
def test_a_pointer_to_nothing_there_has_no_place(pointer):
    assert json_places.of(DOCUMENT, pointer) is None


def test_every_member_of_a_document_is_found_at_its_own_name():
    text = json.dumps({"x": {str(n): {"y": [n]} for n in range(200)}}, indent=2)
    for number in range(200):
        place = json_places.of(text, f"/x/{number}")

        assert text.splitlines()[place.line - 1][place.column - 1 :].startswith(f'"{number}": ')


def test_a_deep_document_is_no_burden():
    assert Place(line=1, column=2) == json_places.of("[" * 50_000 + "]" * 50_000, "/0")
