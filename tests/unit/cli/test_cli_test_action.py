"""`headwater test action`: files that are read and sent along, what is printed, and exit codes to rely on."""

import base64
import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

PATH = "/projects/p-1/actions/test"
REQUEST = {
    "method": "POST",
    "url": "https://crm.test/",
    "headers": {"Content-Type": "application/json", "X-Key": "withheld"},
    "body": '{\n   "id": "a\x1b[2J"\n}\n',
    "is_signed": False,
}
RENDERED = {"ctx": "a sample", "state": "rendered", "request": REQUEST, "response": None}
CANCELLED = {"ctx": "a sample", "state": "cancelled", "reason": "Its Jsonnet cancelled it."}
BROKEN = {"ctx": "a sample", "state": "not_rendered", "reason": "body:1: no such field: name"}
GONE = {"ctx": "firing t-1", "state": "no_ctx", "reason": "gone after 7 days"}


def outcome(state, **more):
    return {"state": state, "reason": None, "messages": [], "error": None, "changes": [], **more}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("GET", "/projects", [{"id": "p-1", "slug": "p"}])
        yield running


@pytest.fixture
def type_in(api, capsys):
    """Run the command; gives (exit code, stdout, stderr)."""

    def typed(*arguments, results=(RENDERED,), notes=()):
        found = {"action": "crm", "path": None, "trigger": {}, "notes": list(notes), "results": list(results)}
        api.answer("POST", PATH, found)
        code = run(["test", "action", *map(str, arguments)], environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def wished(api):
    return {name: value for name, value in api.asked[-1]["body"].items() if value not in (None, False)}


def test_a_request_is_shown_as_it_leaves_and_safe_on_a_terminal(type_in, api):
    code, out, err = type_in("crm", notes=["never\nruns"])

    assert (0, "note: never runs\n") == (code, err)
    assert "POST https://crm.test/\nContent-Type: application/json\nX-Key: withheld\n\n{\n   " in out
    assert "\\x1b[2J" in out
    assert "\x1b" not in out
    assert {"action": "crm"} == wished(api)


def test_a_file_goes_along_with_the_jsonnet_beside_it(type_in, api, tmp_path):
    (tmp_path / "map.jsonnet").write_text("function(ctx) {}")
    config = {"url": "https://x.test/", "body": "file://map.jsonnet", "response": {"mapping": "map.jsonnet"}}
    (tmp_path / "action.json").write_text(json.dumps({"hook": "web_hook", "config": config}))
    type_in(tmp_path / "action.json", "--flow", "login", "--method", "password")

    wish = wished(api)
    embedded = "base64://" + base64.b64encode(b"function(ctx) {}").decode()
    assert [embedded, embedded] == [wish["hook"]["config"]["body"], wish["hook"]["config"]["response"]["mapping"]]
    assert ("login", "password") == (wish["flow"], wish["method"])


def test_only_jsonnet_that_stands_here_is_read(type_in, api, tmp_path):
    config = {
        "url": "https://x.test/",
        "body": "https://templates.test/a.jsonnet",
        "response": {"mapping": "file://no"},
    }
    (tmp_path / "action.json").write_text(json.dumps({"hook": "web_hook", "config": config}))
    type_in(tmp_path / "action.json")

    assert config == wished(api)["hook"]["config"]


@pytest.mark.parametrize(
    ("text", "respond"),
    [
        ('{"status": 422, "body": {"messages": []}}', {"status": 422, "body": {"messages": []}}),
        ('{"identity": {}}', {"body": '{"identity": {}}'}),
        ('{"status": "ok", "score": 1}', {"body": '{"status": "ok", "score": 1}'}),
        ("<html>", {"body": "<html>"}),
    ],
)
def test_an_answer_is_one_with_a_status_or_the_body_of_a_200(type_in, api, tmp_path, text, respond):
    (tmp_path / "answer").write_text(text)
    type_in("crm", "--respond", tmp_path / "answer")

    assert respond == wished(api)["respond"]


def test_a_ctx_may_be_what_get_action_delivery_printed(type_in, api, tmp_path):
    (tmp_path / "delivery.json").write_text('{"trigger_id": "t-1", "context": {"flow": {}}}')
    type_in("crm", "--ctx", tmp_path / "delivery.json")

    assert {"flow": {}} == wished(api)["ctx"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone.json"], "There is no file gone.json"),
        (["crm", "--ctx", "gone"], "There is no file gone"),
        (["crm", "--respond", "gone"], "There is no file gone"),
    ],
)
def test_a_file_that_is_not_there_is_a_slip_of_the_hand(type_in, arguments, words):
    code, _, err = type_in(*arguments)

    assert (2, True) == (code, words in err)


@pytest.mark.parametrize("text", ["[]", "{}", '{"hook": "web_hook"}', "{"])
def test_a_file_that_is_no_action_is_told_so_before_anything_is_asked(type_in, api, tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    code, _, err = type_in(tmp_path / "x.json")

    assert (2, 1) == (code, len(err.splitlines()))
    assert [] == api.asked


@pytest.mark.parametrize(
    ("results", "code", "words"),
    [
        ([CANCELLED], 0, "cancelled: Its Jsonnet"),
        ([BROKEN], 1, "can't be rendered: body:1: no such field: name"),
        ([RENDERED, GONE], 1, "can't be tried: gone after 7 days"),
    ],
)
def test_a_script_can_tell_what_cannot_be_rendered(type_in, results, code, words):
    found, out, _ = type_in("crm", results=results)

    assert (code, True) == (found, words in out)


@pytest.mark.parametrize(("state", "code"), [("goes_on", 0), ("stopped", 0), ("failed", 1), ("queued", 1)])
def test_a_test_that_was_sent_and_did_not_arrive_fails(type_in, state, code):
    sent = {**RENDERED, "trigger_id": "t-9", "failure": "nobody there", "outcome": outcome(state)}
    found, out, _ = type_in("crm", "--send", results=[sent])

    assert code == found
    assert "# sent as t-9\nno answer: nobody there" in out


def test_what_an_answer_means_is_told_in_words(type_in, tmp_path):
    (tmp_path / "answer").write_text("{}")
    error = {"id": "action_failed", "code": 502, "message": "Submit again."}
    change = {"path": "/traits/name", "before": "Ada", "after": None}
    message = {"node": "traits.email", "id": 7, "text": "Not you.", "type": "error"}
    results = [
        {**RENDERED, "outcome": outcome("failed", reason="answered 500", error=error)},
        {**RENDERED, "outcome": outcome("stopped", messages=[message], error=error)},
        {**RENDERED, "outcome": outcome("goes_on", changes=[change])},
    ]
    code, out, _ = type_in("crm", "--respond", tmp_path / "answer", results=results)

    assert 0 == code
    for words in (
        "# The flow fails: answered 500\npeople see: 502 action_failed: Submit again.",
        "traits.email: Not you. (error 7)",
        '/traits/name: "Ada" -> null',
    ):
        assert words in out


def test_programs_get_the_whole_answer(type_in):
    code, out, _ = type_in("crm", "--format", "json", results=[BROKEN])

    assert (1, [BROKEN]) == (code, json.loads(out)["results"])
