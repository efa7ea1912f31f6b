"""The commands about projects, revisions and keys say to the API what was typed, and ask nobody over bad usage."""

import json
from datetime import UTC, datetime

import pytest
from scripted_api import scripted_api

from headwater.cli import expiry
from headwater.cli.app import run
from headwater.cli.usage import UsageError

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PROJECT = {"id": "p1", "slug": "swift-river-0000000000", "name": "shop", "state": "running", "revision_id": "r2"}
CHANGED = {"project": PROJECT, "warnings": [{"id": "doubt", "code": 299, "message": "So they say."}]}
REVISION = {"id": "r1", "number": 1, "change": "created", "author": {"name": "ada"}, "document": {}}
DIFF = {"changes": [{"op": "replace", "path": "/name", "from": "old", "to": "new"}]}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/projects", [PROJECT])
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
    ("arguments", "asked", "answer"),
    [
        (("create", "project", "shop"), ("POST", "/projects", "", {"name": "shop", "environment": "dev"}), PROJECT),
        (
            ("create", "project", "--name", "shop", "--environment", "prod", "--workspace", "w"),
            ("POST", "/projects", "", {"name": "shop", "environment": "prod"}),
            PROJECT,
        ),
        (("list", "revisions", "p1"), ("GET", "/projects/p1/revisions", "", None), {"revisions": [REVISION]}),
        (
            ("list", "revisions", "--page-size", "5", "--page-token", "9"),
            ("GET", "/projects/p1/revisions", "page_size=5&page_token=9", None),
            {"revisions": [REVISION]},
        ),
        (("get", "revision", "previous"), ("GET", "/projects/p1/revisions/previous", "", None), REVISION),
        (("get", "revision", "1", "--diff"), ("GET", "/projects/p1/revisions/1/diff", "to=current", None), DIFF),
        (
            ("get", "revision", "1", "--diff", "--to", "2", "--project", "p1"),
            ("GET", "/projects/p1/revisions/1/diff", "to=2", None),
            DIFF,
        ),
        (
            ("create", "key", "--role", "viewer", "--expires", "2030-01-31T00:00:00Z"),
            ("POST", "/api/keys", "", {"role": "viewer", "expires_at": "2030-01-31T00:00:00+00:00"}),
            {"id": "k1", "key": "ory_wak_x"},
        ),
    ],
)
def test_says_to_the_api_what_was_typed(type_in, api, arguments, asked, answer):
    api.answer(*asked[:2], answer)

    code, out, err = type_in(*arguments, "--format", "json")

    last = api.asked[-1]
    assert (0, "", answer) == (code, err, json.loads(out))
    assert asked == (last["method"], last["path"], last["query"], last["body"])


def test_a_rollback_prints_what_it_was_warned_of(type_in, api):
    api.answer("POST", "/projects/p1/revisions/1/rollback", CHANGED)

    code, out, err = type_in("rollback", "project", "--to", "1", "--format", "json")

    assert (0, PROJECT, "warning: So they say. (doubt)\n") == (code, json.loads(out), err)


def test_a_deleted_project_is_shown_once_more(type_in, api):
    api.answer("GET", "/projects/p1", PROJECT)
    api.answer("DELETE", "/projects/p1", None, status=204)

    code, out, err = type_in("delete", "project", "p1", "--quiet")

    assert (0, "p1\n") == (code, out)
    assert "Deleted swift-river-0000000000, its people" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "project"),
        ("create", "project", "a", "--name", "b"),
        ("delete", "project"),
        ("delete", "project", ".."),
        ("get", "revision"),
        ("get", "revision", "1", "--to", "2"),
        ("rollback", "project"),
        ("rollback", "project", "p1"),
        ("list", "revisions", "p1", "--project", "p2"),
        ("create", "key", "--role", "admin", "--expires", "soon"),
    ],
)
def test_bad_usage_is_exit_2_and_asks_nobody(type_in, api, arguments):
    code, out, err = type_in(*arguments)

    assert (2, "", []) == (code, out, api.asked)
    assert 1 == err.count("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90d", "2027-02-21T00:00:00+00:00"),
        ("12h", "2026-11-23T12:00:00+00:00"),
        ("2030-01-31T00:00:00Z", "2030-01-31T00:00:00+00:00"),
        ("2030-01-31T00:00:00+02:00", "2030-01-31T00:00:00+02:00"),
    ],
)
def test_a_key_expires_after_an_age_or_at_a_moment(text, expected):
    assert expected == expiry.moment(text, now=NOW)


@pytest.mark.parametrize("text", ["", "soon", "90", "-1d", "2030-01-31", "2030-01-31T00:00:00", "999999999d"])
def test_an_expiry_of_nonsense_says_which_forms_there_are(text):
    with pytest.raises(UsageError, match="--expires"):
        expiry.moment(text, now=NOW)
