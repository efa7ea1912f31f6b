"""`headwater query` and `list tables` against a scripted server: what is asked, printed, and kept in files."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

LINES = {"content-type": "application/x-ndjson"}


@pytest.fixture
def api():
    with scripted_api() as running:
        yield running


@pytest.fixture
def type_in(capsys, api):
    def type_(*words):
        code = run(list(words), environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "key"})
        out, err = capsys.readouterr()
        return code, out, err

    return type_


def answered(api, *rows, columns=("event", "n"), **end):
    head = {"columns": [{"name": name, "type": "VARCHAR"} for name in columns]}
    lines = [head, *rows, {"rows": len(rows), "is_cut": False, "behind": 0} | end]
    api.answer("POST", "/api/query", b"".join(json.dumps(line).encode() + b"\n" for line in lines), **LINES)


def test_a_table_has_the_columns_own_names_and_no_more_than_a_thousand_rows(api, type_in):
    answered(api, ["signed_up", 3], [None, 1], columns=("event", "count_star()"), is_cut=True)

    code, out, err = type_in("query", "SELECT 1")

    assert (0, "event      count_star()\nsigned_up  3\n           1\n") == (code, out)
    assert "first 2 rows; --limit" in err
    assert {"sql": "SELECT 1", "format": "json", "limit": 1000} == api.asked[0]["body"]


def test_json_is_one_array_of_objects_whatever_the_columns_are_called(api, type_in):
    answered(api, [1, 2], [2**80, "\x9b"], columns=("id", "id"))

    _, out, _ = type_in("query", "SELECT 1", "--format", "json", "--timeout", "5s", "--limit", "7")

    assert [{"id": 1, "id_1": 2}, {"id": 2**80, "id_1": "\x9b"}] == json.loads(out)
    assert "\x9b" not in out  # a terminal would act upon it
    assert {"sql": "SELECT 1", "format": "json", "limit": 7, "timeout_seconds": 5.0} == api.asked[0]["body"]


def test_no_rows_are_an_empty_array(api, type_in):
    answered(api)

    assert [] == json.loads(type_in("query", "SELECT 1", "--format", "json")[1])


def test_the_name_of_a_file_says_what_is_put_into_it(api, type_in, tmp_path):
    api.answer("POST", "/api/query", b"event,n\r\nx,1\r\n", **{"content-type": "text/csv; charset=utf-8"})

    code, out, _ = type_in("query", "SELECT 1", "--output", str(tmp_path / "answer.csv"))

    assert (0, "") == (code, out)
    assert b"event,n\r\nx,1\r\n" == (tmp_path / "answer.csv").read_bytes()
    assert {"sql": "SELECT 1", "format": "csv"} == api.asked[0]["body"]


def test_a_file_is_left_as_it_was_when_the_answer_breaks_off(api, type_in, tmp_path):
    (tmp_path / "answer.json").write_text("before")
    error = {"error": {"code": 422, "id": "query_limit", "message": "The answer is larger than 1 MB."}}
    lines = [json.dumps({"columns": [{"name": "a", "type": "INTEGER"}]}), "[1]", '["cut of', json.dumps(error), ""]
    api.answer("POST", "/api/query", "\n".join(lines).encode(), **LINES)

    code, _, err = type_in("query", "SELECT 1", "--output", str(tmp_path / "answer.json"))

    assert (1, "headwater: The answer is larger than 1 MB.\n") == (code, err)
    assert ["answer.json"] == [path.name for path in tmp_path.iterdir()]
    assert "before" == (tmp_path / "answer.json").read_text()


def test_an_answer_without_its_last_line_is_no_answer(api, type_in):
    api.answer("POST", "/api/query", b'{"columns":[]}\n[1]\n', **LINES)

    code, _, err = type_in("query", "SELECT 1")

    assert 1 == code
    assert "broke off" in err


def test_what_is_missing_of_the_newest_is_said(api, type_in):
    answered(api, ["x", 1], behind=12)

    assert "newest 12 records" in type_in("query", "SELECT 1")[2]


@pytest.mark.parametrize("words", [("--timeout", "soon"), ("--format", "xml")])
def test_refuses_flags_that_mean_nothing(api, type_in, words):
    assert 2 == type_in("query", "SELECT 1", *words)[0]
    assert [] == api.asked


def test_other_commands_have_no_csv_and_do_nothing_before_they_say_so(api, type_in):
    code, _, err = type_in("create", "source", "Web", "--format", "csv")

    assert 2 == code
    assert "headwater query" in err
    assert [] == api.asked


def test_tables_are_listed_with_their_columns(api, type_in):
    columns = [{"name": "id", "type": "VARCHAR"}, {"name": "total", "type": "BIGINT"}]
    api.answer("GET", "/api/tables", {"tables": [{"schema": "web", "table": "orders", "columns": columns}]})

    code, out, _ = type_in("list", "tables", "--source", "web")

    assert 0 == code
    assert ["web", "orders", "id,", "total"] == out.splitlines()[1].split()
    assert "source=web" == api.asked[0]["query"]
