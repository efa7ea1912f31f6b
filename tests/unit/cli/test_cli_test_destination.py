"""`headwater test destination`: what it asks, how it looks, and what its exit code says."""

import io
import json
import sys

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

ROUTE = ("POST", "/api/destinations/dst_1/test")
TRACK = {"type": "track", "event": "Order", "userId": "ada"}
REQUEST = {
    "action": "send",
    "method": "POST",
    "url": "https://crm.test/in",
    "headers": {"Content-Type": "application/json", "X-Key": "withheld"},
    "body": '{"id":"ada"}',
    "is_signed": True,
}
RESULT = {
    "origin": "as given",
    "message_id": "m1",
    "type": "track",
    "state": "ready",
    "reason": None,
    "steps": [
        {"step": "connected_source", "verdict": "passed"},
        {"step": "filter", "name": "tracks", "fql": "type = 'track'", "action": "keep", "verdict": "passed"},
        {"step": "filter", "fql": "all", "action": "drop_properties", "verdict": "changed", "event": {"userId": "ada"}},
        {"step": "mapping", "trigger": 'type = "page"', "verdict": "skipped", "reason": "its trigger does not match"},
        {
            "step": "mapping",
            "name": "people",
            "verdict": "mapped",
            "payloads": [{"id": "ada"}],
            "missing": [{"field": "/email", "because": ["$.traits.email is not there"], "is_left_out": True}],
        },
    ],
    "requests": [REQUEST],
    "answers": [],
}
ANSWER = {
    "action": "send",
    "duration_ms": 7,
    "response": {"status": 400, "headers": {"x-why": "because"}, "body": "no\n"},
    "outcome": {"state": "rejected", "status": 400, "reason": "answered 400"},
}
REPORT = """\
# track m1, as given
passed   its source is connected
passed   filter tracks, keep type = 'track'
changed  filter drop_properties all
  {
    "userId": "ada"
  }
skipped  mapping for type = "page": its trigger does not match
mapped   mapping people, for every event
  /email is left out: $.traits.email is not there
  {
    "id": "ada"
  }

POST https://crm.test/in
Content-Type: application/json
X-Key: withheld

{"id":"ada"}
(signed when it is sent)
"""
ANSWERED = """
400, after 7 ms
x-why: because

no

# It would be given up, as a dead letter: answered 400
"""


@pytest.fixture
def api():
    with scripted_api() as running:
        yield running


@pytest.fixture
def type_in(api, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.json").write_text(json.dumps(TRACK))

    def type_in(*arguments):
        code = run(["test", "destination", "dst_1", *arguments, "--url", api.url, "--key", "k"], environ={})
        return code, *capsys.readouterr()

    return type_in


def answered(api, *results, notes=()):
    api.answer(*ROUTE, {"destination": "dst_1", "notes": list(notes), "results": list(results)})


def test_shows_the_way_of_an_event_and_the_request(type_in, api):
    answered(api, RESULT, notes=["It is switched off."])
    code, out, err = type_in("--event", "event.json")

    assert (0, REPORT, "note: It is switched off.\n") == (code, out, err)
    assert {"send": False, "last": None, "source": None, "events": [TRACK]} == api.asked[0]["body"]


def test_shows_the_answer_and_fails_where_it_was_not_delivered(type_in, api):
    answered(api, {**RESULT, "answers": [ANSWER]})
    code, out, _ = type_in("--last", "1", "--send")

    assert (1, REPORT + ANSWERED) == (code, out)
    assert {"send": True, "last": 1, "source": None} == api.asked[0]["body"]


@pytest.mark.parametrize(
    ("state", "code", "said"),
    [("filtered", 0, "Not sent: R"), ("rejected", 1, "Can't be sent: R"), ("busy", 1, "Can't be told just now: R")],
)
def test_says_why_nothing_is_sent_and_fails_where_it_should_have_been(type_in, api, state, code, said):
    answered(api, {**RESULT, "state": state, "reason": "R", "requests": []})
    found, out, _ = type_in("--last", "1")

    assert code == found
    assert said in out.splitlines()


def test_tries_a_routing_that_is_not_stored(type_in, api, tmp_path):
    (tmp_path / "m.jsonnet").write_text("function(event) event")
    answered(api, RESULT)
    type_in("--last", "1", "--mapping", "m.jsonnet", "--filter", "all")
    expected = {
        "mappings": [{"template": "function(event) event"}],
        "filters": [{"fql": "all", "action": "keep"}],
    }

    assert expected.items() <= api.asked[0]["body"].items()


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (json.dumps([TRACK, TRACK], indent=1), [TRACK, TRACK]),
        (f"{json.dumps(TRACK)}\n\n{json.dumps(TRACK)}\n", [TRACK, TRACK]),
        (json.dumps({"offset": 7, "event": TRACK}), [TRACK]),  # as `list events --format json` shows one
    ],
)
def test_reads_several_events_and_what_list_events_shows(type_in, api, tmp_path, text, events):
    (tmp_path / "some.json").write_text(text)
    answered(api, RESULT)
    type_in("--event", "some.json")

    assert events == api.asked[0]["body"]["events"]


def test_reads_stdin(type_in, api, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(TRACK).encode())))
    type_in("--event", "-")

    assert [TRACK] == api.asked[0]["body"]["events"]


REFUSED = {
    "nothing": ((), "--event FILE, --last N"),
    "both": (("--event", "event.json", "--last", "1"), "--event FILE, --last N"),
    "a file that is not there": (("--event", "no.json"), "no.json can't be read: No such file"),
    "a file of text": (("--event", "text.json"), "text.json: this is not JSON at line 1"),
    "a file of a text": (("--event", "a-text.json"), "must hold a JSON object"),
    "a file of nothing": (("--event", "empty.json"), "must hold a JSON object"),
    "a large file": (("--event", "large.json"), "is larger than 1 MiB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_before_anything_is_asked(type_in, api, tmp_path, name):
    (tmp_path / "text.json").write_text("hello")
    (tmp_path / "a-text.json").write_text('"hello"')
    (tmp_path / "empty.json").write_text("[]")
    (tmp_path / "large.json").write_bytes(b" " * (1024 * 1024 + 1))
    flags, expected = REFUSED[name]
    code, out, err = type_in(*flags)

    assert (2, "", 1) == (code, out, err.count("\n"))
    assert expected in err
    assert [] == api.asked


def test_programs_get_the_document_and_an_event_can_not_repaint_the_terminal(type_in, api):
    answered(api, {**RESULT, "message_id": "\x1b[2J"})
    document = json.loads(type_in("--last", "1", "--format", "json")[1])

    assert "\x1b[2J" == document["results"][0]["message_id"]
    assert "\x1b" not in type_in("--last", "1")[1]
