"""`headwater replay` and its company: what the server is asked, and what people are shown."""

import json
import os
import signal
import subprocess
import sys

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

REPLAY = {
    "id": "rpl_1",
    "destination": "dst_1",
    "name": "CRM",
    "state": "finished",
    "reason": None,
    "since": "2026-11-23T12:00:00.000Z",
    "until": "2026-11-23T13:00:00.000Z",
    "sources": [],
    "filter": None,
    "users": [],
    "requests_per_second": None,
    "created_at": "2026-11-23T13:00:00.000Z",
    "finished_at": None,
    "cancelled_at": None,
    "events": 4,
    "done": 4,
    "outcomes": {"delivered": 3, "filtered": 1, "rejected": 0, "not_authorised": 0, "retrying": 0},
}
BEGIN = ("replay", "--destination", "dst_1", "--since", "1h")


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("POST", "/api/replays", REPLAY, status=201)
        running.answer("GET", "/api/status", {"running": True})
        yield running


@pytest.fixture
def type_in(api, capsys):
    def typed(*arguments):
        code = run(arguments, environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k-ada"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def test_all_that_was_typed_is_asked_for_and_nothing_else(type_in, api):
    type_in(*BEGIN)
    more = ("--until", "15m", "--source", "web", "--source", "shop", "--user", "ada", "--rate", "2.5")
    type_in(*BEGIN, *more, "--filter", "event = 'Bought'")
    plain = {"destination": "dst_1", "since": "1h", "sources": [], "users": [], "dry_run": False}

    assert plain == api.asked[0]["body"]
    assert {
        **plain,
        "until": "15m",
        "sources": ["web", "shop"],
        "users": ["ada"],
        "requests_per_second": 2.5,
        "filter": "event = 'Bought'",
    } == api.asked[1]["body"]


def test_a_dry_run_prints_the_number_and_what_is_forgotten_stands_beside_it(type_in, api):
    api.answer("POST", "/api/replays", {"events": 7, "forgotten_before": "2026-11-01T00:00:00.000Z"})
    code, out, err = type_in(*BEGIN, "--dry-run", "--format", "json")

    assert 0 == code
    assert 7 == json.loads(out)["events"]
    assert "has everything since 2026-11-01T00:00:00.000Z" in err
    assert api.asked[0]["body"]["dry_run"]


def test_waiting_shows_the_end_and_what_became_of_all(type_in, api):
    code, out, err = type_in(*BEGIN, "--wait", "--format", "json")

    assert (0, REPLAY) == (code, json.loads(out))
    assert "finished: 4 of 4 (100 %), 3 delivered, 1 filtered\n" == err


def test_waiting_looks_until_it_is_over(type_in, api):
    api.answer("POST", "/api/replays", {**REPLAY, "state": "running", "events": None, "done": 1}, status=201)
    api.answer("GET", "/api/replays/rpl_1", REPLAY)
    code, _, err = type_in(*BEGIN, "--wait")

    assert 0 == code
    assert [
        "running: 1, 3 delivered, 1 filtered",
        "finished: 4 of 4 (100 %), 3 delivered, 1 filtered",
    ] == err.splitlines()


def test_one_that_somebody_ended_meanwhile_is_no_success(type_in, api):
    api.answer("POST", "/api/replays", {**REPLAY, "state": "cancelled"}, status=201)
    code, out, err = type_in(*BEGIN, "--wait", "--format", "json")

    assert (1, "cancelled") == (code, json.loads(out)["state"])
    assert "was cancelled before its end" in err


def test_nobody_waits_for_a_server_that_does_not_run(type_in, api):
    api.answer("GET", "/api/status", {"running": False})
    api.answer("POST", "/api/replays", {**REPLAY, "state": "running"}, status=201)
    code, _, err = type_in(*BEGIN, "--wait")

    assert 1 == code
    assert "begins with the next `headwater serve`" in err


def test_a_dry_run_is_nothing_to_wait_for(type_in, api):
    code, _, err = type_in(*BEGIN, "--wait", "--dry-run")

    assert 2 == code
    assert "leave one of them out" in err
    assert [] == api.asked


@pytest.mark.parametrize("verb", ["cancel", "pause", "resume"])
def test_each_word_to_a_replay_is_told_the_server(type_in, api, verb):
    api.answer("POST", f"/api/replays/rpl_1/{verb}", REPLAY)
    code, out, _ = type_in(verb, "replay", "rpl_1", "--quiet")

    assert (0, "rpl_1\n") == (code, out)


def test_they_are_listed_a_line_each(type_in, api):
    api.answer("GET", "/api/replays", {"replays": [REPLAY, {**REPLAY, "id": "rpl_2", "state": "running"}]})
    api.answer("GET", "/api/replays/rpl_2", REPLAY)
    code, out, _ = type_in("list", "replays", "--destination", "dst_1")

    assert 0 == code
    assert ["rpl_1", "rpl_2"] == [line.split()[0] for line in out.splitlines()[1:]]
    assert "destination=dst_1" == api.asked[0]["query"]
    assert 0 == type_in("get", "replay", "rpl_2")[0]


def test_ctrl_c_ends_the_watching_and_says_that_the_replay_goes_on(api):
    api.answer("POST", "/api/replays", {**REPLAY, "state": "running"}, status=201)
    api.answer("GET", "/api/replays/rpl_1", {**REPLAY, "state": "running"})
    command = (sys.executable, "-m", "headwater.cli", *BEGIN, "--wait")
    environ = {**os.environ, "HEADWATER_URL": api.url, "HEADWATER_KEY": "k-ada"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ) as watching:
        shown = watching.stderr.readline()
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=20)

    assert shown.startswith("running: 4 of 4")
    assert (130, "") == (watching.returncode, out)
    assert "The replay goes on. `headwater get replay rpl_1` shows it" in err
    assert "Traceback" not in err
