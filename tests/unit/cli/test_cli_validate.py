"""`validate` looks at files as an import or an update would, and changes nothing."""

import base64
import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string",
                    "format": "email",
                    "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}},
                }
            },
            "required": ["email"],
            "additionalProperties": False,
        }
    },
}
ADA = {"schema_id": "customer", "traits": {"email": "ada@example.org"}}
CONFIG = {
    "identity": {
        "default_schema_id": "customer",
        "schemas": [
            {"id": "customer", "url": "base64://" + base64.b64encode(json.dumps(SCHEMA).encode()).decode()},
            {"id": "broken", "url": "base64://e30="},
        ],
    }
}
PROJECT = {"id": "p-1", "slug": "demo", "services": {"identity": {"config": CONFIG}}}
CHECK = ("POST", "/projects/p-1/identity-config/check")


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/projects", [{"id": "p-1", "slug": "demo"}])
        running.answer("GET", "/projects/p-1", PROJECT)
        running.answer(*CHECK, {"valid": True, "problem": None, "warnings": []})
        yield running


@pytest.fixture
def type_in(api, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))

    def typed(*arguments, **environ):
        code = run(arguments, environ=environ or {"HEADWATER_URL": api.url, "HEADWATER_KEY": "k"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


@pytest.fixture
def people(tmp_path):
    def write(*documents, name="people.json"):
        (tmp_path / name).write_text(json.dumps(documents[0] if len(documents) == 1 else documents))
        return name

    return write


def test_valid_people_are_all_told_of_in_orys_words(type_in, people, api):
    code, out, err = type_in("validate", "identity", people(ADA), people(ADA, {"traits": ADA["traits"]}, name="b.json"))

    assert (0, "All identity files are valid.\n", "") == (code, out, err)
    assert {"GET"} == {asked["method"] for asked in api.asked}


def test_a_schema_file_is_enough_and_asks_nobody(type_in, people, api):
    code, out, _ = type_in("validate", "identities", people(ADA), "--schema", "schema.json", "--format", "json")

    assert (0, []) == (code, api.asked)
    assert {"valid": True, "checked": 1, "invalid": 0, "problems": []} == json.loads(out)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({**ADA, "traits": {}}, "traits.email"),
        ({**ADA, "traits": {"email": "nonsense"}}, "traits.email"),
        ({**ADA, "traits": {"email": "a@example.org", "shoe": 7}}, "shoe"),
        ({**ADA, "schema_id": "nope"}, "no schema 'nope'; there is customer, broken"),
        ({**ADA, "schema_id": "broken"}, "the schema 'broken'"),
        ({**ADA, "traitz": {}}, "traitz"),
        (
            {**ADA, "credentials": {"password": {"config": {"hashed_password": "secret-hash"}}}},
            "must begin with one of",
        ),
        ("no object", "must be an object"),
    ],
    ids=str,
)
def test_says_which_row_is_wrong_and_why(type_in, people, document, said):
    code, out, err = type_in("validate", "identity", people(ADA, document), "--format", "json")

    (problem,) = json.loads(out)["problems"]
    assert (1, {"valid": False, "checked": 2, "invalid": 1}) == (
        code,
        {key: json.loads(out)[key] for key in ("valid", "checked", "invalid")},
    )
    assert ("people.json", 1) == (problem["file"], problem["index"])
    assert said in problem["reason"]
    assert err.startswith("people.json index 1")
    assert "secret-hash" not in out + err


def test_a_schema_that_is_none_is_one_line(type_in, people, tmp_path):
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "empty.json").write_text("{}")

    for name in ("list.json", "empty.json", "none.json"):
        code, out, err = type_in("validate", "identity", people(ADA), "--schema", name)
        assert (True, "", 1) == (code in (1, 2), out, err.count("\n"))
        assert name in err


def test_a_config_is_sent_to_be_checked_and_its_warnings_are_told(type_in, api, tmp_path):
    (tmp_path / "a.yaml").write_text("selfservice: {flows: {}}\n")
    (tmp_path / "b.yaml").write_text("session: {lifespan: 1h}\n")
    warnings = [{"id": "doubtful", "code": 299, "message": "So they say."}]
    api.answer(*CHECK, {"valid": True, "problem": None, "warnings": warnings})

    code, out, err = type_in("validate", "identity-config", "a.yaml", "-f", "b.yaml")

    assert (0, "The identity-config is valid.\n", "warning: So they say. (doubtful)\n") == (code, out, err)
    assert {"selfservice": {"flows": {}}, "session": {"lifespan": "1h"}} == api.asked[-1]["body"]


def test_a_config_that_is_wrong_is_exit_1_and_one_line(type_in, api, tmp_path):
    (tmp_path / "a.yaml").write_text("session: {lifespan: 7}\n")
    report = {
        "valid": False,
        "problem": {"path": "/session/lifespan", "message": "/session/lifespan is 7."},
        "warnings": [],
    }
    api.answer(*CHECK, report)

    assert (1, "", "headwater: Not valid: /session/lifespan is 7.\n") == type_in("validate", "ic", "a.yaml")
    code, out, _ = type_in("validate", "ic", "a.yaml", "--format", "json")
    assert (1, report) == (code, json.loads(out))


def test_a_config_is_checked_where_no_server_and_no_data_is_and_leaves_none(type_in, tmp_path):
    (tmp_path / "a.yaml").write_text("selfservice: {flows: {login: {lifespam: 1h}}}\n")

    code, out, err = type_in("validate", "identity-config", "a.yaml", HEADWATER_DATA=str(tmp_path / "data"))

    assert (1, "", 1) == (code, out, err.count("\n"))
    assert "headwater: Not valid: /" in err
    assert not (tmp_path / "data").exists()
