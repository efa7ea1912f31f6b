"""`headwater list action-deliveries` and `get action-delivery`: what people are shown, and what goes to stderr."""

import json

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

ATTEMPT = {"at": "2026-11-23T12:00:00.000Z", "mode": "inline", "duration_ms": 12, "status": 500, "reason": "500"}
DELIVERY = {
    "trigger_id": "t-1",
    "at": "2026-11-23T12:00:00.000Z",
    "action_id": "crm",
    "identity_id": "ada-id",
    "flow": "registration",
    "mode": "inline",
    "state": "failed",
    "reason": "the receiver\nanswered \x1b[2J 500",
    "attempts": [ATTEMPT, ATTEMPT],
}


@pytest.fixture
def api():
    with scripted_api() as running:
        yield running


@pytest.fixture
def type_in(api, capsys):
    def typed(*arguments):
        code = run(arguments, environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k-ada"})
        out, err = capsys.readouterr()
        return code, out, err

    return typed


def listing(**changes):
    return {"action_deliveries": [DELIVERY], "is_cut": False, "not_kept": 0, **changes}


def test_a_list_is_a_line_a_firing_with_the_number_of_its_attempts(type_in, api):
    api.answer("GET", "/api/action-deliveries", listing())
    code, out, err = type_in("list", "action-deliveries")

    heading, line = out.splitlines()
    assert (0, "") == (code, err)
    assert heading.split()[:3] == ["AT", "TRIGGER", "ID"]
    assert line.startswith("2026-11-23T12:00:00.000Z  t-1")
    assert "failed" in line
    assert line.split("failed")[1].split()[0] == "2"
    assert "\x1b" not in line


def test_what_is_missing_from_a_list_is_said_and_not_among_its_rows(type_in, api):
    api.answer("GET", "/api/action-deliveries", listing(is_cut=True, not_kept=7))
    code, out, err = type_in("list", "action-deliveries", "--format", "json")

    assert (0, 7) == (code, json.loads(out)["not_kept"])
    assert "may be more" in err
    assert "7 could not be kept" in err


def test_one_is_a_sheet_and_its_attempts(type_in, api):
    opened = {"request": {"method": "POST", "url": "https://r.test/", "headers": {}, "body": "told"}, "response": None}
    api.answer("GET", "/api/action-deliveries/t-1", DELIVERY | opened)
    code, out, _ = type_in("get", "action-delivery", "t-1")

    sheet, attempts = out.split("\n\n")
    assert 0 == code
    assert "REQUEST URL" in sheet
    assert "told" in sheet
    assert 3 == len(attempts.strip().splitlines())  # a heading, and two


def test_quiet_prints_the_trigger_ids(type_in, api):
    api.answer("GET", "/api/action-deliveries", listing())

    assert (0, "t-1\n", "") == type_in("list", "action-deliveries", "-q")
