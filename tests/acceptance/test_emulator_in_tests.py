"""What a test of a user's own can do with an emulator: one story each, against one that is reset between them."""

import json
import re
import threading
import time
import urllib.error
from datetime import UTC, datetime, timedelta

import pytest
from emulator_stage import IDENTIFY, emulator, running_emulator, send

from headwater.testing import ABSENT, Emulator, NotSettledError, RefusedError

__all__ = ["emulator", "running_emulator"]

TOOL = "https://crm.example.com/hook"


def failure(call, *arguments, **expected):
    with pytest.raises(AssertionError) as caught:
        call(*arguments, **expected)
    return str(caught.value)


@pytest.fixture
def tool(emulator):
    return emulator.create_destination("webhook", {"url": TOOL}, name="CRM")


def test_who_registers_is_identified_mailed_and_delivered(emulator, tool):
    emulator.add_action(IDENTIFY)

    ada = emulator.register("ada@example.com")

    emulator.assert_identified(ada.id, traits={"email": "ada@example.com"}, times=1)
    emulator.assert_called("https://api.segment.io/v1/identify", method="POST", body={"userId": ada.id}, times=1)
    emulator.assert_delivered(tool, body={"userId": ada.id, "groupId": ABSENT})
    emulator.assert_nothing_else_left()
    emulator.assert_mailed("ada@example.com", body="code", subject=re.compile("code"), times=1)
    assert ada.traits == {"email": "ada@example.com"}
    assert emulator.login("ada@example.com").id == ada.id
    assert [ada.id] == [one["id"] for one in emulator.identities()]


def test_what_nothing_asserted_on_is_listed(emulator, tool):
    send(emulator, "track", userId="ada", event="Order Completed")
    send(emulator, "track", userId="ada", event="Cart Viewed")
    emulator.assert_delivered("CRM", body={"event": "Order Completed"})

    said = failure(emulator.assert_nothing_else_left)

    assert said.startswith(f"1 requests left that nothing asserted on:\n  POST {TOOL} [CRM] → 200  ")
    assert "Cart Viewed" in said


def test_a_failure_shows_the_nearest_request_and_what_left_to_elsewhere(emulator, tool):
    send(emulator, "track", userId="ada", event="Order Completed", properties={"revenue": 10})

    near = failure(emulator.assert_called, TOOL, method="PUT", body={"properties": {"revenue": 12}})
    assert "    method: expected 'PUT', was 'POST'\n    body.properties.revenue: expected 12, was 10\n" in near
    assert "What left, to elsewhere:\n  POST https://crm" in failure(
        emulator.assert_called, "https://ads.example.com/**"
    )
    emulator.reset()
    assert failure(emulator.assert_called, TOOL).endswith("Nothing left at all.")


def test_a_failure_says_what_was_turned_away(emulator):
    send(emulator, "track", event="Order Completed")

    assert "Turned away:\n  no_user_anon_id: It has neither" in failure(emulator.assert_tracked, "Order Completed")
    assert "no_user_anon_id" in failure(emulator.assert_no_bad_events)
    emulator.assert_bad_event("no_user_anon_id", event={"event": "Order Completed"})
    emulator.assert_not_tracked("Order Completed")


def test_never_and_how_often_are_exact(emulator):
    for _ in range(2):
        send(emulator, "track", userId="ada", event="Order Completed")

    emulator.assert_tracked("Order Completed", times=2)
    emulator.assert_tracked("Order Completed", at_least=1, user_id="ada")
    emulator.assert_not_tracked("Order Completed", user_id="mallory")
    assert "Expected exactly 1 event" in failure(emulator.assert_tracked, "Order Completed", times=1)
    assert "Expected no event" in failure(emulator.assert_not_tracked, "Order Completed")
    assert "Expected no event" in failure(emulator.assert_not_tracked)


def test_waiting_ends_when_it_comes_and_fails_with_what_did_come(emulator):
    later = threading.Timer(0.1, send, (emulator, "group"), {"userId": "ada", "groupId": "acme"})
    later.start()

    found = emulator.wait_for_event(type="group", group_id="acme")
    said = failure(emulator.wait_for_event, type="page", timeout_seconds=0.05)

    assert found["userId"] == "ada"
    assert said.startswith("Within 0.05 s: Expected at least 1 event with type='page'; found 0.")
    assert "  group userId=ada groupId=acme  (app)" in said
    assert "Within 0.01 s: Expected at least 1 mail" in failure(
        emulator.wait_for_mail, "ada@x.com", timeout_seconds=0.01
    )
    assert "Within 0.01 s: Expected at least 1 req" in failure(emulator.wait_for_request, TOOL, timeout_seconds=0.01)
    assert "the last answer was 0" in failure(emulator.wait_until, lambda: 0, timeout_seconds=0.01)
    later.join()


def test_a_tool_that_fails_is_tried_again_when_the_time_has_come(emulator, tool):
    emulator.fail(tool, 503, times=1)
    send(emulator, "track", userId="ada", event="Order Completed")

    first = emulator.assert_called(tool, status=503, times=1)
    emulator.clock.advance("1m")
    emulator.wait_for_request(tool, status=200)

    trace = emulator.trace(first["body"]["messageId"])
    assert ["delivered"] == [one["state"] for one in trace["deliveries"]]
    assert [503, 200] == [one["status"] for one in trace["deliveries"][0]["attempts"]]


def test_an_action_whose_receiver_is_lost_fails_the_sign_up(emulator):
    emulator.add_action(IDENTIFY, url="https://crm.example.com/people")
    emulator.fail("https://crm.example.com/**", "tls", times=None)

    with pytest.raises(RefusedError):
        emulator.register("ada@example.com")

    emulator.assert_called("crm.example.com", failure=str, status=None)


def test_a_hanging_tool_holds_up_lists_until_time_passes(emulator, tool):
    emulator.clock.freeze()
    emulator.fail(tool, "hang")
    send(emulator, "track", userId="ada", event="Order Completed")
    emulator.settle_seconds = 0.05

    with pytest.raises(NotSettledError) as caught:
        emulator.events()
    assert "After 0.05 s the emulator is still at work: deliveries to CRM, " in str(caught.value)
    assert "The clock stands still: headwater.clock.advance(...) lets" in str(caught.value)

    emulator.settle_seconds = 10
    emulator.clock.advance(11)
    assert "no answer within" in emulator.assert_called(tool, failure=str)["failure"]


def test_an_action_reads_what_its_receiver_answers(emulator):
    emulator.add_action(IDENTIFY, url="https://crm.example.com/may", response={"parse": True}, can_interrupt=True)
    refusal = {
        "messages": [{"instance_ptr": "#/traits/email", "messages": [{"id": 1, "text": "Not you.", "type": "error"}]}]
    }
    emulator.answer("https://crm.example.com/**", status=400, json=refusal)

    with pytest.raises(RefusedError, match=r"traits\.email: Not you\."):
        emulator.register("mallory@example.com")

    emulator.answer("https://crm.example.com/**", json={})
    emulator.register("ada@example.com")


def test_only_what_is_allowed_really_leaves(emulator, receiver):
    emulator.create_destination("webhook", {"url": receiver.url}, name="App")
    send(emulator, "track", userId="ada", event="Kept")
    emulator.assert_delivered("App", how="recorded", times=1)

    emulator.allow(receiver.url)
    send(emulator, "track", userId="ada", event="Sent")

    emulator.assert_delivered("App", how="sent", body={"event": "Sent"}, times=1)
    assert ["Sent"] == [body["event"] for body in receiver.bodies]


def test_a_refusing_log_loses_nothing(emulator):
    with emulator.refuse("log"), pytest.raises(urllib.error.HTTPError) as caught:
        send(emulator, "track", userId="ada", event="Order Completed")

    with caught.value as refused:
        assert refused.code >= 500
    assert [] == emulator.events()
    send(emulator, "track", userId="ada", event="Order Completed")
    emulator.assert_tracked("Order Completed", times=1)


def test_a_refusing_database_refuses_as_often_as_it_should(emulator):
    emulator.refuse("database", times=1)

    with pytest.raises(RefusedError):
        emulator.create_source("website")

    assert emulator.create_source("website").write_key


def test_sessions_expire_when_the_clock_is_advanced(emulator):
    ada = emulator.register("ada@example.com")
    whoami = {"X-Session-Token": ada.session_token}
    emulator._connection.ask("GET", "/sessions/whoami", headers=whoami)

    emulator.clock.advance(timedelta(days=2))

    with pytest.raises(RefusedError):
        emulator._connection.ask("GET", "/sessions/whoami", headers=whoami)


def test_the_clock_stands_where_it_is_put(emulator):
    at = datetime(2030, 1, 31, 12, tzinfo=UTC)

    assert at == emulator.clock.freeze(at) == emulator.clock.now()
    assert at + timedelta(hours=4) == emulator.clock.advance("4h")
    send(emulator, "track", userId="ada", event="Order Completed")
    assert "2030-01-31T16:00:00.000Z" == emulator.assert_tracked("Order Completed")["receivedAt"]
    assert emulator.clock.resume() >= at


@pytest.mark.parametrize("again", ["kill", "restart"])
def test_what_was_acked_outlives_the_server(emulator, again):
    send(emulator, "track", userId="ada", event="Order Completed")
    before = emulator.info["pid"]

    getattr(emulator, again)()

    assert before != emulator.info["pid"]
    emulator.assert_tracked("Order Completed", times=1)


async def test_files_of_the_users_own_are_loaded_in_one_line_in_async_tests_too(emulator, tmp_path):
    schema = {
        "type": "object",
        "properties": {
            "traits": {
                "type": "object",
                "properties": {
                    "nick": {"type": "string", "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}}}
                },
                "required": ["nick"],
            }
        },
    }
    (tmp_path / "person.json").write_text(json.dumps(schema))
    (tmp_path / "kratos.yml").write_text(KRATOS)
    (tmp_path / "headwater.yml").write_text(CONFIG)

    emulator.load_kratos(tmp_path / "kratos.yml")
    emulator.load_config(tmp_path / "headwater.yml")

    assert {"nick": "ada"} == emulator.register(traits={"nick": "ada"}).traits
    send(emulator, "track", write_key=emulator.get_source("website").write_key, userId="ada", event="Order Completed")
    emulator.assert_tracked("Order Completed", source="website")
    emulator.assert_delivered("Sheet", times=1)


KRATOS = """
selfservice:
  default_browser_return_url: http://127.0.0.1:4455/
  methods: {password: {enabled: true}}
identity:
  default_schema_id: person
  schemas: [{id: person, url: file://person.json}]
"""
CONFIG = """
version: 1
projects: [{slug: shop-production, environment: prod, name: Shop}]
sources: [{slug: website, name: Website, kind: website}]
destinations: [{name: Sheet, kind: webhook, sources: [website], settings: {url: "https://sheet.example.com/"}}]
"""


def test_a_kratos_file_that_is_refused_says_why(emulator, tmp_path):
    (tmp_path / "kratos.yml").write_text("identity: {schemas: [{id: a, url: file://gone.json}]}")

    with pytest.raises(Exception, match=r"kratos\.yml can't be loaded: .*gone\.json"):
        emulator.load_kratos(tmp_path / "kratos.yml")


def test_an_own_schema_and_mapping(emulator):
    traits = {
        "type": "object",
        "properties": {
            "nick": {"type": "string", "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}}}
        },
    }
    emulator.set_identity_schema({"type": "object", "properties": {"traits": traits}})
    website = emulator.create_source("Website")
    emulator.create_destination(
        "http-api",
        {"url": "https://api.example.com/"},
        source=website,
        name="API",
        mapping="function(event) {path: '/people', body: {who: event.userId}}",
        filter='type = "identify"',
    )

    nick = emulator.register(traits={"nick": "ada"})
    send(emulator, "identify", write_key=website.write_key, userId=nick.id)
    send(emulator, "track", write_key=website.write_key, userId=nick.id, event="Order Completed")

    emulator.assert_delivered("API", url="https://api.example.com/people", body={"who": nick.id}, times=1)
    emulator.assert_nothing_else_left()


def test_a_snapshot_is_the_same_in_the_next_test(emulator, tool, tmp_path):
    for _ in range(2):
        emulator.reset(keep_config=True)
        send(emulator, "identify", userId="ada", traits={"email": "ada@example.com"})
        emulator.snapshot(folder=tmp_path)
    send(emulator, "identify", userId="ada", traits={"email": "ada@example.org"})

    said = failure(emulator.snapshot, folder=tmp_path)

    assert '+        "email": "ada@example.org"' in said


def test_nothing_of_a_test_is_there_in_the_next(emulator):
    dirty = [lambda: emulator.create_source("website"), lambda: emulator.register("ada@example.com")]
    for _ in range(2):
        for make in dirty:
            make()
        emulator.create_destination("webhook", {"url": TOOL})
        emulator.add_action(IDENTIFY)
        emulator.answer("", status=503)
        emulator.allow("https://nowhere.example.com/**")
        emulator.refuse("log")
        emulator.clock.freeze("2031-01-01T00:00:00Z")
        emulator.reset()

        assert [] == emulator.events(source="identity") == emulator.events() == emulator.bad_events()
        assert [] == emulator.requests() == emulator.mails() == emulator.identities()
        assert [] == emulator._emulator("GET", "/allowed") == emulator._emulator("GET", "/answers")
        assert {} == emulator._emulator("GET", "/refusals")
        assert ["app"] == [one["slug"] for one in emulator.api("GET", "/api/sources")["sources"]]
        assert [] == emulator.api("GET", "/api/destinations")["destinations"]
        assert abs(emulator.clock.now() - datetime.now(UTC)) < timedelta(seconds=30)


def test_a_baseline_is_kept_until_it_is_forgotten(emulator):
    emulator.create_source("Shop")
    emulator.baseline()
    emulator.create_source("Blog")
    emulator.kill()

    emulator.reset()
    assert ["app", "shop"] == [one["slug"] for one in emulator.api("GET", "/api/sources")["sources"]]

    emulator.forget_baseline()
    emulator.reset()
    assert ["app"] == [one["slug"] for one in emulator.api("GET", "/api/sources")["sources"]]


def test_the_same_message_id_counts_in_the_next_test(emulator):
    for _ in range(3):
        send(emulator, "track", userId="ada", event="Order Completed", messageId="m1")
        send(emulator, "track", userId="ada", event="Order Completed", messageId="m1")
        emulator.assert_tracked("Order Completed", times=1)
        emulator.reset()


def test_guesses_at_a_password_are_forgotten_in_the_next_test(emulator):
    for _ in range(2):
        emulator.register("ada@example.com")
        for _ in range(12):
            with pytest.raises(RefusedError):
                emulator.login("ada@example.com", "wrong guess")
        emulator.reset()
    emulator.register("ada@example.com")
    assert emulator.login("ada@example.com").session_token


def test_a_reset_in_the_midst_of_a_hanging_delivery_is_quick(emulator, tool):
    emulator.clock.freeze()
    emulator.fail(tool, "hang", times=None)
    send(emulator, "track", userId="ada", event="Order Completed")
    began = time.monotonic()

    emulator.reset()

    assert time.monotonic() - began < 5
    assert [] == emulator.requests()


def test_an_emulator_that_can_not_start_says_why(emulator):
    port = int(emulator.url.rpartition(":")[2])

    with pytest.raises(Exception, match=rf"did not start(?s:.*){port}"):
        Emulator.start(port=port)
