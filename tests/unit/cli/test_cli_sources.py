"""The commands about sources and write keys say to the API what was typed, and to the person what happened."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run
from headwater.workspace import identify_action

SOURCE = {
    "id": "src_1",
    "slug": "website",
    "name": "Website",
    "kind": "http-api",
    "enabled": True,
    "strict": False,
    "rate_limit": None,
    "deleted_at": None,
    "write_keys": [{"id": "wk_1", "key": "K1"}, {"id": "wk_2", "key": "K2"}],
}
ACTION = identify_action.document("K2", source_slug="website")
FOR_ACTIONS = {
    **SOURCE,
    "kind": "ory-actions",
    "webhook_action": ACTION,
    "patch_commands": identify_action.patch_commands(ACTION),
}


@pytest.fixture
def api():
    with scripted_api() as running:
        yield running


@pytest.fixture
def type_in(api, capsys):
    """Type one command line; gives (exit code, stdout, stderr)."""

    def typed(*arguments):
        code = run(arguments, environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


@pytest.mark.parametrize(
    ("arguments", "route", "body"),
    [
        (
            ("create", "source", "Website", "--strict", "--rate-limit", "5"),
            ("POST", "/api/sources"),
            {"name": "Website", "kind": "http-api", "strict": True, "rate_limit": 5},
        ),
        (("update", "source", "website", "--disable"), ("PATCH", "/api/sources/website"), {"enabled": False}),
        (
            ("update", "source", "website", "--enable", "--no-strict", "--rate-limit", "0", "--name", "N"),
            ("PATCH", "/api/sources/website"),
            {"enabled": True, "strict": False, "rate_limit": 0, "name": "N"},
        ),
        (("create", "write-key", "website"), ("POST", "/api/sources/website/write-keys"), {}),
    ],
)
def test_says_to_the_api_what_was_typed(type_in, api, arguments, route, body):
    api.answer(*route, SOURCE, status=200 if route[0] == "PATCH" else 201)

    code, out, err = type_in(*arguments, "--format", "json")

    assert (0, "", SOURCE) == (code, err, json.loads(out))
    assert [(*route, body)] == [(asked["method"], asked["path"], asked["body"]) for asked in api.asked]


@pytest.mark.parametrize(
    "arguments",
    [
        ("update", "source", "website"),
        ("update", "source", "--strict"),
        ("update", "source", "website", "--rate-limit", "fast"),
        ("delete", "source"),
        ("create", "write-key"),
        ("list", "write-keys"),
        ("delete", "write-key"),
        ("connect", "action"),
        ("connect", "action", "--source", "website", "--method", "password,carrier-pigeon"),
    ],
)
def test_bad_usage_is_exit_2_and_asks_nobody(type_in, api, arguments):
    code, out, err = type_in(*arguments)

    assert (2, "", []) == (code, out, api.asked)
    assert 1 == err.count("\n")


def test_the_deleted_ones_are_listed_with_their_date_only_when_asked_for(type_in, api):
    api.answer("GET", "/api/sources", {"sources": [{**SOURCE, "deleted_at": "2026-11-23T00:00:00.000Z"}]})

    _, plain, _ = type_in("list", "sources")
    _, whole, _ = type_in("list", "sources", "--deleted")

    assert ["", "deleted=true"] == [asked["query"] for asked in api.asked]
    assert "2026" not in plain
    assert "2026-11-23" in whole


def test_deleting_tells_what_became_of_keys_and_events_and_stdout_stays_json(type_in, api):
    api.answer("GET", "/api/sources/website", SOURCE)
    api.answer("DELETE", "/api/sources/website", None, status=204)

    code, out, err = type_in("delete", "source", "website", "--format", "json")

    assert (0, SOURCE) == (code, json.loads(out))
    assert "Its 2 write keys no longer work. Its events stay readable" in err


@pytest.mark.parametrize("wanted", ["wk_1", "K1"])
def test_a_write_key_is_deleted_by_its_id_or_by_itself(type_in, api, wanted):
    api.answer("GET", "/api/sources", {"sources": [{**SOURCE, "id": "src_0", "write_keys": []}, SOURCE]})
    api.answer("DELETE", "/api/sources/src_1/write-keys/wk_1", None, status=204)

    assert (0, "wk_1\n", "") == type_in("delete", "write-key", wanted, "-q")
    assert "DELETE" == api.asked[-1]["method"]


def test_a_write_key_that_is_nobodys_deletes_nothing(type_in, api):
    api.answer("GET", "/api/sources", {"sources": [SOURCE]})

    code, _, err = type_in("delete", "write-key", "wk")

    assert (1, ["GET"]) == (code, [asked["method"] for asked in api.asked])
    assert "There is no write key 'wk'" in err


@pytest.mark.parametrize(
    "arguments", [("get", "source", "website"), ("create", "source", "w", "--kind", "ory-actions")]
)
def test_for_ory_actions_the_table_is_followed_by_what_to_paste(type_in, api, arguments):
    api.answer("GET", "/api/sources/website", FOR_ACTIONS)
    api.answer("POST", "/api/sources", FOR_ACTIONS, status=201)

    _, out, _ = type_in(*arguments)
    _, as_json, _ = type_in(*arguments, "--format", "json")
    _, quiet, _ = type_in(*arguments, "-q")

    shown = out[out.index("{") : out.index("}\n\n") + 1]
    assert ACTION == json.loads(shown)
    assert "headwater connect action --source website" in out
    assert 'ory patch identity-config --project "$ORY_PROJECT_ID" --add "/selfservice' in out
    assert (FOR_ACTIONS, "src_1\n") == (json.loads(as_json), quiet)


def test_other_kinds_get_no_such_advice(type_in, api):
    api.answer("GET", "/api/sources/website", SOURCE)

    assert "connect action" not in type_in("get", "source", "website")[1]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("list",), "After list comes one of: "),
        (("list", "sauces"), 'Did you mean "sources"? After list comes one of: '),
        (("lst",), 'Did you mean "list"? There are: '),
    ],
)
def test_half_a_command_or_a_wrong_one_is_told_every_choice(type_in, arguments, expected):
    code, _, err = type_in(*arguments)

    assert 2 == code
    assert expected in err
    assert {"list": "write-keys", "lst": "connect"}[arguments[0]] in err
    assert "..." not in err
