"""A kratos.yml comes from anywhere: what its text can do to whoever reads it."""

import json

import pytest

from headwater.cli import kratos_text
from headwater.cli.kratos_text import KratosFileError


def parse(text):
    return kratos_text.parse(text if isinstance(text, bytes) else text.encode(), name="kratos.yml")


def test_refuses_a_billion_laughs_before_the_first():
    levels = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]

    with pytest.raises(KratosFileError, match="written out, it has more than"):
        parse("\n".join(levels))


def test_refuses_merge_keys_that_multiply():
    levels = ["a0: &a0 {x: 1}"]
    levels += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)]

    with pytest.raises(KratosFileError, match="written out"):
        parse("\n".join(levels))


def test_refuses_an_alias_of_itself():
    with pytest.raises(KratosFileError, match="written out"):
        parse("a: &a [*a]")


def test_aliases_within_reason_are_written_out():
    assert {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}} == parse("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b", "must hold keys and values"),
        ("", "must hold keys and values"),
        ("just words", "must hold keys and values"),
        ("a: 1\nb: [", "line 2"),
        ("a: 1\n\tb: 2", "line 2"),
        ("a: 1\n---\nb: 2", "kratos.yml can't be read"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' stands there twice"),
        ("a: !!python/object/apply:os.system [id]", "line 1"),
        ("a: !!binary aGk=", "bytes"),
        ("a: !!set {x, y}", "set"),
        ("1: a", "the key 1"),
        ("a: !!float .inf", "not a number that JSON knows"),
        ("a: " + "[" * 500 + "]" * 500, "deep|levels"),
        ("a: \x00", "characters that no YAML may hold"),
        (b"a: \xff", "not UTF-8"),
        (b"#" * 4_200_000, "larger than 4 MiB"),
        ('{"a": 1', "kratos.yml can't be read"),
        ('{"a": NaN}', "not a number that JSON knows"),
    ],
    ids=lambda value: str(value)[:20].encode("unicode_escape").decode(),
)
def test_refuses_what_is_no_configuration_and_says_where(text, said):
    with pytest.raises(KratosFileError, match=said) as caught:
        parse(text)

    assert caught.value.message.startswith("kratos.yml")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("12:30:45", "12:30:45"),
        ("2024-01-31", "2024-01-31"),
        ("1_000", "1_000"),
        ("0o644", 0o644),
        ("0x1F", 31),
        ("-7", -7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("v0.13.0", "v0.13.0"),
        ("~", None),
        ("", None),
        ("128MB", "128MB"),
    ],
    ids=lambda value: str(value) or "nothing",
)
def test_scalars_mean_what_they_mean_to_kratos(text, meant):
    assert {"a": meant} == parse(f"a: {text}\n")


def test_json_is_read_as_well():
    document = {"dsn": "memory", "selfservice": {"allowed_return_urls": ["https://a.example/\t"]}}

    assert document == parse(json.dumps(document))
