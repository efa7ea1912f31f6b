"""Retention from outside: what someone has still to read stays until an operator says otherwise."""

import json
import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from acceptance import forked_readers
from acceptance.conftest import Headwater, Receiver
from acceptance.shelf import stored

KEPT = 500
SENT = 3_000
BATCH = 100
PATIENCE_SECONDS = 30.0
SCHEMA_VIEW = "@schema"


@pytest.fixture
def installation(tmp_path):
    installation = Headwater(tmp_path / "data", HEADWATER_LOG_RETENTION_EVENTS=str(KEPT))
    installation.start()
    yield installation
    installation.close()


def send(installation, write_key, first, last):
    for start in range(first, last + 1, BATCH):
        numbers = range(start, min(start + BATCH, last + 1))
        events = [{"type": "track", "userId": "ada", "event": "e", "messageId": f"m{n}"} for n in numbers]
        body = {"batch": events}
        httpx.post(installation.url + "/v1/batch", json=body, auth=(write_key, ""), timeout=30).raise_for_status()


def trim(installation, *options):
    return json.loads(installation.cli("trim", "log", *options, "--format", "json").stdout)


def when(look, is_so, what):
    """Return what `look` sees once it `is_so`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so(seen := look()):
        assert time.monotonic() < deadline, f"Not within {PATIENCE_SECONDS:g} s: {what}. Last seen: {seen}"
    return seen


def readers_of(installation) -> int:
    """Return the process id of the server's second process."""
    children = Path(f"/proc/{installation.pid}/task/{installation.pid}/children").read_text().split()
    return next(int(each) for each in children if forked_readers.is_one(int(each)))


def held_back_by(trimmed):
    return {one["reader"] for one in trimmed["held_back_by"]}


def offsets(installation):
    return [one.offset for one in stored(installation.data)]


def test_a_destination_that_is_down_is_not_overtaken_without_a_word_and_goes_on_after_the_gap_with_one(installation):
    receiver = Receiver()
    receiver.status = 503
    write_key = installation.source()
    destination = installation.webhook(receiver)
    send(installation, write_key, 1, SENT)

    held = when(lambda: trim(installation), lambda told: held_back_by(told) == {destination}, "only it holds back")
    assert (0, []) == (held["segments"], held["overtaken"])
    assert list(range(1, SENT + 1)) == offsets(installation)
    status = json.loads(installation.cli("get", "status", "--format", "json").stdout)["log"]
    (laggard,) = status["held_back_by"]
    cursor = laggard["cursor"]  # a few were tried, and wait in the retry table, before it counted as down
    assert (destination, True) == (laggard["reader"], cursor < BATCH)
    assert SENT - 2 * KEPT <= laggard["events"] < SENT

    told = trim(installation, "--overtake")
    oldest, *_ = kept = offsets(installation)
    assert kept == list(range(oldest, SENT + 1))
    assert KEPT <= len(kept) <= 2 * KEPT
    assert [{"reader": destination, "cursor": cursor, "events": oldest - 1 - cursor}] == told["overtaken"]
    assert (oldest - 1, []) == (told["events"], told["held_back_by"])
    assert [] == installation.api("GET", "/api/status")["log"]["held_back_by"]

    installation.kill()  # what the lane had in hand is gone with it
    installation.start()
    receiver.status = 200
    before = len(receiver.bodies)  # refusals
    send(installation, write_key, SENT + 1, SENT + 10)
    wanted = {f"m{number}" for number in range(oldest, SENT + 11)}
    in_the_retry_table = {f"m{number}" for number in range(1, BATCH)}

    def arrived(bodies):
        return {body["messageId"] for body in bodies[before:]}

    receiver.wait_until(lambda bodies: wanted <= arrived(bodies), "everything after the gap")
    receiver.close()
    assert wanted == arrived(receiver.bodies) - in_the_retry_table


def test_while_nobody_reads_nothing_goes_and_the_reason_is_told(installation):
    receiver = Receiver()
    receiver.status = 503
    write_key = installation.source()
    installation.webhook(receiver)
    send(installation, write_key, 1, SENT)

    os.kill(readers_of(installation), signal.SIGKILL)
    refused = installation.api("POST", "/api/log/trim", {}, status=503)
    receiver.close()

    assert "other process is not there" in json.dumps(refused)
    assert list(range(1, SENT + 1)) == offsets(installation)


def test_read_events_go_by_themselves_and_the_trace_of_one_does_not_pretend_it_never_was(installation):
    write_key = installation.source()
    send(installation, write_key, 1, SENT)
    when(
        lambda: installation.api("GET", "/api/status")["log"],
        lambda log: log["events"] <= 2 * KEPT and not log["held_back_by"],
        "the log is as short as its limit",
    )
    when(lambda: stored(installation.data)[0].offset, lambda oldest: oldest > KEPT, "the files are gone, too")

    gone = installation.cli("get", "trace", "m1", code=1)
    installation.cli("get", "trace", f"m{SENT}")
    assert "is in the log" in gone.stderr
    assert "are forgotten, as the log's retention says" in gone.stderr
