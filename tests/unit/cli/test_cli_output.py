import json
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.cli import config_text
from headwater.cli.output import Output, View
from headwater.cli.usage import UsageError
from headwater.core.errors import HeadwaterError, NotFoundError

VIEW = View(rows="sources", columns=("slug", "write_keys.#.key", "enabled"))
DOCUMENT = {
    "sources": [
        {"id": "src_1", "slug": "website", "write_keys": [{"key": "k1"}, {"key": "k2"}], "enabled": True},
        {"id": "src_2", "slug": "a", "write_keys": []},
    ]
}


def render(document, form=None, *, view=VIEW, is_quiet=False, default="table"):
    return Output(format=form, is_quiet=is_quiet).render(document, view=view, default=default)


def test_prints_a_table_of_aligned_columns_by_default():
    expected = "SLUG     WRITE KEYS  KEY  ENABLED\nwebsite  k1, k2           true\na"

    assert expected == render(DOCUMENT)


def test_prints_a_single_thing_as_a_sheet_without_what_it_lacks():
    assert "SLUG     a\nENABLED  false" == render({"slug": "a", "enabled": False}, view=VIEW)


@pytest.mark.parametrize("form", ["json", "json-pretty"])
def test_json_says_the_same_as_the_document(form):
    assert DOCUMENT == json.loads(render(DOCUMENT, form))


def test_json_is_one_line_and_pretty_is_not():
    assert "\n" not in render(DOCUMENT, "json")
    assert '{\n  "sources": [' in render(DOCUMENT, "json-pretty")


def test_yaml_never_folds_a_base64_body():
    body = "base64://" + "A b " * 200

    text = render({"body": body}, "yaml")

    assert 1 == len(text.splitlines())
    assert {"body": body} == yaml.safe_load(text)


@pytest.mark.parametrize(
    "value", ["yes", "null", "1e3", "0o17", "12:30", "2026-11-23", "- x", "a: b", "\x1b[2J", "\x85", "\u2028", "\u202e"]
)
def test_yaml_quotes_what_would_change_its_type_for_readers_of_1_1_and_of_1_2(value):
    printed = render({"a": value, value: 1}, "yaml")

    assert {"a": value, value: 1} == yaml.safe_load(printed) == config_text.parse(printed.encode(), name="printed")
    assert not set("\x1b\x85\u2028\u202e") & set(printed)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
@settings(deadline=None)
def test_what_is_printed_as_yaml_is_read_as_what_it_was(document):
    assert {"a": document} == config_text.parse(render({"a": document}, "yaml").encode(), name="printed")


def test_jsonpath_prints_a_text_bare_and_anything_else_as_json():
    assert "website" == render(DOCUMENT, "jsonpath=sources.0.slug")
    assert "true" == render(DOCUMENT, "jsonpath=sources.0.enabled")
    assert '["k1","k2"]' == render(DOCUMENT, "jsonpath=sources.0.write_keys.#.key")


def test_jsonpath_to_nowhere_is_an_error_not_an_empty_answer():
    with pytest.raises(NotFoundError, match=r"sources\.9"):
        render(DOCUMENT, "jsonpath=sources.9")


def test_quiet_and_json_hand_the_terminal_nothing_to_act_upon():
    repaint = {"sources": [{"id": "a\x1b[2J\nb\x9b2J\u202ec"}]}

    assert "a\\x1b[2J b\\x9b2J\\u202ec" == render(repaint, is_quiet=True)
    assert not set("\x1b\x9b\u202e") & set(render(repaint, "json"))
    assert repaint == json.loads(render(repaint, "json"))


def test_an_answer_too_deep_for_yaml_is_told_in_one_sentence():
    deep = {}
    for _ in range(5_000):
        deep = {"a": deep}

    with pytest.raises(HeadwaterError, match="--format json"):
        render(deep, "yaml")


def test_quiet_prints_ids_one_a_line_whatever_the_format():
    assert "src_1\nsrc_2" == render(DOCUMENT, "json", is_quiet=True)


def test_the_commands_own_default_counts_only_when_no_format_was_asked_for():
    assert "a: 1" == render({"a": 1}, default="yaml")
    assert '{"a":1}' == render({"a": 1}, "json", default="yaml")


@pytest.mark.parametrize(
    ("pointer", "said"),
    [
        ("/sources/0/slug", "website"),
        ("/sources/0/enabled", "true"),
        ("/sources/0/write_keys/1", '{"key":"k2"}'),
        ("/a~1b/~0c", "7"),
        ("/", "nothing"),
    ],
)
def test_jsonpointer_prints_a_text_bare_and_anything_else_as_json(pointer, said):
    document = DOCUMENT | {"a/b": {"~c": 7}, "": "nothing"}

    assert said == render(document, f"jsonpointer={pointer}")


def test_the_empty_jsonpointer_is_the_whole_document():
    assert DOCUMENT == json.loads(render(DOCUMENT, "jsonpointer="))


@pytest.mark.parametrize("pointer", ["/nope", "/sources/2", "/sources/-", "/sources/00", "/sources/0/slug/0"])
def test_jsonpointer_to_nowhere_is_an_error_not_an_empty_answer(pointer):
    with pytest.raises(NotFoundError, match=re.escape(pointer)):
        render(DOCUMENT, f"jsonpointer={pointer}")


@pytest.mark.parametrize(
    "form", ["xml", "JSON", "", "jsonpath=", "jsonpath", "jsonpointer", "jsonpointer=a", "jsonpointer=/~2"]
)
def test_refuses_an_unknown_format(form):
    with pytest.raises(UsageError, match="--format takes"):
        Output(format=form)


def test_a_table_shows_mallorys_terminal_codes_instead_of_obeying_them():
    mallory = {"slug": "\x1b[2Jmallory\x9b31m\n\u202egnp.exe", "enabled": True}

    text = render({"sources": [mallory]})

    assert r"\x1b[2Jmallory\x9b31m \u202egnp.exe" in text
    assert 2 == len(text.splitlines())


LONG = {
    "rows": [{"id": "i" * 30, "name": "n" * 200, "note": "o" * 100, "at": "now"}, {"id": "j", "name": "Ōsaka 大阪"}]
}
FOUR = View(rows="rows", columns=("id", "name", "note", "at"))


def wide(width):
    return Output(width=width).render(LONG, view=FOUR)


def test_a_table_fits_the_terminal_by_cutting_the_widest_columns_and_never_an_id():
    head, row, *_ = wide(80).splitlines()

    assert max(len(line) for line in wide(80).splitlines()) <= 80
    assert "i" * 30 + "  n" in row
    assert 2 == row.count("…")
    assert row.endswith("now")
    assert ["ID", "NAME", "NOTE", "AT"] == head.split()


def test_a_table_is_whole_where_no_terminal_is():
    assert "n" * 200 + "  " + "o" * 100 in wide(None)


def test_a_table_that_fits_is_not_cut_and_one_that_never_will_keeps_its_ids_and_some_of_each_column():
    assert wide(None) == wide(1000)
    assert "i" * 30 + "  nnnnnnn…  ooooooo…  now" in wide(10)


def test_letters_that_take_two_places_do_not_push_the_columns_apart():
    _, first, second = (
        Output().render({"rows": [{"id": "大阪", "name": "x"}, {"id": "abcd", "name": "x"}]}, view=FOUR).splitlines()
    )

    assert ("大阪  x", "abcd  x") == (first, second)


def test_a_cell_of_a_million_letters_is_cut_in_no_time():
    huge = {"rows": [{"id": "1", "name": "n" * 1_000_000}]}

    assert 80 >= max(len(line) for line in Output(width=80).render(huge, view=FOUR).splitlines())
