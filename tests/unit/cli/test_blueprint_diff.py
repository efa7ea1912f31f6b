"""A plan on the screen."""

import base64

from headwater.cli import blueprint_diff


def planned(*changes, **more):
    return {"changes": list(changes), "kept": [], "warnings": [], "notes": [], **more}


def encoded(text):
    return "base64://" + base64.b64encode(text.encode()).decode()


def test_each_value_is_a_line_with_its_sign():
    changes = [
        {"path": "/name", "before": "Shop", "after": "The shop"},
        {"path": "/rate_limit", "before": 50},
        {"path": "/strict", "after": True},
    ]
    text = blueprint_diff.text(planned({"action": "update", "kind": "source", "name": "shop", "changes": changes}))

    assert [
        "~ source shop",
        '  - /name: "Shop"',
        '  + /name: "The shop"',
        "  - /rate_limit: 50",
        "  + /strict: true",
        "0 to create, 1 to change, 0 to delete.",
    ] == text.splitlines()


def test_a_text_that_carries_jsonnet_is_compared_line_by_line():
    change = {"path": "/body", "before": encoded("{\n  a: 1,\n}"), "after": encoded("{\n  a: 2,\n}")}
    text = blueprint_diff.text(planned({"action": "update", "kind": "project", "name": "p", "changes": [change]}))

    assert "    -  a: 1,\n    +  a: 2,\n" in text
    assert "base64" not in text


def test_what_is_no_text_inside_is_shown_as_it_stands():
    change = {"path": "/body", "after": "base64:///w=="}

    assert '+ /body: "base64:///w=="' in blueprint_diff.text(
        planned({"action": "create", "kind": "project", "name": "p", "changes": [change]})
    )


def test_a_name_can_not_write_on_the_terminal():
    change = {"action": "create", "kind": "source", "name": "a\x1b[2J\nb\u202e", "changes": []}
    text = blueprint_diff.text(planned(change))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert 2 == len(text.splitlines())


def test_firings_that_stay_as_they_are_are_only_counted():
    changed = {
        "state": "changed",
        "action": "crm",
        "at": "2026",
        "trigger_id": "t1",
        "changes": [{"path": "/body/a", "after": 1}],
    }
    same = {"state": "unchanged", "action": "crm", "at": "2026", "trigger_id": "t2"}
    text = blueprint_diff.text(planned(rehearsed=[changed, same]))

    assert "  changed: crm of 2026, t1\n" in text
    assert "+ /body/a: 1" in text
    assert "t2" not in text
    assert text.endswith("1 unchanged.")


def test_a_mapping_is_compared_line_by_line():
    change = {"path": "/mappings/0/template", "before": "{\n  a: 1,\n}", "after": "{\n  a: 2,\n}"}
    text = blueprint_diff.text(planned({"action": "update", "kind": "destination", "name": "d", "changes": [change]}))

    assert "    -  a: 1,\n    +  a: 2,\n" in text


def test_events_that_are_sent_as_before_are_only_counted():
    one = {"destination": "CRM", "at": "2026-11-28T12:00:00.000Z", "changes": []}
    events = [
        {**one, "message_id": "m1", "state": "unchanged"},
        {**one, "message_id": "m2", "state": "no longer sent", "reason": "it is a shadow"},
        {**one, "message_id": "m3", "state": "changed", "changes": [{"path": "/requests/0/body/n", "after": 1}]},
    ]
    text = blueprint_diff.text(planned(rerouted=events))

    assert [
        "Of the last 3 events of destinations that change, mapped anew and not sent:",
        "  no longer sent: m2 of 2026-11-28T12:00:00.000Z to CRM: it is a shadow",
        "  changed: m3 of 2026-11-28T12:00:00.000Z to CRM",
        "    + /requests/0/body/n: 1",
        "  1 unchanged.",
    ] == text.splitlines()[-5:]
