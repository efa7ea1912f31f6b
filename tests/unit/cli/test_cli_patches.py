import pytest

from headwater.cli import patches
from headwater.cli.usage import UsageError


def test_orders_adds_before_replaces_before_removes_and_prefixes_each_path():
    patch = patches.operations(prefix=patches.IDENTITY_CONFIG, remove=["/r"], replace=["/p=2", "/q=3"], add=["/a/-={}"])

    assert [
        {"op": "add", "path": "/services/identity/config/a/-", "value": {}},
        {"op": "replace", "path": "/services/identity/config/p", "value": 2},
        {"op": "replace", "path": "/services/identity/config/q", "value": 3},
        {"op": "remove", "path": "/services/identity/config/r"},
    ] == patch


def test_splits_at_the_first_equals_sign_so_that_base64_padding_survives():
    assert [{"op": "add", "path": "/a", "value": "base64://eA=="}] == patches.operations(add=['/a="base64://eA=="'])


def test_accepts_line_breaks_between_json_tokens_as_a_pretty_printed_file_has_them():
    assert [{"op": "add", "path": "/a", "value": {"b": 1}}] == patches.operations(add=['/a={\n  "b": 1\n}\n'])


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_refuses_wrapped_base64_with_a_hint_at_base64_w0(line_break):
    with pytest.raises(UsageError) as caught:
        patches.operations(add=[f'/hooks/0={{"body": "base64://AAAA{line_break}BBBB"}}'])

    assert "--add /hooks/0" in caught.value.message
    assert "line 1, column 24" in caught.value.message
    assert "base64 -w0" in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/a", "no = in"),
        ("a=1", "begins with /"),
        ("/a=", "double quotes"),
        ("/a=session", "double quotes"),  # Ory's guide has "session" with quotes inside
        ('/a={"b":1', "line 1, column 7"),
        ("/a=1 2", "column 3"),
        ("/a=NaN", "NaN is not a JSON value"),
        ("/a=" + "[" * 100_000, "nested too deep"),
    ],
)
def test_refuses_what_is_not_path_and_json_naming_the_flag(text, said):
    with pytest.raises(UsageError) as caught:
        patches.operations(replace=[text])

    assert caught.value.message.startswith("--replace")
    assert said in caught.value.message


def test_refuses_an_empty_patch_instead_of_pretending_a_change():
    with pytest.raises(UsageError, match="Say what to change"):
        patches.operations()


def test_refuses_a_relative_path_to_remove():
    with pytest.raises(UsageError, match="--remove"):
        patches.operations(remove=["selfservice"])
