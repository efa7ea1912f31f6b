"""How events get to destinations, in a blueprint: written, planned, applied, and tried on real events."""

import json

import pytest

from headwater.core.event import Record

ROUTING = {
    "mode": "live",
    "order": "per-user",
    "mappings": [
        {"name": "orders", "trigger": 'type = "track"', "template": "function(event) {\n  id: event.userId,\n}"}
    ],
    "filters": [{"fql": "userId != null", "action": "keep"}],
    "consent_categories": ["Advertising", "Analytics"],
    "requests_per_second": 5,
    "concurrency": 2,
    "patience": "2d",
}
CRM = {"name": "CRM", "kind": "webhook", "sources": ["web"], "settings": {"url": "https://crm.test/in"}}


def document(**crm):
    return {"version": 1, "sources": [{"slug": "web", "name": "Web"}], "destinations": [{**CRM, **crm}]}


async def written(api):
    (crm,) = (await api.document())["destinations"]
    return {key: crm[key] for key in ROUTING}


async def test_what_is_applied_is_written_and_applied_again_changes_nothing(api):
    await api.apply(document(**ROUTING))
    whole = await api.document()

    assert ROUTING == await written(api)
    assert [] == (await api.plan(whole))["changes"]
    assert [] == (await api.plan(document()))["changes"]  # what is left out stays


async def test_a_change_is_told_by_its_path_and_a_new_one_by_what_it_says(api):
    (created,) = [one for one in (await api.plan(document(**ROUTING)))["changes"] if one["kind"] == "destination"]
    await api.apply(document(**ROUTING))
    template = "function(event) {\n  id: event.anonymousId,\n}"
    changed = document(mappings=[{**ROUTING["mappings"][0], "template": template}], concurrency=None)
    (updated,) = (await api.plan(changed))["changes"]

    assert {"/mappings", "/filters", "/order"} <= {one["path"] for one in created["changes"]}
    assert "/mode" not in {one["path"] for one in created["changes"]}  # as with every other
    assert {
        "/mappings/0/template": (ROUTING["mappings"][0]["template"], template),
        "/concurrency": (2, None),
    } == {one["path"]: (one["before"], one["after"]) for one in updated["changes"]}


async def test_mapping_is_short_for_one_here_too(api):
    await api.apply(document(mapping={"id": {"@path": "$.userId"}}))

    assert [{"template": {"id": {"@path": "$.userId"}}}] == (await written(api))["mappings"]


@pytest.fixture
async def events(api, rooms):
    """Three tracks of Ada's and one page, at a webhook that gets them as they are."""
    await api.apply(document())
    source = (await api("GET", "/api/sources/web"))["id"]
    for number, kind in enumerate(("track", "track", "track", "page")):
        body = json.dumps({"type": kind, "messageId": f"m{number}", "userId": "ada"}).encode()
        record = Record(source=source, message_id=f"m{number}", type=kind, body=body, received_at_ms=1_000 * number)
        await rooms.log.append([record])


def states(planned):
    return [(one["message_id"], one["state"]) for one in planned["rerouted"]]


async def test_the_last_events_show_which_requests_a_mapping_would_change(api, events):
    planned = await api.plan(document(mapping="function(event) event + {n: 1}"), last=2)
    (change,) = planned["rerouted"][0]["changes"]

    assert [("m3", "changed"), ("m2", "changed")] == states(planned)
    assert {"path": "/requests/0/body/n", "after": 1} == change
    assert "CRM" == planned["rerouted"][0]["destination"]


async def test_a_filter_a_shadow_and_a_mapping_that_says_the_same(api, events):
    same = await api.plan(document(mapping="function(event) event"), last=1)
    fewer = await api.plan(document(filters=[{"fql": "type = 'track'", "action": "keep"}]), last=2)
    shadow = await api.plan(document(mode="shadow"), last=1)

    assert [("m3", "unchanged")] == states(same)
    assert [("m3", "no longer sent"), ("m2", "unchanged")] == states(fewer)
    assert fewer["rerouted"][0]["reason"].startswith("FILTERED_BY_RULES")
    assert ("no longer sent", "it is a shadow") == (shadow["rerouted"][0]["state"], shadow["rerouted"][0]["reason"])


async def test_what_was_filtered_and_will_be_sent_is_told_with_its_request(api, events):
    await api.apply(document(filters=[{"fql": "type = 'page'", "action": "drop"}]))
    planned = await api.plan(document(filters=[]), last=1)

    assert [("m3", "newly sent")] == states(planned)
    assert "/requests" in planned["rerouted"][0]["changes"][0]["path"]


async def test_a_header_that_changes_is_told_and_neither_of_its_values(api, events):
    await api.apply(document(settings={**CRM["settings"], "headers": {"X-Key": "hush"}}))
    planned = await api.plan(document(settings={**CRM["settings"], "headers": {"X-Key": "sh"}}), last=1)

    assert [("m3", "changed")] == states(planned)
    assert [{"path": "/requests/0/headers", "before": "***", "after": "*** (another value)"}] == planned["rerouted"][0][
        "changes"
    ]
    assert "hush" not in str(planned)


async def test_nothing_is_mapped_anew_unless_asked_and_not_more_than_allowed(api, events):
    assert (await api.plan(document(mode="shadow")))["rerouted"] is None
    assert "Between 1 and 100" in str(await api.plan(document(mode="shadow"), last=101, status=400))
