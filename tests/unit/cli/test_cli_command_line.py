"""The whole command line in this process, against a real HTTP server that follows a script."""

import json
import os
import socket

import pytest
import yaml
from scripted_api import scripted_api

from headwater.cli.app import run
from headwater.store.folder import DataFolder, ServerInfo

CONFIG = {"selfservice": {"flows": {}}, "identity": {"schemas": []}}
PROJECT = {"id": "p-1", "slug": "demo", "services": {"identity": {"config": CONFIG}}}
CONFIG_PATH = "/services/identity/config"


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/api/sources", {"sources": [{"id": "src_1", "slug": "website"}]})
        running.answer("GET", "/projects", [{"id": "p-1", "slug": "demo"}])
        running.answer("GET", "/projects/p-1", PROJECT)
        running.answer("PATCH", "/projects/p-1", {"project": PROJECT, "warnings": []})
        yield running


@pytest.fixture
def type_in(api, capsys):
    """Type one command line; gives (exit code, stdout, stderr)."""

    def typed(*arguments, **environ):
        code = run(arguments, environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k-ada"} | environ)
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def is_one_line(text):
    return text.endswith("\n") and text.count("\n") == 1


def test_json_on_stdout_is_the_answer_and_nothing_else(type_in):
    code, out, err = type_in("list", "sources", "--format", "json")

    assert (0, "") == (code, err)
    assert {"sources": [{"id": "src_1", "slug": "website"}]} == json.loads(out)


def test_sends_the_key_as_bearer_token(type_in, api):
    type_in("list", "sources")
    type_in("list", "sources", "--key", "k-flag")

    assert ["Bearer k-ada", "Bearer k-flag"] == [asked["headers"]["authorization"] for asked in api.asked]


@pytest.mark.parametrize(
    "arguments",
    [("--format", "json", "list", "sources"), ("list", "--format=json", "sources"), ("list", "source", "-q")],
)
def test_takes_global_flags_anywhere_and_a_singular_noun(type_in, arguments):
    code, out, _ = type_in(*arguments)

    assert 0 == code
    assert "src_1" in out


@pytest.mark.parametrize(
    ("arguments", "route", "body"),
    [
        (("create", "source", "My site"), ("POST", "/api/sources"), {"name": "My site", "kind": "http-api"}),
        (
            ("create", "source", "--kind", "ory-actions", "x"),
            ("POST", "/api/sources"),
            {"name": "x", "kind": "ory-actions"},
        ),
        (
            (
                *("create", "destination", "webhook", "--source", "a", "--source", "b"),
                *("--set", "url=http://h/?x=1", "--set=secret=0012", "--name", "N"),
            ),
            ("POST", "/api/destinations"),
            {
                "kind": "webhook",
                "sources": ["a", "b"],
                "settings": {"url": "http://h/?x=1", "secret": "0012"},
                "name": "N",
            },
        ),
        (("create", "key", "--role", "viewer"), ("POST", "/api/keys"), {"role": "viewer"}),
        (
            ("create", "key", "--role", "admin", "--project", "p-1", "--name", "ci"),
            ("POST", "/api/keys"),
            {"role": "admin", "project_id": "p-1", "name": "ci"},
        ),
        (
            ("update", "workspace", "--set", "tracking_aliases=true"),
            ("PATCH", "/api/workspace"),
            {"tracking_aliases": True},
        ),
        (
            ("redrive", "dead-letters", "--destination", "actions"),
            ("POST", "/api/dead-letters/redrive"),
            {"destination": "actions"},
        ),
        (
            ("redrive", "dead-letter", "--destination", "dst_1", "--id", "7"),
            ("POST", "/api/dead-letters/redrive"),
            {"destination": "dst_1", "ids": [7]},
        ),
        (("delete", "key", "key_1"), ("DELETE", "/api/keys/key_1"), None),
        (("delete", "identity", "i-1"), ("DELETE", "/admin/identities/i-1"), None),
    ],
)
def test_says_to_the_api_what_was_typed(type_in, api, arguments, route, body):
    api.answer(*route, {"id": "new-1", "expired": 0}, status={"POST": 201, "PATCH": 200, "DELETE": 204}[route[0]])

    code, out, err = type_in(*arguments, "--format", "json")

    assert (0, "") == (code, err)
    assert (route, body) == ((api.asked[-1]["method"], api.asked[-1]["path"]), api.asked[-1]["body"])
    assert "id" in json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "path", "query"),
    [
        (("get", "status"), "/api/status", ""),
        (("get", "source", "website"), "/api/sources/website", ""),
        (("get", "trace", "a/../m-1", "--source", "website"), "/api/trace", "message_id=a%2F..%2Fm-1&source=website"),
        (("get", "project", "demo"), "/projects/demo", ""),
        (("list", "keys"), "/api/keys", ""),
        (("list", "destinations"), "/api/destinations", ""),
        (("list", "destination-kinds"), "/api/destination-kinds", ""),
        (("list", "deliveries", "--limit", "5"), "/api/deliveries", "limit=5"),
        (("list", "dead-letters", "--destination", "dst_1"), "/api/dead-letters", "destination=dst_1"),
        (("list", "action-deliveries"), "/api/action-deliveries", ""),
        (
            (
                "list",
                "action-deliveries",
                "--identity",
                "i-1",
                "--flow",
                "login",
                "--action",
                "/a/0",
                "--state",
                "failed",
            ),
            "/api/action-deliveries",
            "identity=i-1&flow=login&action=%2Fa%2F0&state=failed",
        ),
        (
            ("list", "action-deliveries", "--since", "2026-11-23T12:00:00Z", "--limit", "5"),
            "/api/action-deliveries",
            "since=2026-11-23T12%3A00%3A00Z&limit=5",
        ),
        (("get", "action-delivery", "t/../1"), "/api/action-deliveries/t%2F..%2F1", ""),
        (("list", "rejected-events"), "/api/rejected-events", ""),
        (("list", "projects"), "/projects", ""),
        (("get", "identity", "i-1"), "/admin/identities/i-1", ""),
    ],
)
def test_asks_the_api_for_what_was_typed(type_in, api, arguments, path, query):
    api.answer("GET", path, {"id": "x"})

    code, out, _ = type_in(*arguments, "--format", "json")

    assert 0 == code
    assert {"id": "x"} == json.loads(out)
    assert (path, query) == (api.asked[-1]["path"], api.asked[-1]["query"])


def test_lists_a_page_of_identities_and_where_the_next_begins(type_in, api):
    link = (
        '</admin/identities?page_size=1&page_token=first>; rel="first",</admin/identities?page_token=t%3D2>; rel="next"'
    )
    api.answer("GET", "/admin/identities", [{"id": "i-1"}], link=link)

    _, out, _ = type_in("list", "identities", "--page-size", "1", "--page-token", "t=1", "--format", "json")

    assert {"identities": [{"id": "i-1"}], "next_page_token": "t=2"} == json.loads(out)
    assert "page_size=1&page_token=t%3D1" == api.asked[-1]["query"]


def test_patches_the_only_project_and_prints_the_new_config_as_yaml(type_in, api):
    code, out, _ = type_in("patch", "ic", "--remove", "/r", "--add", '/a/0={"x":1}', "--replace", "/p=2")

    assert 0 == code
    assert CONFIG == yaml.safe_load(out)
    assert out.startswith("identity:")  # YAML reads JSON too
    assert [
        {"op": "add", "path": f"{CONFIG_PATH}/a/0", "value": {"x": 1}},
        {"op": "replace", "path": f"{CONFIG_PATH}/p", "value": 2},
        {"op": "remove", "path": f"{CONFIG_PATH}/r"},
    ] == api.asked[-1]["body"]


@pytest.mark.parametrize("noun", ["identity-config", "ic", "kratos-config"])
@pytest.mark.parametrize("named", [("p-1",), ("--project", "p-1", "--workspace", "w"), ()])
def test_takes_orys_names_for_the_config_and_the_project(type_in, noun, named):
    code, out, _ = type_in("get", noun, *named, "--format", "json")

    assert (0, CONFIG) == (code, json.loads(out))


def test_prints_the_warnings_of_a_patch_on_stderr_only(type_in, api):
    warnings = [{"id": "blocks", "code": 299, "message": "This receiver can\nfail sign-up."}]
    api.answer("PATCH", "/projects/p-1", {"project": PROJECT, "warnings": warnings})

    code, out, err = type_in("patch", "identity-config", "p-1", "--add", "/a=1", "--format", "json")

    assert (0, CONFIG) == (code, json.loads(out))
    assert "warning: This receiver can fail sign-up. (blocks)\n" == err


def test_asks_which_project_when_there_are_several(type_in, api):
    api.answer("GET", "/projects", [{"id": "1", "slug": "red"}, {"id": "2", "slug": "blue"}])

    code, _, err = type_in("get", "identity-config")

    assert 2 == code
    assert is_one_line(err)
    assert "red, blue" in err


def test_a_broken_value_changes_nothing_and_is_bad_usage(type_in, api):
    code, out, err = type_in("patch", "ic", "p-1", "--add", '/a="x\ny"')

    assert (2, "", []) == (code, out, api.asked)
    assert is_one_line(err)
    assert "base64 -w0" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("list", "sauces"),
        ("create", "source"),
        ("create", "source", "a", "b"),
        ("create", "destination", "webhook"),  # --source is missing
        ("create", "key"),
        ("redrive", "dead-letters"),
        ("redrive", "dead-letters", "--destination", "actions", "--id", "all"),
        ("get", "action-delivery"),
        ("get", "trace"),
        ("get", "identity"),
        ("delete", "identity"),
        ("list", "sources", "--frobnicate"),
        ("list", "sources", "--format", "xml"),
        ("list", "deliveries", "--limit", "many"),
        ("get", "ic", "one", "--project", "two"),
        ("update", "workspace", "--set", "tracking_aliases"),
    ],
)
def test_bad_usage_is_exit_2_and_one_line_and_asks_nobody(type_in, api, arguments):
    code, out, err = type_in(*arguments)

    assert (2, "", []) == (code, out, api.asked)
    assert is_one_line(err)


def test_an_unknown_setting_in_the_environment_is_bad_usage(type_in):
    code, _, err = type_in("list", "sources", HEADWATER_DTA="x")

    assert 2 == code
    assert is_one_line(err)
    assert "HEADWATER_DTA" in err


def test_what_does_not_exist_is_exit_1_and_one_line(type_in, api):
    api.refuse(
        "GET", "/api/sources/nope", status=404, reason="There is no source 'nope'.", details={"hint": "look\nhere"}
    )

    code, out, err = type_in("get", "source", "nope")

    assert (1, "") == (code, out)
    assert "headwater: There is no source 'nope'. (hint: look here)\n" == err


def test_a_refused_key_says_where_keys_come_from(type_in, api):
    api.refuse("GET", "/api/sources", status=401, reason="No valid key.")

    code, _, err = type_in("list", "sources")

    assert 1 == code
    assert is_one_line(err)
    assert "HEADWATER_KEY" in err


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"", b'"text"', b'{"error": "text"}', b"[]"])
def test_an_error_from_something_else_than_headwater_is_one_line(type_in, api, body):
    api.answer("GET", "/api/sources", body, status=502)

    code, _, err = type_in("list", "sources")

    assert 1 == code
    assert is_one_line(err)
    assert "502" in err


def test_a_page_instead_of_json_is_one_line(type_in, api):
    api.answer("GET", "/api/sources", b"<html>welcome</html>")

    code, _, err = type_in("list", "sources")

    assert 1 == code
    assert "Is that a Headwater server?" in err


def test_a_server_that_is_not_there_is_exit_1_and_one_line(type_in):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        code, _, err = type_in("list", "sources", "--url", f"http://127.0.0.1:{unheard.getsockname()[1]}")

    assert 1 == code
    assert is_one_line(err)
    assert "headwater serve" in err


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://127.0.0.1", "http://[::1", "http://h:99999", "http://h:0", "http://"]
)
def test_a_url_that_is_none_is_one_line(type_in, url):
    code, _, err = type_in("list", "sources", "--url", url)

    assert 2 == code
    assert is_one_line(err)


def test_an_id_with_slashes_does_not_reach_another_route(type_in, api):
    type_in("get", "source", "../keys?x=1#y")

    assert ("/api/sources/..%2Fkeys%3Fx%3D1%23y", "") == (api.asked[-1]["path"], api.asked[-1]["query"])


@pytest.mark.parametrize("name", [".", "..", ""])
def test_dots_or_nothing_as_an_id_do_not_climb_to_another_route(type_in, api, name):
    code, _, err = type_in("delete", "identity", name)

    assert (2, []) == (code, api.asked)
    assert is_one_line(err)


def test_bytes_that_are_no_text_do_not_crash_the_command(type_in):
    code, _, err = type_in("create", "source", "caf\udce9")

    assert 1 == code  # the script has no such route; the point is: one line
    assert is_one_line(err)


def test_deletes_whom_it_can_and_names_the_others(type_in, api):
    api.answer("DELETE", "/admin/identities/a", None, status=204)
    api.refuse("DELETE", "/admin/identities/b", status=404, reason="There is no identity b.")
    api.answer("DELETE", "/admin/identities/c", None, status=204)

    code, out, err = type_in("delete", "identities", "a", "b", "c", "-q")

    assert (1, "a\nc\n") == (code, out)
    assert "headwater: Not deleted: b: There is no identity b.\n" == err


@pytest.fixture
def held_folder(tmp_path):
    folder = DataFolder(tmp_path)
    folder.lock()
    yield folder
    folder.unlock()


def test_a_named_data_folder_with_a_server_wins_over_the_url(type_in, api, tmp_path, held_folder):
    held_folder.publish_server(ServerInfo(url=api.url, token="local-token", pid=os.getpid()))

    code, _, _ = type_in("list", "sources", "--data", str(tmp_path), HEADWATER_URL="http://127.0.0.1:9")

    assert 0 == code
    assert "Bearer local-token" == api.asked[-1]["headers"]["authorization"]


def test_the_url_counts_where_the_named_folder_has_no_server(type_in, api, tmp_path):
    code, _, _ = type_in("list", "sources", HEADWATER_DATA=str(tmp_path / "none"))

    assert (0, "Bearer k-ada") == (code, api.asked[-1]["headers"]["authorization"])
    assert not (tmp_path / "none").exists()


def test_a_missing_folder_says_to_serve_and_is_not_made_by_looking(capsys, tmp_path):
    missing = tmp_path / "none"

    code = run(("list", "sources"), environ={"HEADWATER_DATA": str(missing)})

    err = capsys.readouterr().err
    assert 1 == code
    assert is_one_line(err)
    assert "headwater serve" in err
    assert not missing.exists()


def test_the_token_of_our_own_server_never_goes_through_a_proxy(type_in, api, tmp_path, monkeypatch, held_folder):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    held_folder.publish_server(ServerInfo(url=api.url, token="local-token", pid=os.getpid()))

    code, _, _ = type_in("list", "sources", "--data", str(tmp_path))

    assert 0 == code


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("get", "revision", "previous", "a-project"), "headwater get revision"),
        (("list", "sources", "website"), "headwater list sources"),
        (("demo", "now"), "headwater demo"),
    ],
)
def test_one_word_too_many_is_named_with_the_command_that_takes_no_more(capsys, arguments, command):
    assert 2 == run(arguments, environ={})
    said = capsys.readouterr().err

    assert f"{arguments[-1]} is more than `{command}` takes" in said
    assert f"`{command} --help`" in said
