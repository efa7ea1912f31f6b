import base64
import json

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


def test_files_named_in_a_value_are_read_here_and_embedded(tmp_path):
    (tmp_path / "my hook.jsonnet").write_bytes(b"function(ctx) {}")
    url = f"file://{tmp_path}/my%20hook.jsonnet"

    (operation,) = patches.operations(add=[f'/hooks/-={{"config": {{"body": "{url}"}}, "others": ["{url}", "x"]}}'])

    embedded = "base64://" + base64.b64encode(b"function(ctx) {}").decode()
    assert {"config": {"body": embedded}, "others": [embedded, "x"]} == operation["value"]


def test_a_file_may_be_the_whole_value_and_stand_beside_us(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "person.json").write_bytes(b"{}")

    (operation,) = patches.operations(replace=['/identity/schemas/0/url="file://person.json"'])

    assert operation["value"] == "base64://e30="


def test_what_a_schema_calls_itself_is_left_alone(tmp_path):
    value = '{"$id": "file:///nowhere.json", "$schema": "file:///nowhere.json", "x": "see file:///nowhere.json"}'

    (operation,) = patches.operations(add=[f"/a={value}"])
    assert json.loads(value) == operation["value"]


@pytest.mark.parametrize("name", ["absent.jsonnet", "", "a\\u0000b"])
def test_a_file_that_is_not_there_is_told_with_its_flag_and_place(tmp_path, name):
    with pytest.raises(UsageError, match=r"^--add /a: file://.* can't be embedded"):
        patches.operations(add=[f'/a="file://{tmp_path}/{name}"'])


def test_a_file_of_any_size_is_not_swallowed(tmp_path):
    (tmp_path / "big").write_bytes(b"x" * (1024 * 1024 + 1))

    with pytest.raises(UsageError, match="1 MiB"):
        patches.operations(add=[f'/a="file://{tmp_path}/big"'])
