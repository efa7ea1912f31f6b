"""Dead letters on the command line: what the server is asked, what people are shown, and what needs a word."""

import json
import os
import subprocess
import sys

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

LETTER = {
    "id": 7,
    "destination": "dst_1",
    "offset": 3,
    "message_id": "m1",
    "source": "web",
    "at": "2026-11-23T12:00:00.000Z",
    "state": "rejected",
    "code": "HTTP_400",
    "status": 400,
    "reason": "invalid email",
    "type": "track",
    "name": "Order",
    "attempts": 1,
    "has_body": True,
    "is_waiting": False,
}
WHOLE = {
    **LETTER,
    "event": {"userId": "ada", "bell": "\x1b[31m"},
    "event_from": "letter",
    "request": {"method": "POST", "url": "https://crm.test/", "headers": {"X-Key": "withheld"}, "body": "{}"},
    "response": {"status": 400, "headers": {}, "body": "no such address"},
    "history": [{"at": "2026-11-23T12:00:00.000Z", "number": 1, "status": 400}],
}
COUNTS = {
    "total": 40_000,
    "others": 5,
    "counts": [
        {
            "count": 38_000,
            "state": "rejected",
            "code": "HTTP_400",
            "status": 400,
            "reason": "invalid email",
            "oldest": "2026-11-22T12:00:00.000Z",
            "newest": "2026-11-23T12:00:00.000Z",
            "example": 7,
        }
    ],
}
ALL_FLAGS = (
    *("--code", "HTTP_400", "--status", "400", "--text", "email", "--outcome", "rejected", "--type", "track"),
    *("--name", "Order", "--user", "ada", "--message", "m1", "--since", "1h", "--until", "5m", "--source", "web"),
)
SAID = {
    "code": "HTTP_400",
    "status": 400,
    "text": "email",
    "state": "rejected",
    "type": "track",
    "name": "Order",
    "user": "ada",
    "message_id": "m1",
    "since": "1h",
    "until": "5m",
    "source": "web",
}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/api/dead-letters", {"dead_letters": [LETTER], "next": 7})
        running.answer("GET", "/api/dead-letters/counts", COUNTS)
        running.answer("GET", "/api/dead-letters/7", WHOLE)
        running.answer("GET", "/api/dead-letters/waiting", {"waiting": []})
        running.answer("POST", "/api/dead-letters/redrive", {"destination": None, "redriven": 3, "expired": 2})
        running.answer("POST", "/api/dead-letters/keep", {"destination": None, "kept": 3})
        running.answer("POST", "/api/dead-letters/discard", {"destination": None, "discarded": 3})
        yield running


@pytest.fixture
def type_in(api, capsys):
    def typed(*arguments):
        code = run(arguments, environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k-ada"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def test_a_search_asks_for_all_that_was_typed_and_says_where_the_next_page_is(type_in, api):
    code, out, err = type_in("list", "dead-letters", "--destination", "dst_1", *ALL_FLAGS, "--limit", "1")
    asked = dict(pair.split("=") for pair in api.asked[-1]["query"].split("&"))

    assert {**{name: str(value) for name, value in SAID.items()}, "destination": "dst_1", "limit": "1"} == asked
    assert (0, "There may be more: --before 7.\n") == (code, err)
    assert "invalid email" in out


def test_a_plain_list_asks_for_nothing_else(type_in, api):
    type_in("list", "dead-letters")

    assert "" == api.asked[-1]["query"]


def test_what_they_have_in_common_is_counted(type_in, api):
    _, out, err = type_in("list", "dead-letters", "--count-by", "cause", "--destination", "dst_1")
    heading, row = out.splitlines()

    assert "destination=dst_1&count_by=cause" == api.asked[-1]["query"]
    assert ["38000", "rejected", "HTTP_400", "400", "invalid", "email"] == row.split()[:6]
    assert heading.startswith("COUNT") or heading.lower().startswith("count")
    assert "40,000 dead letters, 5 of them not shown.\n" == err


def test_one_is_shown_with_what_was_sent_and_what_came_back_safe_on_a_terminal(type_in):
    _, out, err = type_in("get", "dead-letter", "7")

    assert ["event", "request", "response"] == [line[2:] for line in out.splitlines() if line.startswith("# ")]
    assert '"X-Key": "withheld"' in out
    assert "\x1b" not in out
    assert "" == err


@pytest.mark.parametrize(("origin", "words"), [("log", "as the log has it"), (None, "can't be sent again")])
def test_one_whose_body_has_expired_says_so(type_in, api, origin, words):
    expired = {**WHOLE, "has_body": False, "event_from": origin, "request": None, "response": None}
    api.answer("GET", "/api/dead-letters/7", expired)
    _, out, err = type_in("get", "dead-letter", "7")

    assert err.startswith("Its body has expired")
    assert words in err
    assert "# request" not in out


VERBS = {"redrive": "redrive dead-letters", "keep": "cancel redrive", "discard": "delete dead-letters"}


@pytest.mark.parametrize("path", VERBS)
def test_which_ones_are_meant_is_said_alike_whatever_becomes_of_them(type_in, api, path):
    words = VERBS[path].split()
    type_in(*words, "--destination", "dst_1", *ALL_FLAGS)
    type_in(*words, "--id", "7", "--id", "8")
    type_in(*words, "--all")
    bodies = [asked["body"] for asked in api.asked]

    assert [{**SAID, "destination": "dst_1"}, {"ids": [7, 8]}, {"all": True}] == bodies
    assert {f"/api/dead-letters/{path}"} == {asked["path"] for asked in api.asked}


@pytest.mark.parametrize("words", VERBS.values(), ids=VERBS)
@pytest.mark.parametrize("flags", [(), ("--all", "--id", "7")], ids=["no word", "all and one"])
def test_nothing_becomes_of_them_without_a_word_about_which(type_in, api, words, flags):
    code, _, err = type_in(*words.split(), *flags)

    assert (2, []) == (code, api.asked)
    assert "--all" in err


def test_a_redrive_says_which_have_lost_their_body_and_waits_to_the_end(type_in):
    code, out, err = type_in("redrive", "dead-letters", "--all", "--wait", "--format", "json")

    assert 0 == code
    assert 3 == json.loads(out)["redriven"]
    assert "2 of them have lost their body" in err
    assert "3 of 3 sent again" in err


@pytest.mark.parametrize(("answer", "expected"), [("yes\n", 0), ("y\n", 1)], ids=["yes", "no"])
def test_at_a_terminal_somebody_has_to_say_yes_before_any_are_thrown_away(api, answer, expected):
    main, other = os.openpty()
    environ = {**os.environ, "HEADWATER_URL": api.url, "HEADWATER_KEY": "k-ada"}
    words = ("delete", "dead-letters", "--status", "400")
    try:
        os.write(main, answer.encode())
        command = [sys.executable, "-m", "headwater.cli", *words]
        done = subprocess.run(
            command, stdin=other, capture_output=True, text=True, env=environ, timeout=30, check=False
        )
    finally:
        os.close(main)
        os.close(other)

    assert expected == done.returncode, done.stderr
    assert "Throw 40,000 dead letters away?" in done.stderr
    assert (1 if expected == 0 else 0) == sum(asked["method"] == "POST" for asked in api.asked)


TRIED = {
    "notes": [],
    "matching": 40_000,
    "tried": 1_000,
    "expired": 1,
    "states": [
        {"state": "ready", "reason": None, "count": 950},
        {"state": "rejected", "reason": "no email", "count": 50},
    ],
    "results": [
        {
            "origin": "dead letter 7",
            "message_id": "m1",
            "type": "track",
            "state": "ready",
            "reason": None,
            "steps": [],
            "answers": [],
            "requests": [
                {"action": "send", "method": "POST", "url": "https://crm.test/", "headers": {}, "body": '{"id":"ada"}'}
            ],
            "letter": {
                "id": 7,
                "reason": "invalid email",
                "request": {"method": "POST", "url": "https://crm.test/", "headers": {}, "body": '{"id":"eve"}'},
            },
        }
    ],
}


def test_a_mapping_is_tried_on_dead_letters_and_the_requests_are_compared(type_in, api, tmp_path):
    api.answer("POST", "/api/destinations/dst_1/test", TRIED)
    (tmp_path / "new.jsonnet").write_text("function(event) event")
    given = ("--dead-letters", "--status", "400", "--mapping", str(tmp_path / "new.jsonnet"))
    code, out, _ = type_in("test", "destination", "dst_1", *given)
    type_in("test", "destination", "dst_1", "--dead-letter", "7", "--dead-letter", "8", "--send")
    first, second = (asked["body"] for asked in api.asked)

    assert ({"status": 400}, None, False) == (first["dead_letters"], first["last"], first["send"])
    assert ({"ids": [7, 8]}, 2, True) == (second["dead_letters"], second["last"], second["send"])
    assert 0 == code
    assert "1,000 of 40,000 dead letters tried:" in out
    assert "950 would be sent" in out
    assert "50 can't be sent: no email" in out
    assert '-  "id": "eve"\n+  "id": "ada"' in out


@pytest.mark.parametrize("flags", [("--last", "1", "--status", "400"), ("--event", "x", "--dead-letters")], ids="ab")
def test_events_and_dead_letters_are_not_tried_at_once(type_in, api, flags):
    code, _, err = type_in("test", "destination", "dst_1", *flags)

    assert (2, []) == (code, api.asked)
    assert "--dead-letters" in err
