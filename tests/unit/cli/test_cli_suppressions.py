"""Who is suppressed, on the command line: as words, from a file of any length, and what is said of it."""

import io
import json
import sys

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

PATHS = {"create": "/api/suppressions", "delete": "/api/suppressions/delete"}


@pytest.fixture
def api():
    with scripted_api() as running:
        running.answer("POST", PATHS["create"], {"suppressed": 3, "already": 1})
        running.answer("POST", PATHS["delete"], {"deleted": 3, "not_suppressed": 1})
        yield running


@pytest.fixture
def type_in(api, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def type_in(*arguments):
        code = run([*arguments, "--url", api.url, "--key", "k"], environ={})
        return code, *capsys.readouterr()

    return type_in


@pytest.mark.parametrize("verb", PATHS)
def test_words_and_lines_are_one_list_of_ids_as_they_are(type_in, api, tmp_path, verb):
    (tmp_path / "people.txt").write_bytes("\ufeffgrace\r\n\n ada lovelace\nada\n".encode())
    code, *_ = type_in(verb, "suppression", "ada", "--file", "people.txt")

    assert 0 == code
    assert [(PATHS[verb], {"user_ids": ["ada", "grace", " ada lovelace"]})] == [
        (one["path"], one["body"]) for one in api.asked
    ]


def test_a_long_file_goes_in_calls_of_five_thousand_and_the_sums_are_shown(type_in, api, tmp_path):
    (tmp_path / "people.txt").write_text("\n".join(f"user-{number}" for number in range(12_000)))
    code, out, _ = type_in("create", "suppression", "--file", "people.txt", "--format", "json")

    assert [5_000, 5_000, 2_000] == [len(one["body"]["user_ids"]) for one in api.asked]
    assert (0, {"suppressed": 9, "already": 3}) == (code, json.loads(out))


def test_reads_stdin(type_in, api, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ada\n")))
    type_in("create", "suppression", "--file", "-")

    assert ["ada"] == api.asked[0]["body"]["user_ids"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "Say who it is"),
        (("--file", "empty.txt"), "Say who it is"),
        (("--file", "nowhere.txt"), "nowhere.txt can't be read"),
        (("--file", "picture.png"), "no text in UTF-8"),
    ],
    ids=["nobody", "empty", "nowhere", "no text"],
)
def test_refuses_before_anything_is_asked(type_in, api, tmp_path, arguments, why):
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    for verb in PATHS:
        code, out, err = type_in(verb, "suppression", *arguments)

        assert (2, "", []) == (code, out, api.asked)
        assert why in err


def test_the_list_is_shown_a_page_at_a_time(type_in, api):
    shown = {"suppressions": [{"user_id": "ada", "created_at": "2026-11-29T12:00:00.000Z"}], "next": 7}
    api.answer("GET", "/api/suppressions", shown)
    code, out, _ = type_in("list", "suppressions", "--limit", "1", "--before", "9", "--user-id", "ada")

    assert 0 == code
    assert "ada" in out
    assert {"user_id=ada", "limit=1", "before=9"} == set(api.asked[0]["query"].split("&"))
