"""What needs attention: each thing that is not well is told once, the gravest first, with the page that mends it."""

import pytest

from headwater.console import attention

LANE = {"lag": 0, "breaker": "closed", "problem": None}
QUEUED = {"dead_letters": 0}
WELL = {
    "status": {
        "disk": {"notice": None},
        "log": {"held_back_by": []},
        "deliver": {"destinations": [], "actions": QUEUED, "lanes_unknown_because": None},
        "warehouses": [],
    },
    "lake": {"reason": None, "lost": 0},
    "events": {"until": "2026-11-23T12:01:00.000Z", "sources": [{"source": "web", "rejected": [0, 0]}]},
    "failed_actions": [],
    "chains": [],
    "keys": [],
}


def found(**changes):
    return attention.concerns(**{**WELL, **changes})


def with_status(**changes):
    return found(status={**WELL["status"], **changes})


def destination(number, *, dead_letters=0, **lane):
    name = f"Tool {number}"
    return {"destination": f"d{number}", "name": name, "dead_letters": dead_letters, "lane": {**LANE, **lane}}


def delivering(*destinations, **changes):
    return with_status(deliver={**WELL["status"]["deliver"], "destinations": [*destinations], **changes})


def test_where_all_is_well_there_is_nothing_to_say():
    assert [] == found()
    assert [] == delivering(destination(1), {**destination(2), "lane": None})


def test_the_gravest_is_said_first():
    said = delivering(
        destination(1, dead_letters=12),
        destination(2, breaker="doubtful"),
        destination(3, breaker="open", lag=1_584),
        destination(4, problem="its secret is gone", breaker="stopped"),
    )

    assert [
        ("Tool 4 stands still: its secret is gone", "/console/destinations/d4", True),
        ("Tool 3 doesn't answer, 1,584 events wait. It is tried again by itself.", "/console/destinations/d3", True),
        ("Tool 2 failed ten times in a row.", "/console/destinations/d2", False),
        ("Tool 1 gave up 12: see why, and send again.", "/console/destinations/d1/dead-letters", False),
    ] == [(one.text, one.href, one.is_grave) for one in said]


def test_of_fifty_that_have_the_same_three_are_named():
    said = delivering(*(destination(number, breaker="open") for number in range(50)))

    assert 4 == len(said)
    assert ("47 more destinations don't answer", "/console/destinations") == (said[-1].text, said[-1].href)
    assert 4 == len(delivering(*(destination(number, breaker="open") for number in range(4))))


@pytest.mark.parametrize(
    ("changes", "words", "href"),
    [
        ({"disk": {"notice": "9 MB free"}}, "9 MB free", "/console/system"),
        (
            {"log": {"held_back_by": [{"reader": "crm", "events": 5_000}]}},
            "crm holds the log back: 5,000 events",
            "/console/system",
        ),
        (
            {"warehouses": [{"name": "main", "notice": "3 syncs failed"}]},
            "main: 3 syncs failed",
            "/console/lake/tables",
        ),
    ],
    ids=["disk", "log", "warehouse"],
)
def test_what_the_status_gives_notice_of_is_said(changes, words, href):
    [said] = with_status(**changes)

    assert words in said.text
    assert href == said.href


def test_a_delivery_that_nobody_can_tell_of_is_grave():
    [said] = delivering(lanes_unknown_because="Nothing delivers.")

    assert (True, "Nothing delivers.") == (said.is_grave, said.text)


def test_the_lakes_troubles_are_said_each():
    said = found(lake={"reason": "disk full", "merge_failed": "no room", "lost": 2})

    assert ["The lake: disk full", "2 of the lake's files are missing.", "The lake: no room"] == [
        one.text for one in said
    ]


def test_dropped_events_lead_to_where_they_are_explained():
    sources = [{"source": "web", "rejected": [1, 2]}, {"source": None, "rejected": [7]}]
    said = found(events={**WELL["events"], "sources": sources})

    assert [
        ("Rejected in the last hour: 3 of web.", "/console/sources/web#rejected"),
        ("Rejected in the last hour: 7 under no write key that is known.", "/console/sources#rejected"),
    ] == [(one.text, one.href) for one in said]


def test_actions_that_failed_gave_up_or_never_run_are_said_once_each():
    dead = {"hook": "web_hook", "path": "/selfservice/flows/login/after/hooks/0", "why": "a method's list hides it"}
    chains = [{"dead": [dead, {**dead, "hook": "session"}]}, {"dead": [dead]}]
    queued = {**WELL["status"]["deliver"], "actions": {"dead_letters": 2}}
    said = found(failed_actions=[{}, {}], chains=chains, status={**WELL["status"], "deliver": queued})

    assert [
        ("Queued Actions gave up 2: see why, and send again.", "/console/destinations/actions/dead-letters"),
        ("Actions that failed in the last hour: 2.", "/console/actions/deliveries?state=failed"),
        (f"The Action at {dead['path']} never runs: a method's list hides it", "/console/actions"),
    ] == [(one.text, one.href) for one in said]


@pytest.mark.parametrize(
    ("expires_at", "is_said"),
    [
        ("2026-12-01T00:00:00.000Z", True),
        ("2026-12-20T00:00:00.000Z", False),
        ("2026-11-01T00:00:00.000Z", False),
        (None, False),
    ],
    ids=["soon", "late", "over", "never"],
)
def test_a_key_is_told_of_two_weeks_before_it_expires(expires_at, is_said):
    said = found(keys=[{"id": "k1", "name": "CI", "expires_at": expires_at}])

    assert (["The key CI expires on 2026-12-01."] if is_said else []) == [one.text for one in said]


def test_what_nobody_could_tell_is_grave_and_says_why_and_the_rest_is_said():
    said = attention.unknown({"lake": "disk I/O error", "status": "busy"})
    others = found(status=None, lake=None, events=None, failed_actions=[{}])

    assert [
        ("It is not known how the server is: busy", "/console/system", True),
        ("It is not known how the lake is: disk I/O error", "/console/lake/tables", True),
    ] == [(one.text, one.href, one.is_grave) for one in said]
    assert ["Actions that failed in the last hour: 1."] == [one.text for one in others]
