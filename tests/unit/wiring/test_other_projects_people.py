"""`--project` on the command line: another project's people, over the same address."""

import json

import pytest

from headwater.cli import app

ADA = {"schema_id": "preset://email", "traits": {"email": "ada@example.org"}}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def headwater(folder, capsys):
    def run(*arguments, code=0):
        assert code == app.run([*arguments, "--data", str(folder), "--format", "json"], environ={}), capsys.readouterr()
        out, err = capsys.readouterr()
        return json.loads(out) if out else err

    run("create", "source", "website")  # makes the folder
    return run


@pytest.fixture
def other(headwater):
    return headwater("create", "project", "other")


def test_people_are_imported_listed_shown_and_deleted_where_the_flag_says(headwater, other, tmp_path):
    file = tmp_path / "people.json"
    file.write_text(json.dumps(ADA))
    headwater("import", "identities", str(file), "--project", other["slug"])
    (there,) = headwater("list", "identities", "--project", other["id"])["identities"]
    here = headwater("list", "identities")["identities"]
    shown = headwater("get", "identity", there["id"], "--project", other["slug"])
    missed = headwater("get", "identity", there["id"], code=1)
    headwater("delete", "identity", there["id"], "--project", other["slug"])

    assert ([], there["id"]) == (here, shown["id"])
    assert "no identity with this id in the project" in missed
    assert [] == headwater("list", "identities", "--project", other["id"])["identities"]


def test_a_project_that_is_not_there_is_named_with_those_that_are(headwater, other):
    said = headwater("list", "identities", "--project", "nobody", code=1)

    assert "nobody" in said
    assert other["slug"] in said
