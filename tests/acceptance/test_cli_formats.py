"""Every `list` and every `get` in every format, against a real server: machine output alone on stdout."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import time

import httpx
import pytest
import yaml

from conftest import HEADWATER, WAIT_SECONDS, Receiver, clean_environment, segment_hook
from headwater.cli.app import run
from headwater.cli.commands import COMMANDS

ALL = [(one.verb, one.nouns[0]) for one in COMMANDS if one.verb in ("get", "list")]
COLOUR = re.compile(r"\x1b\[")
COLUMNS = 60


def settled(server, path, rows, is_done):
    """Ask until one of the rows is done; gives that one."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        answer = server.api("GET", path)
        for row in answer if rows is None else answer[rows]:
            if is_done(row):
                return row
    pytest.fail(f"{path} did not settle: {answer}")


@pytest.fixture(scope="module")
def needed(shared_headwater):
    """What a command wants to be told besides its name: the id of something that is there, and changes no more."""
    server, receiver = shared_headwater, Receiver()
    key = server.source("A website with a name that is as long as names of websites come to be over the years")
    source = server.api("GET", "/api/sources")["sources"][0]["slug"]
    destination = server.webhook(receiver, source)
    event = {"writeKey": key, "messageId": "m-1", "event": "Signed Up", "userId": "ada"}
    assert httpx.post(f"{server.url}/v1/track", json=event).is_success
    server.add_hook(segment_hook(receiver.url, key, response={"ignore": True}))
    ada = server.register("ada@example.org")["identity"]["id"]
    fired = settled(server, "/api/action-deliveries", "action_deliveries", lambda row: row["state"] == "delivered")
    settled(server, "/api/deliveries", "deliveries", lambda row: row["message_id"] == "m-1")
    message = settled(server, "/admin/courier/messages", None, lambda row: row["status"] == "sent")["id"]
    asked = {"destination": destination, "since": "1h"}
    replay = server.api("POST", "/api/replays", asked, status=201)["id"]
    settled(server, "/api/replays", "replays", lambda row: row["state"] == "finished")
    receiver.status = 400
    assert httpx.post(f"{server.url}/v1/track", json={**event, "messageId": "m-2"}).is_success
    letter = settled(server, f"/api/dead-letters?destination={destination}", "dead_letters", bool)["id"]
    receiver.close()
    settings = {"url": "postgresql://loader@db.example/analytics", "password": "s3cret"}
    server.api("POST", "/api/warehouses", {"name": "main", "kind": "postgres", "settings": settings}, status=201)
    project = server.api("GET", "/api/status")["project"]["id"]
    server.api("POST", "/api/saved-queries", {"name": "All of them", "sql": "SELECT 1"}, status=201)
    return {
        ("get", "action-delivery"): (fired["trigger_id"],),
        ("get", "audit-entry"): (str(server.api("GET", "/api/audit?limit=1")["entries"][0]["number"]),),
        ("get", "dead-letter"): (str(letter),),
        ("get", "destination"): (destination,),
        ("get", "destination-metrics"): (destination,),
        ("get", "identity"): (ada,),
        ("get", "identity-schema"): (
            server.api("GET", f"/projects/{project}/identity-schemas")["identity_schemas"][0]["id"],
        ),
        ("get", "message"): (message,),
        ("get", "query"): ("All of them",),
        ("get", "replay"): (replay,),
        ("get", "revision"): (server.api("GET", f"/projects/{project}/revisions")["revisions"][0]["id"],),
        ("get", "source"): (source,),
        ("get", "table"): (f"{source.replace('-', '_')}.tracks",),
        ("get", "trace"): ("m-1",),
        ("get", "warehouse"): ("main",),
        ("list", "dead-letters"): ("--destination", destination),
        ("list", "syncs"): ("--warehouse", "main"),
        ("list", "write-keys"): (source,),
    }


@pytest.fixture
def shown(shared_headwater, needed, capfd):
    """Run a command in this process; gives what it printed."""

    def show(command, *flags):
        environ = clean_environment() | {"HEADWATER_DATA": str(shared_headwater.data)}
        code = run((*command, *needed.get(command, ()), *flags), environ=environ)
        out, err = capfd.readouterr()
        assert (0, "") == (code, err if code else ""), f"{' '.join(command)} {' '.join(flags)}: {err}"
        return out

    return show


def still(document):
    """Return a document without what a lane, or the disk, says of this very moment: the next look finds another."""
    if isinstance(document, dict):
        return {name: still(value) for name, value in document.items() if name not in ("lane", "disk")}
    return [still(one) for one in document] if isinstance(document, list) else document


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_list_and_get_speaks_every_format(shown, command):
    document = json.loads(shown(command, "--format", "json"))

    assert 1 == shown(command, "--format", "json").count("\n")
    assert still(document) == still(json.loads(shown(command, "--format", "json-pretty")))
    assert still(document) == still(yaml.safe_load(shown(command, "--format", "yaml")))
    assert still(document) == still(json.loads(shown(command, "--format", "jsonpointer=")))
    first = next(iter(document)) if isinstance(document, dict) else "0"
    found = document[first] if isinstance(document, dict) else document[0]
    printed = shown(command, "--format", f"jsonpath={first}")
    assert printed == shown(command, "--format", f"jsonpointer=/{first}")
    assert found == (printed.removesuffix("\n") if isinstance(found, str) else json.loads(printed))


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_quiet_prints_ids_alone_whatever_the_format(shown, command):
    printed = shown(command, "--quiet")

    assert printed == shown(command, "-q", "--format", "json")
    assert [] == [line for line in printed.splitlines() if not line or line.startswith(("{", "["))]
    assert "object object" not in printed


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_a_table_is_what_people_get(shown, command):
    told = shown(command, "--format", "table")

    assert not told.startswith(("{", "["))
    assert told.strip()


def on_a_terminal(*arguments, data, **environ):
    """Run the command with a terminal of COLUMNS columns as its stdout; gives what came out there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    environment = clean_environment() | {"HEADWATER_DATA": str(data), "TERM": "xterm-256color"} | environ
    environment.pop("COLUMNS", None)
    with subprocess.Popen([*HEADWATER, *arguments], stdout=theirs, env=environment) as running:
        os.close(theirs)
        printed = b""
        try:
            while piece := os.read(ours, 65536):
                printed += piece
        except OSError:  # how Linux says that the other end was closed
            pass
        assert 0 == running.wait(timeout=30)
    os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def test_a_table_fits_the_terminal_and_is_whole_in_a_pipe(shared_headwater, needed, shown):
    fitted = on_a_terminal("list", "sources", data=shared_headwater.data).splitlines()
    whole = shown(("list", "sources")).splitlines()

    assert "…" in fitted[1]
    assert max(map(len, fitted)) < max(map(len, whole))
    source = json.loads(shown(("list", "sources"), "--format", "json"))["sources"][0]
    assert source["id"] in fitted[1]
    assert source["name"] in whole[1]


def test_no_color_is_respected_and_tables_have_none_at_all(shared_headwater, needed):
    assert not COLOUR.search(on_a_terminal("list", "sources", data=shared_headwater.data))
    assert COLOUR.search(on_a_terminal("--help", data=shared_headwater.data))
    assert not re.search(r"\x1b\[[0-9;]*3\d", on_a_terminal("--help", data=shared_headwater.data, NO_COLOR="1"))
