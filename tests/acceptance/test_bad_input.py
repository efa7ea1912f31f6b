"""What goes wrong is said in one clear line, and changes nothing."""

import json
from base64 import b64encode

import httpx
import pytest

from acceptance.conftest import segment_hook

HOOKS = "/services/identity/config/selfservice/flows/registration/after/hooks/0"
LOOPING = [
    "local f(x)=f(x+1); f(0)",
    "function(ctx) (local f(x)=f(x+1); f(0))",
    "function(ctx) std.foldl(function(a, b) a + a, std.range(1, 60), 'x')",
    "function(ctx) std.makeArray(1000000000, function(i) i)",
    "function(ctx) import '/etc/hostname'",
    "function(ctx) importstr '/etc/passwd'",
]


@pytest.fixture
def headwater(lent_headwater):
    return lent_headwater


def encoded(snippet: str) -> str:
    return "base64://" + b64encode(snippet.encode()).decode()


def rejected(headwater):
    rows = headwater.api("GET", "/api/rejected-events")["rejected_events"]
    return [(row["source"], row["code"], row["count"]) for row in rows]


def test_malformed_json_is_a_400_with_code_and_message(headwater):
    answer = httpx.post(headwater.url + "/v1/track", content=b"{", auth=(headwater.source("malformed"), ""))

    assert (400, "invalid_json") == (answer.status_code, answer.json()["code"])
    assert "not valid JSON" in answer.json()["message"]


def test_an_unknown_write_key_gets_its_200_and_the_operator_sees_it(headwater):
    answer = httpx.post(headwater.url + "/v1/track", json={"userId": "a", "event": "e"}, auth=("nobody", ""))
    while (None, "unknown_source", 1) not in rejected(headwater):
        pass

    assert (200, {"success": True}) == (answer.status_code, answer.json())


BAD_HOOKS = [
    ({"body": encoded("function(ctx) {a:")}, "body"),
    ({"body": "base64://!!!"}, "body"),
    ({"body": None}, "body"),
    ({"url": "not a url"}, "url"),
    ({"method": 5}, "method"),
    ({"auth": {"type": "magic", "config": {}}}, "auth"),
    ({"respnse": {}}, "response"),
    ({"response": {"on_error": "shrug"}}, "on_error"),
]


@pytest.mark.parametrize(("change", "named"), BAD_HOOKS, ids=[str(number) for number in range(len(BAD_HOOKS))])
def test_a_bad_hook_is_refused_with_its_path_and_the_config_is_unchanged(headwater, change, named):
    before = headwater.api("GET", "/projects")
    config = segment_hook("https://api.segment.io/v1/identify", "key") | change
    refused = headwater.add_hook(config, status=400)["error"]

    assert "/selfservice/flows/registration/after/hooks/0" in json.dumps(refused)
    assert named in json.dumps(refused)
    assert before == headwater.api("GET", "/projects")


def test_wrapped_base64_is_fine(headwater, receiver):
    config = segment_hook(receiver.url, "key")
    head, body = config["body"][:40], config["body"][40:]
    headwater.add_hook(config | {"body": f"{head}\n{body}\n"})
    headwater.register("ada@example.com")

    assert 1 == len(receiver.bodies)


def test_a_raw_newline_inside_the_json_gets_a_hint(headwater):
    project = headwater.api("GET", "/api/status")["project"]["id"]
    value = '{"hook":"web_hook","config":{"body":"base64://abc\ndef"}}'
    done = headwater.cli(
        "patch", "identity-config", project, "--add", f"/selfservice/flows/registration/after/hooks/0={value}", code=2
    )

    assert 1 == len(done.stderr.strip().splitlines())
    assert "line break" in done.stderr


@pytest.mark.parametrize("snippet", LOOPING, ids=[str(number) for number in range(len(LOOPING))])
def test_a_runaway_jsonnet_fails_within_its_limit_and_the_server_goes_on(headwater, receiver, snippet):
    config = segment_hook(receiver.url, "key") | {"body": encoded(snippet)}
    answer = headwater.api("GET", "/api/status")["project"]["id"]
    patched = httpx.patch(
        f"{headwater.url}/projects/{answer}",
        json=[{"op": "add", "path": HOOKS, "value": {"hook": "web_hook", "config": config}}],
        headers={"authorization": f"Bearer {json.loads((headwater.data / 'server.json').read_text())['token']}"},
    )
    if patched.status_code == 200:
        flow = httpx.get(headwater.url + "/self-service/registration/api").json()
        body = {"method": "password", "password": "correct horse battery", "traits": {"email": "ada@example.com"}}
        failed = httpx.post(flow["ui"]["action"], json=body, timeout=10)
        assert failed.status_code >= 400
    else:
        assert patched.status_code == 400

    assert 200 == httpx.get(headwater.url + "/health/ready").status_code
    assert [] == receiver.bodies


def test_a_taken_identifier_brings_the_flow_back_with_orys_message(headwater):
    headwater.register("ada@example.com")
    flow = headwater.register("ADA@example.com", status=400)

    assert [4000007] == [message["id"] for message in flow["ui"]["messages"]]


@pytest.mark.parametrize(
    "arguments",
    [
        ["get", "source", "nowhere"],
        ["get", "trace", "nothing"],
        ["get", "identity", "6f1b5b4e-0000-4000-8000-000000000000"],
        ["get", "identity-config", "no-such-project"],
        ["create", "destination", "webhook", "--source", "nowhere", "--set", "url=http://127.0.0.1:1/"],
        ["create", "destination", "no-such-kind", "--source", "nowhere"],
        ["patch", "identity-config", "no-such-project", "--add", "/a=1"],
        ["patch", "identity-config", "--remove", "/no/such/path"],
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_what_does_not_exist_is_exit_1_and_one_line(headwater, arguments):
    done = headwater.cli(*arguments, code=1)

    assert "" == done.stdout
    assert 1 == len(done.stderr.strip().splitlines()), done.stderr


def test_a_secret_never_comes_back(headwater, receiver):
    patched = headwater.add_hook(segment_hook(receiver.url, "the-write-key"))
    shown = headwater.cli("get", "identity-config", "--format", "yaml").stdout

    assert "the-write-key" not in json.dumps(patched) + shown
    assert "secret://" in shown


def test_credentials_in_urls_do_not_come_back(headwater, receiver):
    headwater.source("credentials")
    url = receiver.url.replace("http://", "http://user:hush@") + "?token=hush"
    made = {"kind": "webhook", "sources": ["credentials"], "settings": {"url": url, "shared_secret": "hush"}}
    shown = headwater.api("POST", "/api/destinations", made, status=201)
    refused = headwater.add_hook(segment_hook(url, "key"), status=400)

    assert "hush" not in json.dumps(shown) + json.dumps(headwater.api("GET", "/api/destinations"))
    assert "basic_auth" in json.dumps(refused)
    assert "hush" not in json.dumps(refused)
