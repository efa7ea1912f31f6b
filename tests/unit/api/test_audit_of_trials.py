"""Mallory sends something to a tool by way of a trial: it stands in the audit log, and what was sent does not."""

import json

import pytest

from fresh_rooms import client_of, fresh_rooms

# Nobody listens there, and no trial needs anybody to.
AWAY = "http://127.0.0.1:9/away"
HOOK = {"hook": "web_hook", "config": {"url": AWAY, "method": "POST", "body": "base64://e30="}}
OF_ADA = "ada@example.com"


@pytest.fixture
async def client(tmp_path):
    async with fresh_rooms(tmp_path) as rooms, client_of(rooms, authorization="Bearer token") as client:
        yield client


async def entries(client):
    found = (await client.get("/api/audit")).json()["entries"]
    return [(await client.get(f"/api/audit/{one['number']}")).json() for one in found]


async def test_an_action_that_is_sent_stands_in_the_audit_log_and_one_that_is_rendered_does_not(client):
    project = (await client.get("/projects")).json()[0]["id"]
    wish = {"hook": HOOK, "flow": "registration", "moment": "after", "ctx": {"identity": {"id": OF_ADA}}}
    for send in (False, True):
        assert 200 == (await client.post(f"/projects/{project}/actions/test", json={**wish, "send": send})).status_code
    [entry] = await entries(client)

    assert ("projects.write", project, {"results": 1}) == (entry["permission"], entry["project_id"], entry["after"])
    assert f"/projects/{project}/actions/test" == entry["path"]
    assert OF_ADA not in json.dumps(entry)


async def test_an_event_that_is_sent_to_a_destination_stands_in_the_audit_log(client):
    await client.post("/api/sources", json={"name": "Website"})
    made = await client.post(
        "/api/destinations", json={"kind": "webhook", "sources": ["website"], "settings": {"url": AWAY}}
    )
    wish = {"events": [{"type": "track", "event": "Signed Up", "userId": OF_ADA}]}
    path = f"/api/destinations/{made.json()['id']}/test"
    for send in (False, True):
        assert 200 == (await client.post(path, json={**wish, "send": send})).status_code
    sent = [entry for entry in await entries(client) if entry["path"] == path]

    assert [{"results": 1}] == [entry["after"] for entry in sent]
    assert OF_ADA not in json.dumps(sent)


async def test_of_a_replays_people_the_audit_log_keeps_how_many_they_are(client):
    await client.post("/api/sources", json={"name": "Website"})
    made = await client.post(
        "/api/destinations", json={"kind": "webhook", "sources": ["website"], "settings": {"url": AWAY}}
    )
    wish = {"destination": made.json()["id"], "since": "1h", "users": [OF_ADA, "grace"]}
    begun = (await client.post("/api/replays", json=wish)).json()
    await client.post(f"/api/replays/{begun['id']}/pause")
    pause, begin = [one for one in await entries(client) if one["path"].startswith("/api/replays")]

    assert [OF_ADA, "grace"] == begun["users"]
    assert [2, 2, 2] == [pause["before"]["users"], pause["after"]["users"], begin["after"]["users"]]
    assert OF_ADA not in json.dumps([begin, pause])
