"""What the text of a configuration can do to whoever reads it. More rows of YAML: test_import_kratos_text."""

import pytest

from headwater.cli import config_text
from headwater.cli.config_text import ConfigTextError


def parse(text, name="c.yaml"):
    return config_text.parse(text if isinstance(text, bytes) else text.encode(), name=name)


@pytest.mark.parametrize("name", ["c.yaml", "c.yml", "c.json", "stdin"])
def test_reads_json_under_any_name_and_a_list_as_well_as_an_object(name):
    assert [{"a": [1, None]}] == parse('[{"a": [1, null]}]', name)
    assert {"a": "\t"} == parse('{"a": "\\t"}', name)


def test_reads_what_yaml_writers_write():
    assert [{"op": "remove", "path": "/a"}] == parse("- op: remove\n  path: /a\n")
    assert {"a": {"b": "x\ny\n"}} == parse("\ufeffa:\n  b: |\n    x\n    y\n")


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "c.json", "the key 'a' stands twice"),
        ('{"a": 1, "b": {"c": 2, "c": 3}}', "c.yaml", "the key 'c' stands twice"),
        ("a: 1\na: 2", "c.yaml", "line 2: the key 'a' stands there twice"),
        ('{"a": 1,}', "c.json", "not JSON at line 1, column 9"),
        ("a: 1", "c.json", "not JSON at line 1, column 1"),
        ("", "c.json", "not JSON at line 1"),
        ('{"a": Infinity}', "c.json", "not a number that JSON knows"),
        ("a: !!python/name:os.system", "c.yaml", "line 1"),
        ("a: !!python/object/apply:os.system [id]", "c.yaml", "line 1"),
        ("a: !ruby/object:X {}", "c.yaml", "line 1"),
        ("a: !!timestamp 2026-11-23", "c.yaml", "a date.*in quotes"),
        ("1: a", "c.yaml", "the key 1, which is no text"),
        ("? [a, b]\n: c", "c.yaml", "line 1"),
        ("a: 1\n---\nb: 2", "c.yaml", "another document"),
        (b"\xff\xfe{\x00", "c.json", "not UTF-8"),
        (b"PK\x03\x04 a zip", "c.yaml", "no YAML may hold"),
        ("[" * 100_000, "c.json", "nested too deep"),
        ("[" * 100_000, "c.yaml", "nested too deep"),
        ("[" * 65 + "]" * 65, "c.json", "64 levels"),
        ("[" + "1," * 60_000 + "1]", "c.json", "more than 50000 values"),
        ("9" * 5_000, "c.json", "digits"),
    ],
    ids=lambda value: str(value)[:20].encode("unicode_escape").decode(),
)
def test_refuses_what_is_no_configuration_in_one_sentence_that_begins_with_its_name(text, name, said):
    with pytest.raises(ConfigTextError, match=said) as caught:
        parse(text, name)

    assert caught.value.message.startswith(name)


@pytest.mark.parametrize("content", [b"a: " + b"x" * 10_000_000, b"{" + b" " * 10_000_000 + b"}"])
def test_refuses_ten_megabytes_without_reading_them(content):
    with pytest.raises(ConfigTextError, match="larger than 4 MiB"):
        parse(content)


def test_gives_up_on_too_many_values_before_it_reads_them_all():
    with pytest.raises(ConfigTextError, match="more than 50000 values"):
        parse("- 1\n" * 60_000 + "this would be told, were it read: [")
