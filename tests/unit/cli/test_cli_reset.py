"""`headwater reset` talks to emulators only, and every other server refuses it in words."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

INFO = {"url": "http://127.0.0.1:1", "write_key": "wk", "admin_key": "k", "project": "p-1"}


@pytest.fixture
def emulator():
    with scripted_api() as api:
        api.answer("POST", "/emulator/reset", INFO)
        yield api


def test_asks_an_emulator_to_forget_everything_and_needs_no_key(emulator, capfd):
    code = run(["reset", "--url", emulator.url, "--format", "json"], environ={})

    assert (0, INFO) == (code, json.loads(capfd.readouterr().out))
    [asked] = emulator.asked
    assert ("POST", "/emulator/reset", "keep_config=false") == (asked["method"], asked["path"], asked["query"])
    assert "authorization" not in asked["headers"]


def test_keeps_what_is_configured_when_it_is_told_to(emulator):
    run(["reset", "--keep-config"], environ={"HEADWATER_URL": emulator.url})

    assert ["keep_config=true"] == [asked["query"] for asked in emulator.asked]


def test_an_emulator_that_fails_is_not_called_a_server(emulator, capfd):
    emulator.refuse("POST", "/emulator/reset", status=503, reason="It stops.")

    code = run(["reset", "--url", emulator.url], environ={})

    assert (1, "headwater: It stops.\n") == (code, capfd.readouterr().err)


def test_beside_a_servers_data_it_refuses_and_says_what_to_do(tmp_path, capfd):
    environ = {"HEADWATER_DATA": str(tmp_path / "data")}
    run(["create", "source", "website"], environ=environ)
    capfd.readouterr()

    code = run(["reset"], environ=environ)

    out, err = capfd.readouterr()
    assert (1, "") == (code, out)
    assert "is no emulator" in err
    assert "`headwater emulate`" in err
    run(["list", "sources", "--format", "json"], environ=environ)
    assert ["website"] == [one["slug"] for one in json.loads(capfd.readouterr().out)["sources"]]
