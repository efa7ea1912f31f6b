"""`list rejected-events`: what a code means stands beside it, and the sample is there whole."""

import json

import pytest
from scripted_api import scripted_api

from headwater.api import shapes
from headwater.cli.app import run
from headwater.workspace.rejections import Rejection

COUNTED = Rejection(
    source_id="src_1", code="no_user_anon_id", count=3, first_at_ms=0, last_at_ms=0, sample='{"event":"' + "e" * 400
)
ROW = shapes.rejection(COUNTED, slugs={"src_1": "website"})


@pytest.fixture
def listed(capsys):
    def type_in(*arguments):
        with scripted_api() as api:
            api.answer("GET", "/api/rejected-events", {"rejected_events": [ROW]})
            environ = {"HEADWATER_URL": api.url, "HEADWATER_KEY": "k"}
            assert 0 == run(("list", "rejected-events", *arguments), environ=environ)
        return capsys.readouterr().out

    return type_in


def test_the_table_says_what_was_wrong_and_shows_where_the_event_begins(listed):
    headings, line = listed().splitlines()

    assert ["SOURCE", "CODE", "COUNT", "LAST", "AT", "MEANING", "SAMPLE"] == headings.split()
    assert "It has neither userId nor anonymousId." in line
    assert line.endswith('  {"event":"' + "e" * 400)


def test_json_has_the_sample_whole(listed):
    assert [ROW] == json.loads(listed("--format", "json"))["rejected_events"]
