"""The commands about operators say to the API whom they mean, and by which address."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

ADA = "ada@example.org"
NAMED = {"id": "i1", "role": "viewer", "named_by": "local", "named_at": "2026-11-29T10:00:00Z"}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/admin/identities", [{"id": "i1"}])
        running.answer("PUT", "/api/operators/i1", NAMED)
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
    ("arguments", "naming"),
    [
        ((ADA,), {"role": "viewer", "anyway": False, "address": ADA}),
        (("i1",), {"role": "viewer", "anyway": False}),
        (("i1", "--anyway"), {"role": "viewer", "anyway": True}),
    ],
    ids=["address", "id", "anyway"],
)
def test_whoever_is_named_by_an_address_must_have_verified_it(api, type_in, arguments, naming):
    code, out, _ = type_in("create", "operator", *arguments, "--role", "viewer", "--format", "json")

    assert (0, NAMED) == (code, json.loads(out))
    assert naming == api.asked[-1]["body"]
    assert arguments[0] != ADA or "credentials_identifier=ada%40example.org" == api.asked[0]["query"]


def test_whoever_signs_in_as_nobody_is_named_by_id(api, type_in):
    api.answer("GET", "/admin/identities", [])
    code, _, err = type_in("create", "operator", ADA, "--role", "viewer")

    assert 1 == code
    assert "headwater list identities" in err
    assert ["GET"] == [one["method"] for one in api.asked]


def test_an_address_of_several_names_nobody(api, type_in):
    api.answer("GET", "/admin/identities", [{"id": "i1"}, {"id": "i2"}])
    code, _, err = type_in("delete", "operator", ADA)

    assert 1 == code
    assert "i1, i2" in err
    assert ["GET"] == [one["method"] for one in api.asked]


def test_operators_are_listed_and_deleted(api, type_in):
    api.answer("GET", "/api/operators", {"operators": [{**NAMED, "name": ADA, "state": "active"}]})
    api.answer("DELETE", "/api/operators/i1", None)
    _, listed, _ = type_in("list", "operators")
    code, out, _ = type_in("delete", "operator", "i1", "--quiet")
    by_address = type_in("delete", "operator", ADA, "--quiet")

    assert ADA in listed
    assert (0, "i1\n") == (code, out) == by_address[:2]
