"""`headwater get config`, `plan` and `apply`, as a person and a pipeline use them, on the real server."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import threading

import httpx
import pytest
import yaml

from acceptance.conftest import HEADWATER, Headwater, clean_environment

SCHEMA = {
    "$id": "https://example.org/person.json",
    "type": "object",
    "properties": {
        "traits": {
            "type": "object",
            "properties": {
                "email": {
                    "type": "string",
                    "format": "email",
                    "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}},
                }
            },
        }
    },
}
NEW = """\
version: 1
sources:
  - name: Shop
destinations:
  - kind: webhook
    name: CRM
    sources: [shop]
    settings: {url: "https://crm.test/", shared_secret: hunter2}
"""


@pytest.fixture
def headwater(lent_headwater):
    return lent_headwater


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "config" / "headwater.yaml"
    made.parent.mkdir()
    return made


def live(headwater):
    return yaml.safe_load(headwater.cli("get", "config").stdout)


def test_what_get_config_writes_can_be_applied_and_changes_nothing(headwater, file, receiver):
    headwater.source("got")
    headwater.webhook(receiver, "got")
    file.write_text(headwater.cli("get", "config").stdout)
    planned = json.loads(headwater.cli("plan", str(file), "--format", "json", "--exit-code").stdout)

    assert file.read_text().startswith("# Headwater's configuration")
    assert [] == planned["changes"]
    assert "No changes" in headwater.cli("apply", str(file)).stdout


def test_plan_shows_what_apply_does_and_the_second_apply_does_nothing(headwater, file):
    file.write_text(NEW)
    plan = headwater.cli("plan", str(file)).stdout
    changes = headwater.cli("plan", str(file), "--exit-code", "--format", "json", code=3).stdout
    nothing = headwater.cli("list", "sources", "-q").stdout
    applied = headwater.cli("apply", str(file)).stdout

    assert "" == nothing.strip()
    assert ["source", "destination"] == [one["kind"] for one in json.loads(changes)["changes"]]
    assert "+ source shop\n" in plan
    assert '  + /name: "Shop"\n' in plan
    assert "2 to create, 0 to change, 0 to delete." in plan
    assert "hunter2" not in plan + changes + applied
    assert applied.endswith("Applied: 2 created, 0 changed, 0 deleted.\n")
    assert "No changes" in headwater.cli("apply", str(file)).stdout


def test_files_that_an_identity_config_names_are_read_beside_the_file(headwater, file):
    (file.parent / "person.json").write_text(json.dumps(SCHEMA))
    document = live(headwater)
    document["projects"][0]["identity_config"]["identity"] = {
        "default_schema_id": "person",
        "schemas": [{"id": "person", "url": "file://person.json"}],
    }
    file.write_text(yaml.safe_dump(document))
    headwater.cli("apply", str(file))
    [schema] = live(headwater)["projects"][0]["identity_config"]["identity"]["schemas"]

    assert {"id": "person", "schema": SCHEMA} == schema
    headwater.register("ada@example.org")
    assert "No changes" in headwater.cli("plan", str(file)).stdout


def test_a_change_to_jsonnet_is_shown_line_by_line(headwater, file):
    def hooked(*lines):
        (file.parent / "body.jsonnet").write_text("\n".join(lines))
        config = {"url": "https://crm.test/", "method": "POST", "body": "file://body.jsonnet"}
        item = {"hook": "web_hook", "config": {**config, "response": {"ignore": True}}}
        document = live(headwater)
        flows = document["projects"][0]["identity_config"]["selfservice"]["flows"]
        flows["registration"]["after"]["hooks"] = [item]
        file.write_text(yaml.safe_dump(document))

    hooked("function(ctx) {", "  id: ctx.identity.id,", "}")
    headwater.cli("apply", str(file))
    hooked("function(ctx) {", "  userId: ctx.identity.id,", "}")
    plan = headwater.cli("plan", str(file)).stdout

    assert "    -  id: ctx.identity.id,\n    +  userId: ctx.identity.id,\n" in plan


def test_a_destinations_secret_is_named_in_the_file_and_signs_what_is_sent(tmp_path, file, receiver):
    headwater = Headwater(tmp_path / "data", HEADWATER_SECRET_ENV="CRM_KEY", CRM_KEY="hush-hush")
    headwater.start()
    try:
        settings = {"url": receiver.url, "shared_secret": "env:CRM_KEY"}
        hook = {"kind": "webhook", "sources": ["shop"], "settings": settings}
        file.write_text(yaml.safe_dump({"version": 1, "sources": [{"name": "shop"}], "destinations": [hook]}))
        headwater.cli("apply", str(file))
        key = headwater.api("GET", "/api/sources/shop")["write_keys"][0]["key"]
        httpx.post(f"{headwater.url}/v1/track", json={"userId": "ada", "event": "E"}, auth=(key, ""))
        receiver.wait_until(lambda bodies: bodies, "the event")

        assert "x-signature" in receiver.requests[0][0]
        assert "env:CRM_KEY" == live(headwater)["destinations"][0]["settings"]["shared_secret"]
    finally:
        headwater.close()


def test_pruning_asks_for_its_flag(headwater, file):
    headwater.source("pruned")
    file.write_text("version: 1\nsources: []\n")
    kept = headwater.cli("apply", str(file)).stdout
    there = headwater.cli("list", "sources", "--format", "json").stdout
    headwater.cli("apply", str(file), "--prune")

    assert "= source pruned: kept, not in the file" in kept
    assert ["pruned"] == [one["slug"] for one in json.loads(there)["sources"]]
    assert [] == json.loads(headwater.cli("list", "sources", "--format", "json").stdout)["sources"]


ANSWERS = [("no\n", 1, 0), ("\n", 1, 0), ("\x04", 1, 0), ("yes\n", 0, 1), (signal.SIGINT, 130, 0)]


@pytest.mark.parametrize(("answer", "code", "count"), ANSWERS)
def test_a_person_is_asked_and_only_yes_applies(headwater, file, answer, code, count):
    file.write_text(f"version: 1\nsources: [{{name: asked-{code}-{count}}}]\n")
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [*HEADWATER, "apply", str(file), "--data", str(headwater.data)],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
    ) as process:
        os.close(terminal)
        asked = process.stderr.read(len("Apply this?")).decode()
        if isinstance(answer, str):
            os.write(controller, answer.encode())
        else:
            process.send_signal(answer)
        process.communicate(timeout=60)
    os.close(controller)

    assert "Apply this?" == asked
    assert code == process.returncode
    assert count == len(json.loads(headwater.cli("list", "sources", "--format", "json").stdout)["sources"])


BAD = {
    "an alias bomb": ("a: &a [x]\nb: &b [*a, *a]\n" + "c: [" + ", ".join(["*b"] * 40_000) + "]\n", "values"),
    "a tag": ("version: !!python/object/apply:os.system [id]\n", "could not determine a constructor"),
    "a key twice": ("version: 1\nversion: 1\n", "stands there twice"),
    "ten megabytes": ("# " + "x" * 10_000_000 + "\n", "is larger than 4 MiB"),
    "no YAML": ("version: [1\n", "can't be read"),
    "a list": ("- 1\n", "must be an object"),
    "a file that isn't there": (
        "version: 1\nprojects: [{name: default, identity_config: {identity: {schemas: [{url: file://no.json}]}}}]\n",
        "can't be embedded",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_line_and_changes_nothing(shared_headwater, tmp_path, name):
    text, expected = BAD[name]
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    before = shared_headwater.cli("get", "config").stdout
    for command in ("plan", "apply"):
        done = shared_headwater.cli(command, str(file), code=2 if "embedded" in expected else 1)
        assert "" == done.stdout
        assert expected in done.stderr
        assert 1 == done.stderr.count("\n")
    assert before == shared_headwater.cli("get", "config").stdout


def test_a_file_that_is_not_there_is_said(shared_headwater, tmp_path):
    done = shared_headwater.cli("plan", str(tmp_path / "nowhere.yaml"), code=1)

    assert "nowhere.yaml can't be read: No such file or directory." in done.stderr


def of_round(number):
    names = [f"r{number}-{one}" for one in range(60)]
    return {
        "version": 1,
        "sources": [{"slug": name} for name in names],
        "destinations": [
            {"kind": "webhook", "name": name, "sources": [name], "settings": {"url": "https://x.test/"}}
            for name in names
        ],
    }


def test_a_server_killed_while_it_applies_has_done_all_or_nothing(headwater):
    for number, delay_seconds in enumerate((0.02, 0.05, 0.1, 0.2)):
        before = len(headwater.api("GET", "/api/sources")["sources"])
        killer = threading.Timer(delay_seconds, headwater.kill)
        killer.start()
        with contextlib.suppress(httpx.TransportError):
            headwater.api("POST", "/api/config/apply", {"document": of_round(number)})
        killer.join()
        headwater.start()
        sources = len(headwater.api("GET", "/api/sources")["sources"])

        assert sources - before in (0, 60)
        assert sources == len(headwater.api("GET", "/api/destinations")["destinations"])
