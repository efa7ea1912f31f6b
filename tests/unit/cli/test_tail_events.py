"""What `tail events` makes of a stream, however it was cut, and of what isn't one."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

EVENT = {
    "offset": 1,
    "message_id": "m1",
    "source": "web",
    "type": "track",
    "name": "Seen",
    "user_id": None,
    "anonymous_id": "anon-1",
    "received_at": "2026-11-23T12:00:00.000Z",
    "via": None,
    "event": {},
}
SEEN = b"id: 1\ndata: " + json.dumps(EVENT).encode() + b"\n\n"


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/api/status", {"running": True})
        yield running


def tail(api, stream, *arguments):
    api.answer("GET", "/api/events/tail", stream)
    return run(["tail", "events", *arguments], environ={"HEADWATER_URL": api.url})


def test_what_was_missed_is_said_on_stderr_and_only_there(api, capsys):
    tail(api, b': still here\n\nevent: missed\ndata: {"missed":7}\n\n' + SEEN, "--format", "json")

    out, err = capsys.readouterr()
    assert [EVENT] == [json.loads(line) for line in out.splitlines()]
    assert "7 records went by unshown" in err


def test_quiet_prints_ids_only(api, capsys):
    tail(api, SEEN + SEEN, "--quiet")

    assert "m1\nm1\n" == capsys.readouterr().out


def test_who_has_no_user_id_is_shown_by_the_anonymous_one(api, capsys):
    tail(api, SEEN)

    assert ["2026-11-23T12:00:00.000Z", "web", "track", "Seen", "anon-1", "m1"] == capsys.readouterr().out.split()


def test_asks_for_the_source_and_the_last_ones_as_told(api):
    tail(api, b"", "--source", "web", "--last", "5")

    assert "source=web&last=5" == api.asked[-1]["query"]


def test_a_stream_that_ends_in_the_middle_of_an_event_prints_no_half_of_it(api, capsys):
    assert 1 == tail(api, SEEN[:-20])

    out, err = capsys.readouterr()
    assert "" == out
    assert "ended the tail" in err


def test_a_refusal_is_one_line(api, capsys):
    api.refuse("GET", "/api/events/tail", status=429, reason="32 tails are open; close one of them first.")

    assert 1 == run(["tail", "events"], environ={"HEADWATER_URL": api.url})
    assert "headwater: 32 tails are open; close one of them first.\n" == capsys.readouterr().err


def test_without_data_or_server_it_says_how_to_start_one(tmp_path, capsys):
    assert 1 == run(["tail", "events", "--data", str(tmp_path / "none")], environ={})
    assert "headwater serve" in capsys.readouterr().err
