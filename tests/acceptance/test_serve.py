"""Starting, stopping, and what happens when somebody else is there already."""

import json
import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from acceptance import conftest
from acceptance.conftest import HEADWATER


class Headwater(conftest.Headwater):
    """One whose process is started from nothing, as everybody else's is."""

    def begin(self, arguments, **options):
        return subprocess.Popen([*HEADWATER, *arguments], stdout=subprocess.PIPE, text=True, **options)


@pytest.fixture
def headwater(tmp_path):
    installation = Headwater(tmp_path / "data")
    installation.start()
    yield installation
    installation.close()


def one_line(done):
    assert 1 == len(done.stderr.strip().splitlines()), done.stderr
    return done.stderr


def test_the_first_start_makes_everything_and_shows_the_key_once(headwater):
    status = json.loads(headwater.cli("get", "status", "--format", "json").stdout)
    headwater.stop()
    first = headwater.banner
    headwater.banner = ""
    headwater.start()
    headwater.stop()
    (key,) = [word for word in first.split() if word.startswith("ory_wak_")]

    assert ("default", str(headwater.data)) == (status["workspace"]["name"], status["data"])
    assert key
    assert "ory_wak_" not in headwater.banner


def test_the_shown_key_opens_the_api_and_no_key_does_not(headwater):
    key = json.loads(headwater.cli("create", "key", "--role", "viewer", "--format", "json").stdout)["key"]
    answers = [
        httpx.get(headwater.url + "/api/sources", headers=headers).status_code
        for headers in ({"authorization": f"Bearer {key}"}, {}, {"authorization": "Bearer nonsense"})
    ]
    forbidden = httpx.post(
        headwater.url + "/api/sources", json={"name": "x"}, headers={"authorization": f"Bearer {key}"}
    )

    assert [200, 401, 401] == answers
    assert 403 == forbidden.status_code
    assert "viewer" in forbidden.json()["error"]["reason"]


def test_a_second_serve_on_the_folder_is_one_line_and_exit_1(headwater):
    done = headwater.cli("serve", "--listen", "127.0.0.1:0", code=1)

    assert "Another headwater process holds" in one_line(done)


def test_a_taken_port_is_one_line_and_exit_1(headwater, tmp_path):
    other = Headwater(tmp_path / "other")
    done = other.cli("serve", "--listen", headwater.url.removeprefix("http://"), code=1)

    assert "Can't listen on" in one_line(done)


def test_more_workers_are_refused_with_a_sentence_that_names_the_nats_log(headwater):
    assert "NATS log" in one_line(headwater.cli("serve", "--workers", "2", code=2))


def test_sigterm_ends_it_with_exit_0_and_withdraws_its_address(headwater):
    code = headwater.stop()

    assert 0 == code
    assert not (headwater.data / "server.json").exists()


def test_when_the_server_is_killed_its_children_die_with_it(headwater):
    children = descendants(headwater.pid)
    headwater.kill()

    assert len(children) >= 3  # the readers and two Jsonnet workers
    wait_for(lambda: not any(is_alive(pid) for pid in children), "the children's death")


def test_when_the_readers_are_killed_they_come_back_and_deliver(headwater, receiver):
    write_key = headwater.source()
    headwater.webhook(receiver)
    (readers,) = [pid for pid in descendants(headwater.pid) if b"wiring.readers" in command_line(pid)]
    os.kill(readers, signal.SIGKILL)
    event = {"userId": "ada", "event": "e", "messageId": "m1"}
    httpx.post(headwater.url + "/v1/track", json=event, auth=(write_key, ""))

    receiver.wait_until(bool, "the event, after the readers came back")


def test_an_api_request_under_way_is_answered_before_the_server_goes(headwater):
    host, port = headwater.url.removeprefix("http://").split(":")
    body = b'{"userId": "ada"}'
    head = f"POST /v1/identify HTTP/1.1\r\nhost: {host}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection((host, int(port))) as half_sent:
        half_sent.sendall(head + body[:5])
        os.kill(headwater.pid, signal.SIGTERM)
        half_sent.sendall(body[5:])
        answer = half_sent.recv(100)
    headwater.stop()

    assert answer.startswith(b"HTTP/1.1 200")


def test_cli_works_on_the_folder_without_a_server_and_the_server_finds_it(tmp_path, receiver):
    installation = Headwater(tmp_path / "data")
    installation.data.mkdir()
    made = json.loads(installation.cli("create", "source", "website", "--format", "json").stdout)
    installation.start()
    answer = httpx.post(
        installation.url + "/v1/identify", json={"userId": "ada"}, auth=(made["write_keys"][0]["key"], "")
    )
    head = installation.api("GET", "/api/status")["log"]["newest_offset"]
    installation.close()

    assert (200, 1) == (answer.status_code, head)


def test_a_projects_key_is_no_workspace_key(headwater):
    project = headwater.api("GET", "/api/status")["project"]["id"]
    made = headwater.api("POST", "/api/keys", {"role": "admin", "project_id": project}, status=201)
    with httpx.Client(base_url=headwater.url, headers={"authorization": f"Bearer {made['key']}"}) as mallory:
        answers = [
            mallory.get("/admin/identities").status_code,
            mallory.get(f"/projects/{project}").status_code,
            mallory.post("/api/keys", json={"role": "admin"}).status_code,
            mallory.get("/api/keys").status_code,
            mallory.post("/api/sources", json={"name": "x"}).status_code,
            mallory.patch("/api/workspace", json={"tracking_aliases": False}).status_code,
        ]

    assert [200, 200, 403, 403, 403, 403] == answers


def test_silent_connections_do_not_lock_everybody_out(headwater):
    host, port = headwater.url.removeprefix("http://").split(":")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    silent = [socket.create_connection((host, int(port))) for _ in range(1200)]
    try:
        answer = httpx.get(headwater.url + "/health/ready", timeout=5)
    finally:
        for connection in silent:
            connection.close()

    assert 200 == answer.status_code


def test_half_a_body_does_not_keep_the_server_from_stopping(headwater):
    host, port = headwater.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as half_sent:
        half_sent.sendall(b"POST /v1/identify HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        began = time.monotonic()
        code = headwater.stop()

    assert 0 == code
    assert time.monotonic() - began < 8


def test_a_name_to_listen_on_will_do_and_a_wrong_one_is_one_line(tmp_path):
    installation = Headwater(tmp_path / "data")
    installation._listen = "localhost:0"
    installation.start()
    installation.close()
    wrong = installation.cli("serve", "--listen", "nowhere.invalid:0", code=2)

    assert installation.url.startswith("http://localhost:")
    assert "nowhere.invalid" in one_line(wrong)


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def wait_for(condition, what: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:g} s"
