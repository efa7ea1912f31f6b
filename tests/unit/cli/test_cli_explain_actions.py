"""`headwater explain actions`: a line a step, ways that are alike told once, and what never runs beside them."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

PATH = "/projects/p-1/actions"
SESSION = {
    "phase": "last",
    "when": "last",
    "hook": "session",
    "kind": "built in",
    "id": None,
    "url": None,
    "note": None,
}


def chain(method, *, steps=(), dead=()):
    own = [
        {"list": method, "path": f"/selfservice/flows/registration/after/{method}/hooks/0", **step} for step in steps
    ]
    return {"flow": "registration", "moment": "after", "method": method, "steps": own, "dead": list(dead)}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/projects", [{"id": "p-1", "slug": "p"}])
        yield running


@pytest.fixture
def type_in(api, capsys):
    def typed(*arguments):
        code = run(["explain", "actions", *arguments], environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k-ada"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def test_methods_that_run_the_same_are_one_line(type_in, api):
    chains = [chain("password", steps=[SESSION]), chain("code", steps=[SESSION]), chain("oidc")]
    api.answer("GET", PATH, {"project": "p-1", "chains": chains, "notes": []})

    code, out, _ = type_in()
    _, line = out.splitlines()
    assert 0 == code
    assert "password, code" in line
    assert "/registration/after/METHOD/hooks/0" in line


def test_what_never_runs_stands_below_its_chain_with_the_reason(type_in, api):
    dead = {
        "hook": "web_hook",
        "path": "/x/0",
        "why": "hidden\nby \x1b[2J another",
        "id": "crm",
        "url": "https://r.test/",
    }
    chains = [chain("password", steps=[SESSION], dead=[dead]), chain("code", steps=[SESSION])]
    api.answer("GET", PATH, {"project": "p-1", "chains": chains, "notes": ["read\nthis"]})

    _, out, err = type_in()
    _, first, second, third = out.splitlines()
    assert "last" in first
    assert second.split()[3:5] == ["-", "never"]
    assert "hidden by" in second
    assert "\x1b" not in out
    assert "code" in third
    assert "note: read this\n" == err


def test_programs_get_the_document_as_it_is(type_in, api):
    document = {"project": "p-1", "chains": [chain("password", steps=[SESSION])], "notes": []}
    api.answer("GET", PATH, document)

    code, out, err = type_in("--flow", "registration", "--method", "password", "--format", "json")
    assert (0, document, "") == (code, json.loads(out), err)
    assert "flow=registration&method=password" == api.asked[-1]["query"]


def test_quiet_prints_the_paths_as_they_can_be_patched(type_in, api):
    chains = [chain("password", steps=[SESSION, {**SESSION, "path": None}]), chain("code", steps=[SESSION])]
    api.answer("GET", PATH, {"project": "p-1", "chains": chains, "notes": []})

    root = "/selfservice/flows/registration/after"
    assert (0, f"{root}/password/hooks/0\n{root}/code/hooks/0\n", "") == type_in("-q")


def test_an_empty_chain_is_said(type_in, api):
    api.answer("GET", PATH, {"project": "p-1", "chains": [chain("password")], "notes": []})

    assert (0, "No hook runs there.\n", "") == type_in("--flow", "login")
