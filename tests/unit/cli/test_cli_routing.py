"""The flags that route: what they say to the API, what is refused before anything is asked, and how it looks."""

import json
from datetime import UTC, datetime

import pytest
from scripted_api import scripted_api

from headwater.cli import start_flag
from headwater.cli.app import run
from headwater.cli.usage import UsageError

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CREATE = ("create", "destination", "webhook", "--source", "web")
UPDATE = ("update", "destination", "dst_1")


@pytest.fixture
def api():
    with scripted_api() as running:
        yield running


@pytest.fixture
def type_in(api, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crm.jsonnet").write_text("function(event) {id: event.userId}\n")
    (tmp_path / "crm.json").write_text('{"id": {"@path": "$.userId"}}')

    def type_in(*arguments):
        code = run([*arguments, "--url", api.url, "--key", "k"], environ={})
        return code, *capsys.readouterr()

    return type_in


SHOWN = {
    "id": "dst_1",
    "kind": "webhook",
    "name": "CRM",
    "sources": ["web"],
    "enabled": True,
    "settings": {"url": "https://crm.test/"},
    "mode": "shadow",
    "order": "per-user",
    "requests_per_second": 2.5,
    "concurrency": None,
    "patience": "3d",
    "filters": [
        {"fql": 'type = "track"\nand userId != null', "action": "keep", "name": "tracked"},
        {"fql": "all", "action": "sample", "percent": 0.1, "path": "userId"},
        {"fql": "all", "action": "drop_properties", "fields": {"properties": ["email", "phone"], "": ["userId"]}},
    ],
    "mappings": [
        {"name": "orders", "trigger": 'event = "Order"', "action": "send", "template": "function(event) {\n  a: 1,\n}"},
        {"template": {"id": {"@path": "$.userId"}}},
    ],
}

JSONNET = "function(event) {id: event.userId}\n"
SAID = {
    "a mapping in Jsonnet": (("--mapping", "crm.jsonnet"), {"mappings": [{"template": JSONNET}]}),
    "a mapping in JSON, and when": (
        ("--mapping", "crm.json", "--trigger", 'type = "track"'),
        {"mappings": [{"trigger": 'type = "track"', "template": {"id": {"@path": "$.userId"}}}]},
    ),
    "filters": (
        ("--filter", "a = 1", "--drop", "c = 3", "--filter", "!(b = 2)"),
        {
            "filters": [
                {"fql": "a = 1", "action": "keep"},
                {"fql": "!(b = 2)", "action": "keep"},
                {"fql": "c = 3", "action": "drop"},
            ]
        },
    ),
    "consent": (("--consent", "Ads", "--consent", "C2"), {"consent_categories": ["Ads", "C2"]}),
    "mode, order and pace": (
        ("--mode", "shadow", "--order", "per-user", "--rate", "2.5", "--concurrency", "3"),
        {"mode": "shadow", "order": "per-user", "requests_per_second": 2.5, "concurrency": 3},
    ),
    "patience": (("--patience", "36h"), {"patience": "36h"}),
}


@pytest.mark.parametrize("name", SAID)
def test_says_to_the_api_how_events_get_there(type_in, api, name):
    flags, expected = SAID[name]
    api.answer("POST", "/api/destinations", SHOWN, status=201)
    api.answer("PATCH", "/api/destinations/dst_1", SHOWN)
    assert [0, 0] == [type_in(*CREATE, *flags)[0], type_in(*UPDATE, *flags)[0]]
    created, updated = [one["body"] for one in api.asked]

    assert {"kind": "webhook", "sources": ["web"], "settings": {}, **expected} == created
    assert expected == updated


ALL = ("mapping", "filters", "consent", "rate", "concurrency", "patience")


def test_takes_away_what_is_to_be_the_kinds_own_again(type_in, api):
    api.answer("PATCH", "/api/destinations/dst_1", SHOWN)
    type_in(*UPDATE, *(part for name in ALL for part in ("--without", name)))
    expected = {"mappings": [], "filters": [], "consent_categories": []}
    expected |= {"requests_per_second": None, "concurrency": None, "patience": None}

    assert expected == api.asked[0]["body"]


@pytest.mark.parametrize(("typed", "said"), [("beginning", "beginning"), ("2026-11-28T12:00:00Z", "2026-11-28T12:00")])
def test_says_where_to_start(type_in, api, typed, said):
    api.answer("POST", "/api/destinations", SHOWN, status=201)
    type_in(*CREATE, "--start", typed)

    assert said in str(api.asked[0]["body"]["start"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", "now"),
        ("90m", {"at": "2026-11-28T10:30:00+00:00"}),
        ("2d", {"at": "2026-11-26T12:00:00+00:00"}),
        ("2026-11-28T13:00:00+01:00", {"at": "2026-11-28T13:00:00+01:00"}),
    ],
)
def test_reads_an_age_from_now_on_and_a_moment_as_it_is(text, meant):
    assert meant == start_flag.given(text, now=NOW)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-28T13:00:00", "99999999999d"])
def test_refuses_what_is_no_start(text):
    with pytest.raises(UsageError, match="--start"):
        start_flag.given(text, now=NOW)


REFUSED = {
    "a trigger of nothing": (("--trigger", "all"), "--trigger says which events --mapping is for"),
    "a file that is not there": (("--mapping", "no.jsonnet"), "--mapping no.jsonnet can't be read: No such file"),
    "a folder": (("--mapping", "."), "--mapping . can't be read: Is a directory"),
    "a file that is no text": (("--mapping", "bytes.jsonnet"), "--mapping bytes.jsonnet: this is no text in UTF-8."),
    "a large file": (("--mapping", "large.jsonnet"), "is larger than 64 KiB"),
    "JSON that is none": (("--mapping", "bad.json"), "--mapping bad.json: this is not JSON at line 1"),
    "JSON that is a list": (("--mapping", "list.json"), "a mapping in JSON is an object"),
    "a mode": (("--mode", "off"), "--mode"),
    "a pace": (("--rate", "fast"), "--rate"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_before_anything_is_asked(type_in, api, tmp_path, name):
    (tmp_path / "bytes.jsonnet").write_bytes(b"\xff\xfe")
    (tmp_path / "large.jsonnet").write_bytes(b" " * 65_537)
    (tmp_path / "bad.json").write_text("function(event) {}")
    (tmp_path / "list.json").write_text("[]")
    flags, expected = REFUSED[name]
    for command in (CREATE, UPDATE):
        code, out, err = type_in(*command, *flags)

        assert (2, "", 1) == (code, out, err.count("\n"))
        assert expected in err
    assert [] == api.asked


LINES = """
Filters
  tracked: keep only type = "track" and userId != null
  sample all
    10% by userId
  drop fields of all
    properties: email, phone
    the event: userId

Mapping orders, for events where event = "Order", action send
  function(event) {
    a: 1,
  }

Mapping, for every event
  {
    "id": {
      "@path": "$.userId"
    }
  }
"""


def test_shows_people_what_each_filter_and_mapping_does(type_in, api):
    api.answer("GET", "/api/destinations/dst_1", SHOWN)
    _, out, _ = type_in("get", "destination", "dst_1")

    assert out.endswith(LINES)
    assert ["MODE                 shadow", "REQUESTS PER SECOND  2.5"] == [
        line for line in out.splitlines() if line.startswith(("MODE", "REQUESTS"))
    ]


def test_programs_get_the_document_alone(type_in, api):
    api.answer("GET", "/api/destinations/dst_1", SHOWN)

    assert SHOWN == json.loads(type_in("get", "destination", "dst_1", "--format", "json")[1])


def test_what_a_mapping_holds_can_not_repaint_the_terminal(type_in, api):
    api.answer("GET", "/api/destinations/dst_1", {**SHOWN, "mappings": [{"template": "\x1b[2Jfunction(event) {}"}]})

    assert "\x1b" not in type_in("get", "destination", "dst_1")[1]
