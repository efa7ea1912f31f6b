"""Files for `patch` and `update`: what is sent, and that nothing is sent for a file that is no good."""

import base64
import json
import re

import pytest
from scripted_api import scripted_api

from headwater.cli import config_merge
from headwater.cli.app import run
from headwater.cli.config_merge import UnmergeableError

CONFIG = {"selfservice": {"b": 1, "a": [{"z": 1, "y": 2}]}, "identity": {"schemas": []}}
PROJECT = {"id": "p-1", "slug": "demo", "name": "Demo", "services": {"identity": {"config": CONFIG}}}
CONFIG_PATH = "/services/identity/config"


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/projects", [{"id": "p-1", "slug": "demo"}])
        running.answer("PATCH", "/projects/p-1", {"project": PROJECT, "warnings": []})
        yield running


@pytest.fixture
def type_in(api, capsys, tmp_path, monkeypatch):
    """Type one command line beside some files; gives (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def typed(*arguments):
        code = run(arguments, environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k-ada"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def sent(api):
    assert ("PATCH", "/projects/p-1") == (api.asked[-1]["method"], api.asked[-1]["path"])
    return api.asked[-1]["body"]


def test_patches_of_files_come_first_in_their_order_with_the_paths_of_the_config(type_in, api, tmp_path):
    (tmp_path / "one.json").write_text(
        '[{"op": "move", "from": "/a", "path": "/b"}, {"op": "test", "path": "", "value": {}}]'
    )
    (tmp_path / "two.yaml").write_text("- op: add\n  path: /hooks/0\n  value: {hook: web_hook}\n")

    code, _, err = type_in("patch", "ic", "--remove", "/r", "--add", "/x=1", "-f", "one.json", "--file", "two.yaml")

    assert (0, "") == (code, err)
    assert [
        {"op": "move", "from": f"{CONFIG_PATH}/a", "path": f"{CONFIG_PATH}/b"},
        {"op": "test", "path": CONFIG_PATH, "value": {}},
        {"op": "add", "path": f"{CONFIG_PATH}/hooks/0", "value": {"hook": "web_hook"}},
        {"op": "add", "path": f"{CONFIG_PATH}/x", "value": 1},
        {"op": "remove", "path": f"{CONFIG_PATH}/r"},
    ] == sent(api)


def test_files_named_inside_are_embedded_and_schema_ids_left_alone(type_in, api, tmp_path):
    (tmp_path / "body.jsonnet").write_text("{}")
    value = {"config": {"body": "file://body.jsonnet"}, "$schema": "file://left.json"}
    (tmp_path / "p.json").write_text(json.dumps([{"op": "add", "path": "/h", "value": value}]))

    type_in("patch", "ic", "-f", "p.json")

    body = "base64://" + base64.b64encode(b"{}").decode()
    assert {"config": {"body": body}, "$schema": "file://left.json"} == sent(api)[0]["value"]


def test_patch_project_has_the_paths_of_the_whole_document_and_prints_the_project(type_in, api):
    code, out, _ = type_in(
        "patch", "project", "p-1", "--replace", '/name="New"', "--remove", "/cors_admin/origins/0", "-y"
    )

    assert 0 == code
    assert "Demo" in out
    assert [
        {"op": "replace", "path": "/name", "value": "New"},
        {"op": "remove", "path": "/cors_admin/origins/0"},
    ] == sent(api)


def test_update_replaces_the_config_by_all_files_merged(type_in, api, tmp_path):
    (tmp_path / "a.yaml").write_text("identity: {schemas: [{id: a}]}\nsession: {lifespan: 1h}\n")
    (tmp_path / "b.json").write_text('{"identity": {"schemas": [{"id": "b"}]}, "session": {"lifespan": "2h"}}')

    code, out, _ = type_in("update", "identity-config", "--file", "a.yaml", "--file", "b.json", "--format", "json")

    merged = {"identity": {"schemas": [{"id": "a"}, {"id": "b"}]}, "session": {"lifespan": "2h"}}
    assert (0, CONFIG) == (code, json.loads(out))
    assert [{"op": "replace", "path": CONFIG_PATH, "value": merged}] == sent(api)


def test_update_project_replaces_what_is_named_each_service_for_itself(type_in, api, tmp_path):
    (tmp_path / "p.yml").write_text(
        "name: Old\nservices:\n  identity: {config: {a: 1}}\ncors_public: {enabled: true}\n"
    )

    code, _, _ = type_in("update", "project", "p-1", "-f", "p.yml", "--name", "New")

    assert 0 == code
    assert [
        {"op": "replace", "path": "/name", "value": "New"},
        {"op": "replace", "path": "/services/identity", "value": {"config": {"a": 1}}},
        {"op": "replace", "path": "/cors_public", "value": {"enabled": True}},
    ] == sent(api)


@pytest.mark.parametrize("form", ["yaml", "json", "json-pretty"])
def test_prints_the_config_with_its_keys_by_name_as_orys_command_does(type_in, form):
    _, out, _ = type_in("patch", "ic", "--add", "/x=1", "--format", form)

    assert ["identity", "schemas", "selfservice", "a", "y", "z", "b"] == re.findall(
        r"\b(identity|schemas|selfservice|[abyz])\b", out
    )


def test_takes_base64_and_a_page_of_the_web(type_in, api):
    text = base64.b64encode(b"session: {}").decode()
    api.answer("GET", "/config.yaml", b"courier: {}")

    type_in("update", "ic", "-f", f"base64://{text}", "-f", f"{api.url}/config.yaml?token=x")

    assert {"session": {}, "courier": {}} == sent(api)[0]["value"]


@pytest.fixture
def bad_files(tmp_path):
    folder = tmp_path
    (folder / "folder.yaml").mkdir()
    (folder / "empty.yaml").write_text("")
    (folder / "words.yaml").write_text("just words")
    (folder / "list.json").write_text("[1, 2]")
    (folder / "object.json").write_text('{"op": "add"}')
    (folder / "latin.yaml").write_bytes(b"a: \xe9")
    (folder / "huge.yaml").write_bytes(b"a: " + b"x" * 10_000_000)
    (folder / "tag.yaml").write_text("a: !!python/object/apply:os.system [id]")
    (folder / "bomb.yaml").write_text(
        "a: &a [x,x,x,x,x,x,x,x]\n"
        + "".join(f"{c}: &{c} [{','.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    )
    (folder / "twice.json").write_text('{"a": 1, "a": 2}')
    (folder / "op.json").write_text('[{"op": "destroy", "path": "/a"}]')
    (folder / "path.json").write_text('[{"op": "add", "path": "a", "value": 1}]')
    (folder / "from.json").write_text('[{"op": "move", "path": "/a", "from": 7}]')
    (folder / "nopath.json").write_text('[{"op": "add", "value": 1}]')


@pytest.mark.parametrize(
    ("verb", "file", "said"),
    [
        ("update", "none.yaml", "No such file"),
        ("update", "folder.yaml", "Is a directory"),
        ("update", "empty.yaml", "must hold keys and values"),
        ("update", "words.yaml", "must hold keys and values"),
        ("update", "list.json", "must hold keys and values"),
        ("update", "latin.yaml", "not UTF-8"),
        ("update", "huge.yaml", "larger than 4 MiB"),
        ("update", "tag.yaml", "line 1"),
        ("update", "bomb.yaml", "written out"),
        ("update", "twice.json", "stands twice"),
        ("update", "base64://%%%", "not standard base64"),
        ("update", "nul\0.yaml", "can't be read"),
        ("update", "http://127.0.0.1:9/c.yaml", "can't be fetched"),
        ("patch", "object.json", "a list of operations"),
        ("patch", "op.json", "operation 0 needs an op"),
        ("patch", "path.json", "needs a path that begins with /"),
        ("patch", "from.json", "needs a from that begins with /"),
        ("patch", "nopath.json", "needs a path that begins with /"),
        ("update", "words.yaml/in.yaml", "Not a directory"),
    ],
)
@pytest.mark.usefixtures("bad_files")
def test_a_file_that_is_no_good_changes_nothing_and_is_one_line(type_in, api, verb, file, said):
    code, out, err = type_in(verb, "identity-config", "p-1", "--file", file)

    assert (1, "", []) == (code, out, api.asked)
    assert 1 == err.count("\n")
    assert said in err


def test_stdin_twice_is_bad_usage(type_in, api):
    code, _, err = type_in("update", "ic", "-f", "-", "-f", "-")

    assert (2, [], 1) == (code, api.asked, err.count("\n"))


def test_a_failed_fetch_tells_no_password_and_no_query(type_in):
    _, _, err = type_in("update", "ic", "-f", "http://ada:s3cret@127.0.0.1:9/c.yaml?token=t0ken")

    assert "127.0.0.1:9/c.yaml" in err
    assert not [word for word in ("s3cret", "t0ken") if word in err]


def test_merging_appends_lists_deep_down_and_lets_the_last_value_win():
    first, second = {"a": {"l": [1], "x": 1, "o": {"k": 1}}}, {"a": {"l": [2], "x": None, "o": [3]}, "b": False}

    assert {"a": {"l": [1, 2], "x": None, "o": [3]}, "b": False} == config_merge.merged([("1", first), ("2", second)])
    assert {"a": {"l": [1], "x": 1, "o": {"k": 1}}} == first


def test_merging_names_the_file_that_is_no_object():
    with pytest.raises(UnmergeableError, match=r"^two\.yaml must hold"):
        config_merge.merged([("one.yaml", {}), ("two.yaml", None)])
