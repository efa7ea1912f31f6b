"""`list`, `get` and `delete` identities, with the words of the ory CLI, against a real HTTP server."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/admin/identities", [{"id": "i-1"}])
        running.answer("GET", "/admin/identities/i-1", {"id": "i-1", "traits": {"email": "ada@example.org"}})
        running.answer("GET", "/admin/identities/i-2", {"id": "i-2", "traits": {}})
        running.refuse("GET", "/admin/identities/i-3", status=404, reason="There is no identity i-3.")
        running.answer("GET", "/admin/identities/by/external/crm%2F7", {"id": "i-7", "external_id": "crm/7"})
        yield running


@pytest.fixture
def type_in(api, capsys):
    def typed(*arguments):
        code = run(arguments, environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ((), ""),
        (("--page-size", "2", "--page-token", "t=1"), "page_size=2&page_token=t%3D1"),
        (("t=1", "2"), "page_size=2&page_token=t%3D1"),
        (("--consistency", "strong"), "consistency=strong"),
    ],
)
def test_lists_the_page_that_was_asked_for(type_in, api, arguments, query):
    code, out, _ = type_in("list", "identities", *arguments, "--format", "json")

    assert (0, {"identities": [{"id": "i-1"}], "next_page_token": ""}) == (code, json.loads(out))
    assert query == api.asked[-1]["query"]


@pytest.mark.parametrize(
    "arguments",
    [("t",), ("t", "2", "--page-size", "3"), ("t", "many"), ("--consistency", "weak"), ("--page-size", "all")],
)
def test_a_page_that_is_none_is_bad_usage(type_in, api, arguments):
    code, out, err = type_in("list", "identities", *arguments)

    assert (2, "", [], 1) == (code, out, api.asked, err.count("\n"))


@pytest.mark.parametrize("flag", ["-i", "--include-credentials", "--include-credential"])
def test_gets_how_they_sign_in(type_in, api, flag):
    type_in("get", "identity", "i-1", flag, "oidc", flag, "password")

    assert "include_credential=oidc&include_credential=password" == api.asked[-1]["query"]


def test_gets_by_the_id_of_ones_own_system(type_in):
    code, out, _ = type_in("get", "identity", "--external-id", "crm/7", "--format", "jsonpath=id")

    assert (0, "i-7\n") == (code, out)


def test_gets_those_who_are_there_and_names_the_others(type_in):
    code, out, err = type_in("get", "identities", "i-1", "i-3", "i-2", "-q")

    assert (1, "i-1\ni-2\n") == (code, out)
    assert "headwater: Not shown: i-3: There is no identity i-3.\n" == err


def test_one_who_is_not_there_is_one_plain_line(type_in):
    assert (1, "", "headwater: There is no identity i-3.\n") == type_in("get", "identity", "i-3")


def test_one_of_several_stays_a_list_for_programs(type_in):
    _, out, _ = type_in("get", "identity", "i-1", "i-3", "--format", "json")

    assert ["i-1"] == [one["id"] for one in json.loads(out)]


@pytest.mark.parametrize(("verb", "said"), [("get", "Not shown"), ("delete", "Not deleted")])
def test_what_is_wrong_with_all_is_said_once(type_in, verb, said):
    wrong = ("--url", "http://127.0.0.1:9")

    code, out, err = type_in(verb, "identities", "a", "b", "c", *wrong)

    assert (1, "", 1) == (code, out, err.count("can't be reached"))
    assert err.startswith(f"headwater: {said}: a, b, c: ")
