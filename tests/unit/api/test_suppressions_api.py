"""/api/suppressions over HTTP, and what a change of the list does to whoever collects."""

import json

import httpx
import pytest

from headwater.settings import load
from headwater.store.folder import DataFolder
from headwater.web.call import Call
from headwater.wiring.rooms import Rooms


@pytest.fixture
async def rooms(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.lock()
    chosen = load({}, {"data": str(folder.path)})
    async with Rooms(chosen, folder, url="http://127.0.0.1", local_token="token", listener=None) as built:
        yield built
    folder.unlock()


@pytest.fixture
async def asked(rooms):
    transport = httpx.ASGITransport(app=rooms.app, client=("127.0.0.1", 0))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:

        async def ask(method, path, body=None, *, key="token"):
            headers = {"authorization": f"Bearer {key}"}
            answer = await client.request(method, f"/api{path}", json=body, headers=headers)
            return answer.status_code, answer.json() if answer.content else None

        yield ask


async def listed(asked, query=""):
    _, found = await asked("GET", f"/suppressions{query}")
    return [one["user_id"] for one in found["suppressions"]], found["next"]


async def test_the_list_is_added_to_read_by_pages_and_taken_from(asked):
    odd = "a/b?c d#é"
    assert (200, {"suppressed": 3, "already": 0}) == await asked(
        "POST", "/suppressions", {"user_ids": ["ada", odd, "eve", "ada"]}
    )
    assert (200, {"suppressed": 0, "already": 1}) == await asked("POST", "/suppressions", {"user_ids": ["ada"]})

    first, following = await listed(asked, "?limit=2")
    assert (["eve", odd], ["ada"]) == (first, (await listed(asked, f"?limit=2&before={following}"))[0])
    assert (["ada"], None) == await listed(asked, "?user_id=ada")
    assert ([], None) == await listed(asked, "?user_id=Ada")

    assert (200, {"deleted": 2, "not_suppressed": 1}) == await asked(
        "POST", "/suppressions/delete", {"user_ids": [odd, "ada", "grace"]}
    )
    assert (["eve"], None) == await listed(asked)


async def test_a_change_is_in_force_for_whoever_sends_next(asked, rooms):
    _, source = await asked("POST", "/sources", {"name": "web"})
    write_key = source["write_keys"][0]["key"]

    async def stored_after(message_id):
        event = {"userId": "ada", "event": "Bought", "messageId": message_id, "writeKey": write_key}
        call = Call(method="POST", path="/v1/track", query="", headers={}, body=json.dumps(event).encode())
        assert 200 == (await rooms.collector.accept(call)).status
        return rooms.collector.counters.accepted

    assert 1 == await stored_after("m1")
    await asked("POST", "/suppressions", {"user_ids": ["ada"]})
    assert 1 == await stored_after("m2")
    await asked("POST", "/suppressions/delete", {"user_ids": ["ada"]})
    assert 2 == await stored_after("m3")


async def test_a_test_of_a_destination_knows_the_list(asked):
    await asked("POST", "/sources", {"name": "web"})
    _, made = await asked(
        "POST",
        "/destinations",
        {
            "kind": "webhook",
            "sources": ["web"],
            "settings": {"url": "https://crm.test/in"},
            "consent_categories": ["Ads"],
        },
    )
    await asked("POST", "/suppressions", {"user_ids": ["ada"]})
    people = [{"type": "track", "event": "Bought", "userId": name} for name in ("ada", "grace")]
    for person in people:
        person["context"] = {"consent": {"categoryPreferences": {"Ads": False}}}
    _, tried = await asked("POST", f"/destinations/{made['id']}/test", {"events": people})

    assert ["Ads"] == made["consent_categories"]
    assert ["USER_SUPPRESSED", "FILTERED_BY_END_USER_CONSENT: they have not agreed to Ads."] == [
        one["reason"] for one in tried["results"]
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"user_ids": []}, "Give 1 to 5,000 user ids"),
        ({"user_ids": ["ada", ""]}, "/user_ids/1"),
        ({"user_ids": [f"u{number}" for number in range(5_001)]}, "not 5,001"),
    ],
    ids=["none", "empty", "too many"],
)
async def test_refuses_what_is_no_list_of_ids(asked, body, why):
    for path in ("/suppressions", "/suppressions/delete"):
        status, answer = await asked("POST", path, body)
        assert 400 == status
        assert why in answer["error"]["reason"]
    assert ([], None) == await listed(asked)


async def test_an_operator_may_change_the_list_and_a_viewer_may_look(asked):
    keys = {}
    for role in ("viewer", "operator"):
        _, made = await asked("POST", "/keys", {"role": role})
        keys[role] = made["key"]

    assert 403 == (await asked("POST", "/suppressions", {"user_ids": ["ada"]}, key=keys["viewer"]))[0]
    assert 200 == (await asked("POST", "/suppressions", {"user_ids": ["ada"]}, key=keys["operator"]))[0]
    assert 200 == (await asked("GET", "/suppressions", key=keys["viewer"]))[0]


async def test_the_settings_document_follows_a_destinations_consent(asked, rooms):
    _, source = await asked("POST", "/sources", {"name": "web"})
    path = f"/v1/projects/{source['write_keys'][0]['key']}/settings"

    async def told():
        call = Call(method="GET", path=path, query="", headers={"host": "h"}, body=b"")
        return json.loads((await rooms.collector.accept(call)).body).get("consentSettings")

    settings = {"url": "https://crm.test/in"}
    _, made = await asked("POST", "/destinations", {"kind": "webhook", "sources": ["web"], "settings": settings})
    assert await told() is None
    await asked("PATCH", f"/destinations/{made['id']}", {"consent_categories": ["Ads"]})
    assert {"allCategories": ["Ads"], "hasUnmappedDestinations": False} == await told()
    await asked("PATCH", f"/destinations/{made['id']}", {"enabled": False})
    assert await told() is None
