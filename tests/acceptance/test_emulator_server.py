"""`headwater emulate`, over HTTP alone: what any language's tests build on."""

import contextlib
import json
import signal
import subprocess
import time
from pathlib import Path

import pytest
from emulator_over_http import RunningEmulator

from conftest import HEADWATER, clean_environment

GONE_SECONDS = 15
SEGMENT = "https://api.segment.io/v1/identify"
EU_SEGMENT = "https://events.eu1.segmentapis.com/v1/identify"


@pytest.fixture(scope="module")
def started():
    running = RunningEmulator()
    yield running
    running.close()


@pytest.fixture
def emulator(started):
    started.emulator("POST", "reset")
    return started


def folder_of(running: RunningEmulator) -> Path:
    """Return the data folder: where the server has its lock open."""
    for link in Path(f"/proc/{running.line['pid']}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            if link.readlink().name == "lock":
                return link.readlink().parent
    raise AssertionError("no lock is open")


def wait_gone(pid: int) -> None:
    """Return when that process is gone; fail when it stays."""
    deadline = time.monotonic() + GONE_SECONDS
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]:
        assert time.monotonic() < deadline, "it is still there"


# -- what happened ------------------------------------------------------------------------------------------


def test_the_line_says_where_everything_is(started):
    assert {"url", "ory_url", "write_key", "admin_key", "emulator_url", "pid"} <= set(started.line)


def test_lists_what_was_stored_as_segments_own_words(emulator):
    assert emulator.call(event="Order Completed", properties={"total": 12}).status_code == 200
    emulator.call("identify", userId="u-2", traits={"plan": "pro"})

    [tracked] = emulator.emulator("GET", "events?type=track")
    assert (tracked["event"], tracked["properties"], tracked["_source"]) == ("Order Completed", {"total": 12}, "app")
    assert [event["traits"] for event in emulator.emulator("GET", "events?user_id=u-2")] == [{"plan": "pro"}]
    assert emulator.emulator("GET", "events?event=Other") == []


def test_lists_what_was_answered_200_and_dropped_with_the_reason(emulator):
    emulator.call(userId=None)

    [bad] = emulator.emulator("GET", "bad-events")
    assert (bad["code"], bad["source"], bad["event"]["event"]) == ("no_user_anon_id", "app", "Clicked")
    assert "Send at least one" in bad["reason"]
    assert emulator.emulator("GET", "events") == []


def test_keeps_what_a_destination_would_send(emulator):
    emulator.destination()
    emulator.call(messageId="m-1")

    [request] = emulator.emulator("GET", "requests")
    assert (request["how"], request["destination_name"], request["body"]["messageId"]) == ("recorded", "Hooks", "m-1")
    assert emulator.emulator("GET", "trace/m-1")["deliveries"][0]["state"] == "delivered"


def test_what_waits_for_company_is_there_when_it_is_looked_for(emulator):
    settings = {"url": "https://hooks.example.com/in", "batch_size": 10, "batch_seconds": 60}
    emulator.destination(settings=settings)
    emulator.call(messageId="m-1")
    emulator.call(messageId="m-2")

    [request] = emulator.emulator("GET", "requests")
    assert [event["messageId"] for event in request["body"]] == ["m-1", "m-2"]


@pytest.mark.parametrize("url", [SEGMENT, EU_SEGMENT], ids=["us", "eu"])
def test_the_founding_story_ends_in_an_event(emulator, url):
    emulator.add_guides_action(url)

    identity = emulator.register("ada@example.com").json()["identity"]

    [event] = emulator.emulator("GET", "events")
    assert (event["type"], event["userId"], event["traits"]) == (
        "identify",
        identity["id"],
        {"email": "ada@example.com"},
    )
    [request] = emulator.emulator("GET", "requests")
    assert (request["how"], request["url"]) == ("tracking-alias", url)
    assert [one["id"] for one in emulator.emulator("GET", "identities")] == [identity["id"]]
    assert "Signed Up" in [one["event"] for one in emulator.emulator("GET", "events?source=identity")]


def test_an_actions_receiver_answers_as_it_is_told(emulator):
    emulator.add_guides_action("https://crm.example.com/users")
    emulator.emulator("POST", "answers", {"to": "https://crm.example.com/**", "status": 500, "times": None})

    assert emulator.register("ada@example.com").status_code >= 400
    emulator.emulator("DELETE", "answers")
    assert emulator.register("grace@example.com").status_code == 200


def test_what_is_allowed_really_leaves(emulator, receiver):
    emulator.destination(settings={"url": receiver.url})
    emulator.emulator("POST", "allowed", {"to": f"{receiver.url}**"})
    emulator.call(messageId="m-1")

    [request] = emulator.emulator("GET", "requests")
    assert (request["how"], [body["messageId"] for body in receiver.bodies]) == ("sent", ["m-1"])


def test_some_requests_are_forgotten_and_the_others_stay(emulator):
    emulator.destination()
    emulator.destination(name="Other", settings={"url": "https://other.example.com/"})
    emulator.call()
    assert 2 == len(emulator.emulator("GET", "requests"))

    rest = emulator.emulator("DELETE", "requests?to=Other")

    assert ["Hooks"] == [one["destination_name"] for one in rest]
    assert rest == emulator.emulator("GET", "requests")


# -- time ---------------------------------------------------------------------------------------------------


def test_a_retry_comes_due_without_waiting(emulator):
    emulator.destination()
    emulator.emulator("POST", "answers", {"to": "Hooks", "status": 503})
    emulator.call(messageId="m-1")
    assert [one["status"] for one in emulator.emulator("GET", "requests")] == [503]

    emulator.emulator("POST", "clock", {"advance": "1m"})

    assert [one["status"] for one in emulator.emulator("GET", "requests")] == [503, 200]


def test_a_session_expires_without_waiting(emulator):
    token = emulator.register("ada@example.com").json()["session_token"]
    token = emulator.login("ada@example.com").json()["session_token"] if token is None else token
    assert emulator.whoami(token) == 200

    emulator.emulator("POST", "clock", {"advance": "30d"})

    assert emulator.whoami(token) == 401


def test_a_hanging_receiver_is_given_up_by_the_emulators_clock(emulator):
    emulator.destination()
    emulator.emulator("POST", "clock", {"freeze": True})
    emulator.emulator("POST", "answers", {"to": "Hooks", "fault": "hang"})
    emulator.call(messageId="m-1")
    waits = emulator.emulator("POST", "settle?timeout_seconds=0")
    assert [False, "deliveries to Hooks"] == [waits["settled"], waits["at_work"][0]]

    emulator.emulator("POST", "clock", {"advance": "10s"})

    assert emulator.emulator("POST", "settle") == {"settled": True, "at_work": []}
    assert "no answer within 10 s" in emulator.emulator("GET", "requests")[0]["failure"]


# -- refusals and kills -------------------------------------------------------------------------------------


def test_the_log_refuses_as_often_as_it_is_told(emulator):
    emulator.emulator("POST", "refusals", {"part": "log", "times": 2})

    assert [emulator.call().status_code for _ in range(3)] == [503, 503, 200]


def test_a_kill_loses_nothing_that_was_acked_and_changes_no_address(emulator):
    emulator.destination()
    emulator.emulator("POST", "clock", {"advance": "1d"})
    emulator.register("ada@example.com")
    for number in range(5):
        emulator.call(messageId=f"m-{number}")
    rule = emulator.emulator("POST", "answers", {"to": "https://gone.example.com/**", "fault": "dns"})
    emulator.emulator("POST", "allowed", {"to": "app.example.com"})
    emulator.emulator("POST", "restart?kill=true", status=202)

    info = emulator.wait_until_back()

    assert info["url"] == emulator.line["url"]
    assert [event["messageId"] for event in emulator.emulator("GET", "events")] == [f"m-{n}" for n in range(5)]
    sent = {one["body"]["messageId"] for one in emulator.emulator("GET", "requests?to=Hooks")}
    assert sent == {f"m-{number}" for number in range(5)}
    assert emulator.login("ada@example.com").status_code == 200
    now = time.strftime("%Y-%m-%d", time.gmtime())
    assert emulator.emulator("GET", "clock")["now"] > now
    assert ([rule], ["app.example.com"]) == (emulator.emulator("GET", "answers"), emulator.emulator("GET", "allowed"))


# -- resets -------------------------------------------------------------------------------------------------


def test_a_reset_forgets_everything_but_the_beginning(emulator):
    emulator.destination()
    emulator.register("ada@example.com")
    emulator.call(messageId="m-1")
    emulator.call(userId=None)
    emulator.emulator("POST", "clock", {"freeze": "2030-01-01T00:00:00Z"})
    emulator.emulator("POST", "answers", {"status": 500})
    emulator.emulator("POST", "allowed", {"to": "example.com"})
    emulator.emulator("POST", "refusals", {"part": "database", "times": None})
    before = emulator.line["write_key"]

    emulator.emulator("POST", "reset")

    for what in ("events", "bad-events", "requests", "answers", "allowed", "mails", "identities"):
        assert emulator.emulator("GET", what) == [], what
    assert emulator.emulator("GET", "refusals") == {}
    assert emulator.emulator("GET", "clock")["is_frozen"] is False
    assert emulator.ask("GET", "/api/destinations")["destinations"] == []
    assert emulator.emulator("GET", "info")["write_key"] == before
    assert emulator.call(messageId="m-1").status_code == 200
    assert [event["messageId"] for event in emulator.emulator("GET", "events")] == ["m-1"]


def test_a_reset_forgives_who_guessed_wrong(emulator):
    emulator.register("ada@example.com")
    guesses = [emulator.login("ada@example.com", "wrong guess").status_code for _ in range(12)]
    assert guesses[-1] == 429

    emulator.emulator("POST", "reset")

    emulator.register("ada@example.com")
    assert emulator.login("ada@example.com").status_code == 200


def test_a_reset_in_the_midst_of_a_delivery_lets_nothing_through(emulator):
    emulator.destination()
    emulator.emulator("POST", "answers", {"to": "Hooks", "fault": "hang", "times": None})
    emulator.call(messageId="before")

    emulator.emulator("POST", "reset")
    emulator.destination()
    emulator.call(messageId="after")

    assert [one["body"]["messageId"] for one in emulator.emulator("GET", "requests")] == ["after"]


def test_a_reset_may_keep_what_was_configured(emulator):
    emulator.destination()
    emulator.register("ada@example.com")

    emulator.emulator("POST", "reset?keep_config=true")

    assert [one["name"] for one in emulator.ask("GET", "/api/destinations")["destinations"]] == ["Hooks"]
    assert emulator.emulator("GET", "identities") == []


def test_a_later_state_may_be_what_a_reset_goes_back_to(started):
    running = RunningEmulator()
    running.destination()
    running.emulator("POST", "baseline")
    running.register("ada@example.com")

    running.emulator("POST", "reset")

    assert [one["name"] for one in running.ask("GET", "/api/destinations")["destinations"]] == ["Hooks"]
    assert running.emulator("GET", "identities") == []
    running.close()


# -- who may ask, and how it ends ---------------------------------------------------------------------------


def test_describes_itself(emulator):
    described = emulator.emulator("GET", "openapi.json")["paths"]

    assert {"/emulator/reset", "/emulator/clock", "/emulator/requests"} <= set(described)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"origin": "https://evil.example.com"}, "A page of https://evil.example.com"),
        ({"origin": "null"}, "A page of null"),  # a frame in a sandbox, a page of a file
        ({"origin": "http://127.0.0.1"}, "A page of http://127.0.0.1"),  # of another port
        ({"sec-fetch-site": "cross-site"}, "A page of another site"),  # an image, a link, a form of an old browser
        ({"sec-fetch-site": "same-site"}, "A page of another site"),
    ],
    ids=["origin", "sandbox", "port", "cross-site", "same-site"],
)
def test_a_page_of_another_origin_may_not_tell_it_anything(emulator, headers, words):
    refused = emulator.ask("POST", "/emulator/reset", status=403, **headers)

    assert words in refused["error"]["reason"]


def test_a_name_that_mallory_points_at_this_machine_is_not_answered(emulator):
    emulator.ask("GET", "/emulator/info", status=421, host="mallory.example.com", origin="http://mallory.example.com")


def test_a_page_of_its_own_and_an_address_that_is_typed_are_answered(emulator):
    emulator.ask("GET", "/emulator/info", **{"sec-fetch-site": "none"})
    emulator.ask("GET", "/emulator/info", **{"sec-fetch-site": "same-origin", "origin": emulator.line["url"]})


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        (
            "GET",
            "events?typ=track",
            None,
            "no parameter `typ`; there are event, source, timeout_seconds, type, user_id",
        ),
        ("POST", "baseline?keep=1", None, "no parameter `keep`; it takes none"),
        ("GET", "trace/m-1?message_id=m-2", None, "there are timeout_seconds"),
        ("POST", "clock", {"freeze": "tomorrow"}, "'tomorrow' is no moment. Write it as 2030-01-31T12:00:00Z."),
        ("POST", "clock", {"freeze": "2030-01-31"}, "needs its time zone"),
        ("POST", "clock", {"advance": "soon"}, "Write seconds, or such as 90s"),
    ],
    ids=["filter", "none", "path", "moment", "zone", "span"],
)
def test_says_what_it_can_not_be_asked(emulator, method, path, body, words):
    assert words in emulator.emulator(method, path, body, status=400)["error"]["reason"]


def test_ends_in_order_and_takes_its_data_along():
    running = RunningEmulator()
    folder = folder_of(running)
    assert folder.is_dir()
    running.close()

    wait_gone(running.line["pid"])
    assert running.process.returncode == 0
    assert not folder.exists()


def test_goes_with_whoever_started_it_when_stdin_closes():
    running = RunningEmulator("--stop-with-stdin")

    running.process.stdin.close()

    assert running.process.wait(GONE_SECONDS) == 0
    wait_gone(running.line["pid"])
    running.let_go()


def test_the_server_and_its_data_go_when_its_parent_is_killed():
    running = RunningEmulator()
    folder = folder_of(running)

    running.process.send_signal(signal.SIGKILL)
    running.process.wait(GONE_SECONDS)

    wait_gone(running.line["pid"])
    assert not folder.exists()
    running.let_go()


@pytest.mark.parametrize(
    ("content", "words"),
    [("sources: [{slug: identity}]", "can't be used"), ("{", "bp.yml")],
    ids=["refused", "unreadable"],
)
def test_says_what_is_wrong_with_the_configuration_it_is_given(tmp_path, content, words):
    (tmp_path / "bp.yml").write_text(content)

    done = subprocess.run(
        [*HEADWATER, "emulate", "--config", str(tmp_path / "bp.yml")],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env=clean_environment(),
    )

    assert done.returncode != 0
    assert words in done.stderr
    assert not done.stdout


def test_a_teams_own_kratos_file_is_the_beginning(tmp_path):
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {
            "traits": {
                "type": "object",
                "properties": {
                    "email": {"type": "string", "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}}},
                    "team": {"type": "string"},
                },
                "required": ["team"],
            }
        },
    }
    (tmp_path / "person.json").write_text(json.dumps(schema))
    (tmp_path / "kratos.yml").write_text(
        "dsn: memory\nidentity:\n  default_schema_id: p\n  schemas: [{id: p, url: 'file://./person.json'}]\n"
        "selfservice:\n  default_browser_return_url: http://127.0.0.1:3000/\n  methods: {password: {enabled: true}}\n"
        "courier: {smtp: {connection_uri: 'smtp://u:p@mail.example.com:25/'}}\n"
    )
    running = RunningEmulator("--kratos", str(tmp_path / "kratos.yml"))

    refused = running.register("ada@example.com")

    assert refused.status_code == 400
    assert "team" in refused.text
    running.close()
