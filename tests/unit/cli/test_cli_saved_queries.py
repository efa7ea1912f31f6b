"""Saved queries at the command line: kept, found by their name, run, deleted."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

MINE = {"id": "q-1", "name": "Sign-ups / day", "author": "ada", "saved_at": "2026-11-23T12:00:00Z"}
WHOLE = {**MINE, "sql": "SELECT 7 AS n"}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/api/saved-queries", {"queries": [MINE]})
        running.answer("GET", "/api/saved-queries/q-1", WHOLE)
        running.answer("DELETE", "/api/saved-queries/q-1", b"", status=204)
        yield running


@pytest.fixture
def type_in(capsys, api):
    def type_(*words):
        code = run(list(words), environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "key"})
        out, err = capsys.readouterr()
        return code, out, err

    return type_


@pytest.mark.parametrize("name", ["q-1", "Sign-ups / day"])
def test_one_is_found_by_its_name_and_by_its_id(type_in, name):
    code, out, _ = type_in("get", "query", name, "--format", "json")

    assert (0, WHOLE) == (code, json.loads(out))


def test_a_saved_query_is_run_as_it_was_kept(api, type_in):
    lines = [{"columns": [{"name": "n", "type": "INTEGER"}]}, [7], {"rows": 1, "is_cut": False, "behind": 0}]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    api.answer("POST", "/api/query", body, **{"content-type": "application/x-ndjson"})
    code, out, _ = type_in("query", "--saved", "Sign-ups / day", "--format", "json")

    assert (0, [{"n": 7}]) == (code, json.loads(out))
    assert "SELECT 7 AS n" == api.asked[-1]["body"]["sql"]


@pytest.mark.parametrize("words", [(), ("SELECT 1", "--saved", "q-1")], ids=["neither", "both"])
def test_a_query_is_sql_or_a_saved_one(api, type_in, words):
    code, _, err = type_in("query", *words)

    assert 2 == code
    assert "--saved NAME" in err
    assert [] == api.asked


def test_one_is_kept_without_being_run(api, type_in):
    api.answer("POST", "/api/saved-queries", WHOLE, status=201)
    code, out, _ = type_in("create", "query", "Sign-ups / day", "SELECT 7 AS n", "--quiet")

    assert (0, "q-1\n") == (code, out)
    assert [{"name": "Sign-ups / day", "sql": "SELECT 7 AS n"}] == [one["body"] for one in api.asked]


def test_one_is_deleted_by_its_name(api, type_in):
    code, _, _ = type_in("delete", "query", "Sign-ups / day")

    assert 0 == code
    assert ("DELETE", "/api/saved-queries/q-1") == (api.asked[-1]["method"], api.asked[-1]["path"])


@pytest.mark.parametrize("words", [("get", "query"), ("delete", "query"), ("query", "--saved")], ids=" ".join)
def test_one_that_is_not_there_is_told_with_where_to_look(type_in, words):
    code, _, err = type_in(*words, "nobody's")

    assert 1 == code
    assert 'There is no saved query "nobody\'s". `headwater list queries`' in err
