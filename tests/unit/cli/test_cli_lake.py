"""`headwater get lake` and `rebuild lake`, which waits for its end and says how it went."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

LAKE = {"state": "resting", "cursor": 5, "lag": 0, "events": 5, "rebuild": 3, "rebuilt": 3, "rebuilt_events": 5}


@pytest.fixture
def api():
    with scripted_api() as api:
        api.answer("POST", "/api/lake/rebuild", {"rebuild": 3})
        yield api


def said(api, *arguments, capfd):
    code = run([*arguments, "--url", api.url, "--key", "k", "--format", "json"], environ={})
    captured = capfd.readouterr()
    return code, captured.out, captured.err


def test_shows_the_lake(api, capfd):
    api.answer("GET", "/api/lake", LAKE)
    code, out, _ = said(api, "get", "lake", capfd=capfd)

    assert (0, LAKE) == (code, json.loads(out))


def test_a_rebuild_names_its_source_and_says_how_many_events_it_took(api, capfd):
    api.answer("GET", "/api/lake", LAKE)
    code, _, err = said(api, "rebuild", "lake", "--source", "web", capfd=capfd)

    assert (0, {"source": "web"}) == (code, api.asked[0]["body"])
    assert "5 events" in err


def test_a_rebuild_that_failed_says_why_and_that_nothing_changed(api, capfd):
    api.answer("GET", "/api/lake", {**LAKE, "rebuild_failed": "ZstdError: bad frame"})
    code, _, err = said(api, "rebuild", "lake", capfd=capfd)

    assert (1, "headwater: The tables are as they were: ZstdError: bad frame\n") == (code, err)


def test_a_server_that_began_anew_meanwhile_is_not_waited_for(api, capfd):
    api.answer("GET", "/api/lake", {**LAKE, "rebuild": 0, "rebuilt": 0})
    code, _, err = said(api, "rebuild", "lake", capfd=capfd)

    assert 1 == code
    assert "began anew" in err
