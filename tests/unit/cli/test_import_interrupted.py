"""Ctrl-C, sent to a real process in the middle of an import: nothing is half done, and it can be gone on with."""

import json
import os
import signal
import subprocess
import sys

import pytest
from scripted_api import scripted_api

from headwater.cli.identity_sender import PATH

TIMEOUT_SECONDS = 30
PEOPLE = 3_000
MADE = {"action": "create", "identity": "11111111-1111-4111-8111-111111111111"}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/api/status", {"project": {"id": "p-1"}})
        running.answer("PATCH", PATH, {"identities": [MADE, None]})
        yield running


@pytest.fixture
def started(api, tmp_path):
    """An import of many people, one a request; it is on its way."""
    file = tmp_path / "people.jsonl"
    file.write_text(
        "".join(json.dumps({"traits": {"email": f"{number}@example.org"}}) + "\n" for number in range(PEOPLE))
    )
    arguments = ("import", "identities", str(file), "--batch", "1", "--format", "json", "--url", api.url)
    process = subprocess.Popen(
        (sys.executable, "-m", "headwater.cli", *arguments),
        env=os.environ | {"HEADWATER_KEY": "k"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(batches(api)) < 5 and process.poll() is None:
        api.asked_once.wait(timeout=TIMEOUT_SECONDS)
    yield process
    process.kill()
    process.communicate()


def batches(api):
    return [asked for asked in list(api.asked) if asked["method"] == "PATCH" and asked["body"]["identities"]]


def noted(tmp_path):
    (file,) = tmp_path.glob("*.headwater-import")
    return json.loads(file.read_text())


def test_stops_after_the_batch_under_way_and_says_what_is_done(started, api, tmp_path):
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=TIMEOUT_SECONDS)

    summary, done = json.loads(out), len(batches(api))
    assert 130 == started.returncode
    assert 0 < done < PEOPLE
    assert (done, 0, True) == (summary["imported"], summary["refused"], summary["interrupted"])
    assert (done, False) == (noted(tmp_path)["number"], noted(tmp_path)["is_finished"])
    assert [
        "Stopping after the rows that are under way; Ctrl-C again stops at once.",
        f"headwater: Interrupted after {done} rows. Go on with the same command and --resume.",
    ] == err.splitlines()


def test_the_second_ctrl_c_stops_at_once_and_what_is_noted_was_answered(started, api, tmp_path):
    api.hold.clear()
    assert api.holding.wait(timeout=TIMEOUT_SECONDS)

    started.send_signal(signal.SIGINT)
    told = started.stderr.readline()
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=TIMEOUT_SECONDS)

    assert "Ctrl-C again" in told
    assert (130, "", "headwater: Interrupted.\n") == (started.returncode, out, err)
    assert noted(tmp_path)["number"] == len(batches(api)) - 1
