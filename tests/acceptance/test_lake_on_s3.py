"""The lake at home on S3, on the real server: SQL after its folder was lost, a replay of what the log has forgotten."""

import json
import logging
import shutil
import time
import urllib.request

import pytest
from moto.server import ThreadedMotoServer

from acceptance.conftest import WAIT_SECONDS, Headwater
from acceptance.test_replays import ids, replay, send, until_over

EVENTS = 300


@pytest.fixture
def s3():
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    urllib.request.urlopen(urllib.request.Request(f"{url}/lake", method="PUT")).close()
    yield url
    server.stop()


@pytest.fixture
def installation(tmp_path, s3):
    made = Headwater(
        tmp_path / "data",
        HEADWATER_LAKE_URL="s3://lake/team",
        HEADWATER_LOG_RETENTION_EVENTS="200",
        AWS_ENDPOINT_URL=s3,
        AWS_ACCESS_KEY_ID="ada",
        AWS_SECRET_ACCESS_KEY="not-to-be-seen",
        AWS_REGION="eu-central-1",
    )
    made.start()
    yield made
    made.close()


def when(ask, is_so):
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so(found := ask()):
        assert time.monotonic() < deadline, found
    return found


def trim(installation):
    return json.loads(installation.cli("trim", "log", "--format", "json").stdout)


def test_a_lost_folder_and_a_forgotten_log_come_back_from_the_bucket(installation, receiver):
    key = installation.source("website")
    sent = send(installation, key, EVENTS)
    when(lambda: trim(installation), lambda told: not told["held_back_by"])
    kept = installation.api("GET", "/api/status")["log"]["events"]
    installation.kill()
    shutil.rmtree(installation.data / "lake")
    installation.start()
    destination = installation.webhook(receiver)
    lake = when(lambda: installation.api("GET", "/api/lake"), lambda shown: shown["events"] == EVENTS)
    sql = "SELECT count(*) AS events FROM website.tracks"
    found = json.loads(installation.cli("query", sql, "--format", "json").stdout)
    counted = replay(installation, destination, "--dry-run")
    replayed = until_over(installation, replay(installation, destination)["id"])

    assert kept < EVENTS
    assert "s3://lake/team" == lake["url"]
    assert [{"events": EVENTS}] == found
    assert {"events": EVENTS} == counted
    assert sorted(sent) == sorted(ids(receiver))
    assert (EVENTS, EVENTS) == (replayed["events"], replayed["done"])
    assert "not-to-be-seen" not in json.dumps(lake)
