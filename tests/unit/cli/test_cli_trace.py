"""`headwater get trace --exchanges`: what was said is shown to people, and nothing of it acts upon their terminal."""

import pytest
from scripted_api import scripted_api

from headwater.cli.app import run

REQUEST = {"method": "POST", "url": "https://crm.test/", "body": '{"part": 1}'}
ROW = {"destination": "dst_1", "name": "CRM", "state": "filtered", "reason": "SHADOW", "attempts": []}
TRACE = {
    "message_id": "m1",
    "deliveries": [
        {**ROW, "exchange": {"at": "2026-11-23T12:00:00.000Z", "request": REQUEST, "response": None}},
        {**ROW, "name": "Other", "exchange": None},
        {
            **ROW,
            "name": "Two",
            "exchange": {
                "at": "2026-11-23T12:00:00.000Z",
                "before": [{**REQUEST, "body": "the first"}],
                "request": {**REQUEST, "body": "the second"},
                "response": {"status": 400, "body": "\x1b[31mno"},
            },
        },
    ],
}


@pytest.fixture
def show(capsys):
    """Show the trace as a server has it; gives what was asked and printed."""
    with scripted_api() as api:

        def show(trace, *flags):
            api.answer("GET", "/api/trace", trace)
            code = run(["get", "trace", "m1", *flags], environ={"HEADWATER_URL": api.url, "HEADWATER_KEY": "k-ada"})
            assert 0 == code
            return api.asked[-1]["query"], capsys.readouterr().out

        yield show


def test_what_was_said_is_shown_beneath_the_rows(show):
    query, out = show(TRACE, "--exchanges")

    assert "message_id=m1&exchanges=true" == query
    assert "# CRM: request" in out
    assert "# CRM: response" not in out
    assert "# Other: nothing is kept of what was said." in out
    assert out.index("the first") < out.index("the second") < out.index("# Two: response")
    assert "\x1b" not in out


def test_nobody_who_does_not_ask_is_shown_any(show):
    query, out = show({**TRACE, "deliveries": [ROW]})

    assert "message_id=m1" == query
    assert "# CRM" not in out
