"""/api/destination-kinds, and destinations whose kind is no longer there."""

import pytest
from sqlalchemy import update

from fresh_rooms import client_of
from headwater.deliver import catalogue
from headwater.store import tables


@pytest.fixture
async def client(rooms):
    async with client_of(rooms, authorization="Bearer token") as client:
        yield client


async def test_every_kind_is_shown_with_all_that_a_form_needs(client):
    kinds = (await client.get("/api/destination-kinds")).json()["destination_kinds"]
    (slack,) = [kind for kind in kinds if kind["name"] == "slack"]

    assert list(catalogue.kinds()) == [kind["name"] for kind in kinds]
    assert ["identify", "track"] == slack["types"]
    assert {"name": "post", "title": "Post message", "batch": None} == slack["actions"][0]
    assert "https://docs.slack.dev/apis/web-api/rate-limits" in [limit["source"] for limit in slack["limits"]]


async def test_settings_that_contradict_each_other_are_a_400_that_says_what_to_do(client):
    await client.post("/api/sources", json={"name": "web"})
    wanted = {"kind": "http-api", "sources": ["web"], "settings": {"url": "https://a.test", "auth": "bearer"}}
    answer = await client.post("/api/destinations", json=wanted)

    assert 400 == answer.status_code
    assert "`token` for auth=bearer" in answer.json()["error"]["reason"]


async def test_a_destination_whose_plug_in_is_gone_is_listed_beside_the_others_and_shows_nothing(client, rooms):
    await client.post("/api/sources", json={"name": "web"})
    wanted = {"kind": "webhook", "sources": ["web"], "settings": {"url": "https://a.test/hush", "method": "PUT"}}
    for name in ("gone", "there"):
        await client.post("/api/destinations", json={**wanted, "name": name})
    change = update(tables.destinations).where(tables.destinations.c.name == "gone").values(kind="pigeon")
    await rooms.database.write(lambda connection: connection.execute(change))
    found = {one["name"]: one for one in (await client.get("/api/destinations")).json()["destinations"]}

    assert {"***"} == {value for value in found["gone"]["settings"].values() if value}
    assert "https://a.test/hush" == found["there"]["settings"]["url"]
