"""POST /api/destinations/{id}/test: what it takes, what it shows, who may send, and that it leaves no trace."""

import json

import pytest

from headwater.core.event import Record

TRACK = {"type": "track", "event": "Order", "userId": "ada"}


@pytest.fixture
async def tried(asked):
    """Return what asks the test of a webhook that keeps tracks and drops e-mail addresses."""
    await asked("POST", "/sources", {"name": "web"})
    body = {
        "kind": "webhook",
        "sources": ["web"],
        "settings": {"url": "http://127.0.0.1:1/", "shared_secret": "hush-hush"},
        "filters": [{"fql": "type = 'track'", "action": "keep"}],
        "mapping": "function(event) {who: event.userId, at: event.timestamp}",
    }
    _, made = await asked("POST", "/destinations", body)

    async def ask(body, **more):
        return await asked("POST", f"/destinations/{made['id']}/test", body, **more)

    ask.id = made["id"]
    return ask


async def test_an_event_that_is_given_is_completed_and_shown_on_its_way(tried):
    status, found = await tried({"events": [TRACK, {"type": "page", "userId": "ada"}]})
    order, page = found["results"]

    assert (200, tried.id, "live", []) == (status, found["destination"], found["mode"], found["notes"])
    assert ("as given", "ready", "track") == (order["origin"], order["state"], order["type"])
    assert "ada" == json.loads(order["requests"][0]["body"])["who"]
    assert json.loads(order["requests"][0]["body"])["at"].endswith("Z")
    assert ("filtered", []) == (page["state"], page["requests"])
    assert "hush-hush" not in str(found)


async def test_the_last_events_of_its_sources_are_tried_newest_first(asked, tried, rooms):
    _, web = await asked("GET", "/sources/web")
    _, other = await asked("POST", "/sources", {"name": "other"})
    for number, source in enumerate((web, web, other, web)):
        body = json.dumps({**TRACK, "messageId": f"m{number}"}).encode()
        record = Record(source=source["id"], message_id=f"m{number}", type="track", body=body, received_at_ms=0)
        await rooms.log.append([record])
    _, found = await tried({"last": 2})

    assert ["m3", "m1"] == [one["message_id"] for one in found["results"]]
    assert found["results"][0]["origin"].startswith("event 4 of ")


async def test_a_routing_is_tried_before_it_is_stored(asked, tried):
    mapping = {"id": {"@path": "$.userId"}}
    _, found = await tried({"events": [TRACK], "mapping": mapping, "filters": []})
    _, stored = await asked("GET", f"/destinations/{tried.id}")

    assert [{"id": "ada"}] == found["results"][0]["steps"][-1]["payloads"]
    assert ["Tried with the routing that came with the request; what is stored is as it was."] == found["notes"]
    assert 1 == len(stored["filters"])


async def test_nothing_is_written_to_log_or_ledger(tried, rooms):
    _, found = await tried({"events": [TRACK], "send": True})

    assert "retrying" == found["results"][0]["answers"][0]["outcome"]["state"]
    assert 0 == rooms.log.newest_offset
    assert not rooms.folder.deliver_database.exists()


async def test_a_test_sent_to_a_shadow_says_so(tried):
    _, found = await tried({"events": [TRACK], "mode": "shadow", "send": True})

    assert "shadow" == found["mode"]
    assert any("This test was sent all the same" in note for note in found["notes"])


async def test_an_event_of_a_source_that_is_not_connected_stops_there(asked, tried):
    await asked("POST", "/sources", {"name": "other"})
    _, found = await tried({"events": [TRACK], "source": "other"})

    assert "SOURCE_WAS_NOT_CONNECTED" == found["results"][0]["reason"]


REFUSED = {
    "nothing": ({}, 400, "Give either `events`"),
    "both": ({"events": [TRACK], "last": 1}, 400, "Give either `events`"),
    "none": ({"events": []}, 400, "Between 1 and 20 events"),
    "too many": ({"last": 21}, 400, "Between 1 and 20 events can be tried at once, not 21."),
    "an event of no type": ({"events": [TRACK, {"userId": "ada"}]}, 400, "/events/1: Its `type` is null"),
    "an event of nobody": ({"events": [{**TRACK, "userId": ""}]}, 400, "/events/0: It has neither userId nor"),
    "a source from nowhere": ({"events": [TRACK], "source": "nowhere"}, 404, "There is no source 'nowhere'"),
    "a source of its last ones": ({"last": 1, "source": "web"}, 400, "`source` says whose event"),
    "no event yet": ({"last": 1}, 404, "Its sources have sent no event yet"),
    "a routing that could not be": ({"events": [TRACK], "mapping": "{"}, 400, "/mappings/0/template: mapping.jsonnet"),
    "a strange key": ({"event": TRACK}, 400, "unknown field `event`. Did you mean `events`?"),
}


async def test_refuses_what_makes_no_sense(tried):
    for name, (body, status, expected) in REFUSED.items():
        found, answer = await tried(body)

        assert status == found, name
        assert expected in answer["error"]["reason"], name


async def test_who_may_look_may_try_and_only_an_administrator_may_send(asked, tried):
    _, key = await asked("POST", "/keys", {"name": "v", "role": "viewer"})

    assert 200 == (await tried({"events": [TRACK]}, key=key["key"]))[0]
    assert 403 == (await tried({"events": [TRACK], "send": True}, key=key["key"]))[0]
