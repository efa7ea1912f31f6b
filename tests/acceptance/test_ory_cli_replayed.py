"""What the ory CLI sends, sent again without it: every answer must be one that Ory's generated clients can read."""

import http.client
import json
import re
from urllib.parse import urlsplit

import ory_client
import pytest

from acceptance.ory_calls import ADA, COMMANDS, ERROR, OWNER

HEADERS = {"User-Agent": "ory-client-go/v1.22.66", "Accept": "application/json"}
TIMEOUT_SECONDS = 30


@pytest.fixture(scope="module")
def known(shared_headwater):
    """What the calls are filled in with, and the keys they are made with."""
    status = shared_headwater.api("GET", "/api/status")
    project = status["project"]
    owner = shared_headwater.api("POST", "/api/keys", {"role": "admin"}, status=201)["key"]
    ada = shared_headwater.api("POST", "/api/keys", {"role": "admin", "project_id": project["id"]}, status=201)["key"]
    return {
        "project": project["id"],
        "slug": project["slug"],
        "workspace": status["workspace"]["id"],
        "keys": {OWNER: owner, ADA: ada},
    }


@pytest.fixture
def filled(shared_headwater, known):
    """The same, with the identity-config; the project is as new again afterwards."""
    path = f"/projects/{known['project']}"
    before = shared_headwater.api("GET", path)
    yield {**known, "config": before["services"]["identity"]["config"]}
    restored = [{"op": "replace", "path": f"/{key}", "value": before[key]} for key in ("name", "services")]
    shared_headwater.api("PATCH", path, restored)


def fill(value, known):
    """Return `value` with each `{word}` replaced by what is known by it."""
    if isinstance(value, dict):
        return {key: fill(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, known) for item in value]
    if not isinstance(value, str):
        return value
    if value == "{config}":
        return known["config"]
    return re.sub(r"\{(\w+)\}", lambda match: known[match[1]], value)


def send(url, call, known, *, key, through_proxy=False):
    """Send one call to the server at `url` under the name that the CLI calls it by; gives (status, headers, body)."""
    port = urlsplit(url).port
    host = f"{fill(call.host, known)}.localhost:{port}"
    body = None if call.body is None else json.dumps(fill(call.body, known))
    headers = {**HEADERS, "Host": host, "Authorization": f"Bearer {key}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    path = fill(call.path, known)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(call.method, f"http://{host}{path}" if through_proxy else path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def read(document, model):
    """Read an answer as Ory's own client does. Raises what it raises where a field is missing or of another kind."""
    if model.startswith("["):
        return [getattr(ory_client, model.strip("[]")).from_dict(one) for one in document]
    if model == ERROR:
        # The Python client knows two ids, both of Ory's billing, and reads no error of Kratos that has another one.
        assert document["error"].pop("id")
    return getattr(ory_client, model).from_dict(document)


@pytest.mark.parametrize("through_proxy", [False, True], ids=["", "with the server as its own proxy"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: f"{command.typed}, with {command.key}")
def test_each_answer_to_a_command_is_what_orys_client_reads(shared_headwater, filled, command, through_proxy):
    known = dict(filled)
    for call in command.calls:
        key = known["keys"][command.key]
        status, headers, body = send(shared_headwater.url, call, known, key=key, through_proxy=through_proxy)

        assert call.status == status, (call.path, body)
        if call.status == http.client.NO_CONTENT:
            continue
        assert headers["content-type"].startswith("application/json")
        document = json.loads(body)
        if call.model:
            assert read(document, call.model)
        known |= {name: document[place] for name, place in call.keep.items()}


def test_a_named_server_elsewhere_is_not_reached_through_ours(shared_headwater, known):
    """The CLI may ask us as its proxy; we answer for ourselves, and fetch nothing for anybody."""
    port = urlsplit(shared_headwater.url).port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    headers = {**HEADERS, "Host": "internal.test", "Authorization": f"Bearer {known['keys'][OWNER]}"}
    connection.request("GET", "http://internal.test/projects", headers=headers)

    assert 421 == connection.getresponse().status
    connection.close()
