"""`headwater connect action` and the life of a source, against a real server."""

import json
import shlex

import httpx
import pytest

SEGMENT = "https://api.segment.io/v1/identify"
REGISTRATION = ("services", "identity", "config", "selfservice", "flows", "registration", "after")


@pytest.fixture
def server(lent_headwater):
    """A server as it is by default: no tracking aliases."""
    return lent_headwater


def document(server, *arguments):
    return json.loads(server.cli(*arguments, "--format", "json").stdout)


def after_registration(server):
    (project,) = server.api("GET", "/projects")
    found = server.api("GET", f"/projects/{project['id']}")
    for step in REGISTRATION:
        found = found[step]
    return found


def ours(hooks):
    return [hook["config"] for hook in hooks if hook["hook"] == "web_hook"]


def identify(server, write_key, message_id):
    body = {"userId": "ada", "messageId": message_id}
    assert 200 == httpx.post(server.url + "/v1/identify", json=body, auth=(write_key, "")).status_code


def test_connects_tests_and_then_a_person_who_registers_reaches_the_tool(server, receiver):
    server.source("Sign-ups")
    server.webhook(receiver, "sign-ups")
    done = server.cli("connect", "action", "--source", "sign-ups", "--format", "json")
    connected = json.loads(done.stdout)
    trace = json.loads(server.cli(*shlex.split(connected["trace"])[1:], "--format", "json").stdout)
    ada = server.register("ada@example.com")["identity"]["id"]
    bodies = receiver.wait_until(lambda bodies: len(bodies) == 2, "the test and ada's identify call")

    assert server.url + "/v1/identify" == connected["url"]
    assert ["/selfservice/flows/registration/after/hooks/0"] == connected["hooks"]
    assert ("sign-ups", connected["message_id"], "identify") == (trace["source"], trace["message_id"], trace["type"])
    assert ["connect-test@example.com", "ada@example.com"] == [body["traits"]["email"] for body in bodies]
    assert (ada, connected["message_id"]) == (bodies[1]["userId"], bodies[0]["messageId"])
    assert f"The Action calls {server.url}/v1/identify" in done.stderr


def test_a_second_run_replaces_the_first_wherever_it_stood_and_touches_nothing_else(server, receiver):
    server.source("web")
    server.source("app")
    server.add_hook({"id": "crm", "url": receiver.url, "method": "POST", "body": "base64://e30="})
    first = document(server, "connect", "action", "--source", "web", "--no-test")
    document(server, "connect", "action", "--source", "app", "--no-test")
    second = document(server, "connect", "action", "--source", "web", "--no-test", "--method", "password,oidc")
    third = document(server, "connect", "action", "--source", "web", "--no-test", "--method", "oidc")
    after = after_registration(server)

    assert ["/selfservice/flows/registration/after/hooks/0"] == first["hooks"]
    assert [f"/selfservice/flows/registration/after/{method}/hooks/0" for method in ("password", "oidc")] == second[
        "hooks"
    ]
    assert ["/selfservice/flows/registration/after/oidc/hooks/0"] == third["hooks"]
    assert ["headwater-identify-app", "crm"] == [config["id"] for config in ours(after["hooks"])]
    assert [{"hook": "session"}] == after["password"]["hooks"]
    assert ["headwater-identify-web"] == [config["id"] for config in ours(after["oidc"]["hooks"])]


def test_after_a_change_of_keys_connecting_again_carries_the_new_one(server, receiver):
    server.source("keys")
    server.webhook(receiver, "keys")
    (old,) = document(server, "list", "write-keys", "keys")["write_keys"]
    server.cli("connect", "action", "--source", "keys", "--no-test")
    server.api("POST", "/api/sources/keys/write-keys", {}, status=201)
    server.cli("connect", "action", "--source", "keys", "--no-test")
    server.cli("delete", "write-key", old["id"])
    server.register("ada@example.com")

    (arrived,) = receiver.wait_until(bool, "ada's identify call")
    assert "ada@example.com" == arrived["traits"]["email"]


def test_with_aliases_on_the_action_is_the_guides_own(server):
    server.source("guide")
    server.api("PATCH", "/api/workspace", {"tracking_aliases": True})
    connected = document(server, "connect", "action", "--source", "guide")
    own = document(server, "connect", "action", "--source", "guide", "--no-alias")

    assert SEGMENT == connected["url"]
    assert connected["message_id"]
    assert [own["url"]] == [config["url"] for config in ours(after_registration(server)["hooks"])]


def test_a_test_that_does_not_arrive_is_exit_1_with_the_reason(server):
    server.source("disabled")
    server.api("PATCH", "/api/sources/disabled", {"enabled": False})
    done = server.cli("connect", "action", "--source", "disabled", code=1)

    assert "The Action is set, but the test event did not arrive at disabled: the source is disabled" in done.stderr


def test_without_a_server_the_config_is_written_and_the_test_is_owed(server):
    server.source("stopped")
    server.stop()
    done = server.cli("connect", "action", "--source", "stopped", "--format", "json")

    assert "No server is running, so nothing was tested" in done.stderr
    assert (None, "http://127.0.0.1:4433/v1/identify") == (
        json.loads(done.stdout)["message_id"],
        json.loads(done.stdout)["url"],
    )
    server.start()
    assert ["headwater-identify-stopped"] == [config["id"] for config in ours(after_registration(server)["hooks"])]


def test_the_printed_command_line_does_what_it_says_and_connecting_afterwards_does_not_double_it(server):
    made = server.api("POST", "/api/sources", {"name": "Printed", "kind": "ory-actions"}, status=201)
    server.cli(*shlex.split(made["patch_commands"]["headwater"])[1:])
    by_hand = ours(after_registration(server)["hooks"])
    server.cli("connect", "action", "--source", "printed", "--no-test")

    assert [SEGMENT] == [config["url"] for config in by_hand]
    assert 1 == len(ours(after_registration(server)["hooks"]))


def test_an_unmarked_action_for_the_same_url_gets_a_word(server):
    write_key = server.source("unmarked")
    server.add_hook(
        {
            "url": SEGMENT,
            "method": "POST",
            "body": "base64://e30=",
            "auth": {"type": "basic_auth", "config": {"user": write_key, "password": ""}},
        }
    )
    done = server.cli("connect", "action", "--source", "unmarked", "--no-test")

    assert "--remove /selfservice/flows/registration/after/hooks/1" in done.stderr


def test_a_write_key_works_when_it_is_made_and_not_when_it_is_deleted(server):
    old = server.source("made")
    new = document(server, "create", "write-key", "made")
    for write_key, message_id in ((old, "by-old"), (new["key"], "by-new")):
        identify(server, write_key, message_id)
    server.cli("delete", "write-key", old)
    identify(server, old, "too-late")
    refused = server.cli("delete", "write-key", new["id"], code=1)

    server.api("GET", "/api/trace/by-old")
    server.api("GET", "/api/trace/by-new")
    server.api("GET", "/api/trace/too-late", status=404)
    assert "headwater create write-key made" in refused.stderr


def test_the_events_of_a_deleted_source_stay_and_nothing_new_gets_in(server, receiver):
    write_key = server.source("deleted")
    server.webhook(receiver, "deleted")
    identify(server, write_key, "before")
    done = server.cli("delete", "source", "deleted")
    identify(server, write_key, "after")
    receiver.wait_until(bool, "what was stored before")
    trace = server.api("GET", "/api/trace/before?source=deleted")
    gone = document(server, "list", "sources", "--deleted")["sources"]

    assert "Its write key no longer works" in done.stderr
    assert "deleted" == trace["source"]
    assert ["before"] == [body["messageId"] for body in receiver.bodies]
    server.api("GET", "/api/trace/after", status=404)
    assert ([], ["deleted"]) == (
        server.api("GET", "/api/sources")["sources"],
        [source["slug"] for source in gone if source["deleted_at"] and source["slug"] == "deleted"],
    )
    wanted = {"kind": "webhook", "sources": ["deleted"], "settings": {"url": receiver.url}}
    assert "was deleted" in server.api("POST", "/api/destinations", wanted, status=409)["error"]["reason"]
    assert "was deleted" in server.cli("connect", "action", "--source", "deleted", code=1).stderr
