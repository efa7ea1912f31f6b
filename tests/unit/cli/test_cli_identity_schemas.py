"""Identity schemas at the command line: what is asked of the server, and what it says of people who would not fit."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

AT = "/projects/p-1/identity-schemas"
CUSTOMER = {"id": "customer", "is_default": False, "preset": None, "uses": [{"trait": "traits.email", "ways": {}}]}
SCHEMA = {"properties": {"traits": {"properties": {"email": {"type": "string"}}}}}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/projects", [{"id": "p-1", "slug": "home"}])
        running.answer("GET", AT, {"identity_schemas": [CUSTOMER]})
        running.answer("GET", f"{AT}/customer", CUSTOMER)
        running.answer("DELETE", f"{AT}/customer", {"warnings": []})
        yield running


@pytest.fixture
def type_in(capsys, api):
    def type_(*words):
        code = run(list(words), environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "key"})
        out, err = capsys.readouterr()
        return code, out, err

    return type_


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "customer.json"
    path.write_text(json.dumps(SCHEMA))
    return str(path)


def test_a_name_that_a_path_can_not_hold_goes_as_ory_writes_it(api, type_in):
    api.answer("GET", f"{AT}/cHJlc2V0Oi8vZW1haWw", {**CUSTOMER, "id": "preset://email"})
    code, out, _ = type_in("get", "identity-schema", "preset://email", "--format", "json")

    assert (0, "preset://email") == (code, json.loads(out)["id"])


def test_a_file_replaces_one_and_what_is_to_be_said_of_it_is_said(api, type_in, file):
    api.answer("PUT", f"{AT}/customer", {"warnings": [{"id": "doubtful", "message": "So they say."}]})
    code, _, err = type_in("update", "identity-schema", "customer", "--file", file, "--default")
    sent = next(one["body"] for one in api.asked if one["method"] == "PUT")

    assert (0, "warning: So they say. (doubtful)\n") == (code, err)
    assert (SCHEMA, True) == (sent["schema"], sent["default"])


def test_a_new_one_is_called_what_it_is_called_whatever_a_path_can_hold(api, type_in):
    api.answer("POST", AT, {"warnings": []}, status=201)
    api.answer("GET", f"{AT}/cHJlc2V0Oi8vcGhvbmU", {**CUSTOMER, "id": "preset://phone"})
    code, _, _ = type_in("update", "identity-schema", "preset://phone", "--url", "preset://phone")
    sent = next(one["body"] for one in api.asked if one["method"] == "POST")

    assert 0 == code
    assert ("preset://phone", "preset://phone") == (sent["id"], sent["url"])


def test_a_change_of_nothing_is_told_what_it_takes(type_in):
    code, _, err = type_in("update", "identity-schema", "customer")

    assert 2 == code
    assert "--file" in err


def test_one_that_people_have_is_not_deleted(api, type_in):
    api.refuse("DELETE", f"{AT}/customer", status=409, reason="7 people have the schema 'customer'.")
    code, out, err = type_in("delete", "identity-schema", "customer")

    assert (1, "") == (code, out)
    assert "7 people" in err


def test_tells_whom_a_schema_would_leave_out(api, type_in, file):
    problems = [{"path": "/traits/age", "message": "Property age is missing."}]
    people = {"looked_at": 7, "invalid": 1, "examples": [{"id": "ada", "problems": problems}]}
    api.answer("POST", "/projects/p-1/identity-schema-check", {"valid": True, "problem": None, "people": people})
    code, out, err = type_in("validate", "identity-schema", file, "--id", "customer", "--newest", "7")

    assert 0 == code
    assert "7" in out
    assert "warning: ada: /traits/age: Property age is missing.\n" == err
    assert {"schema": SCHEMA, "id": "customer", "newest": 7} == api.asked[-1]["body"]


def test_says_why_a_schema_is_none(api, type_in, file):
    answer = {"valid": False, "problem": {"code": "x", "message": "/schema is no valid draft-07 schema."}}
    api.answer("POST", "/projects/p-1/identity-schema-check", {**answer, "people": None})
    code, out, err = type_in("validate", "identity-schema", file)

    assert (1, "") == (code, out)
    assert "no valid draft-07 schema" in err
