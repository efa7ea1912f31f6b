import re

import pytest
from identity_stage import ADA, ADMIN, GRACE, VIEWER, register

from headwater.store.tables import addresses, credentials, identifiers, identities, sessions

PEOPLE = "/admin/identities"


@pytest.mark.parametrize("path", [PEOPLE, f"{PEOPLE}/22222222-2222-4222-8222-222222222222"])
async def test_people_are_shown_to_operators_only(client, path):
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers={"Authorization": "Bearer nonsense"})).status_code == 401


async def test_a_sign_up_token_opens_nothing_for_operators(client):
    token = (await register(client))["session_token"]
    for headers in ({"Authorization": f"Bearer {token}"}, {"X-Session-Token": token}):
        assert (await client.get(PEOPLE, headers=headers)).status_code == 401


async def test_a_viewer_may_look_but_not_delete(client):
    person = (await register(client))["identity"]["id"]

    assert (await client.get(f"{PEOPLE}/{person}", headers=VIEWER)).status_code == 200
    assert (await client.delete(f"{PEOPLE}/{person}", headers=VIEWER)).status_code == 403


async def test_one_person_with_how_they_sign_in_but_not_their_hash(client):
    person = (await register(client))["identity"]["id"]
    answer = await client.get(f"{PEOPLE}/{person.upper()}", headers=ADMIN)

    assert answer.json()["traits"] == ADA
    credential = answer.json()["credentials"]["password"]
    assert credential["identifiers"] == ["ada@example.org"]
    assert "config" not in credential
    assert "argon2" not in answer.text


@pytest.mark.parametrize("strange", ["22222222-2222-4222-8222-222222222222", "nonsense", "'%20OR%201=1"])
async def test_a_stranger_is_404(client, strange):
    assert (await client.get(f"{PEOPLE}/{strange}", headers=ADMIN)).status_code == 404
    assert (await client.delete(f"{PEOPLE}/{strange}", headers=ADMIN)).status_code == 404


async def test_the_list_goes_page_by_page_and_shows_everyone_once(client):
    made = {(await register(client, {**ADA, "email": f"ada{n}@example.org"}))["identity"]["id"] for n in range(5)}
    seen: list[str] = []
    url = f"{PEOPLE}?page_size=2"
    while url:
        answer = await client.get(url, headers=ADMIN)
        assert answer.status_code == 200
        seen += [person["id"] for person in answer.json()]
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers["link"])
        url = following[1] if following else ""
        assert '; rel="first"' in answer.headers["link"]

    assert len(seen) == 5
    assert set(seen) == made


async def test_finds_by_identifier_in_any_spelling_and_by_ids(client):
    ada = (await register(client, ADA))["identity"]["id"]
    grace = (await register(client, GRACE))["identity"]["id"]

    found = await client.get(PEOPLE, params={"credentials_identifier": "ADA@Example.ORG"}, headers=ADMIN)
    assert [person["id"] for person in found.json()] == [ada]
    none = await client.get(PEOPLE, params={"credentials_identifier": "' OR '1'='1"}, headers=ADMIN)
    assert none.json() == []
    both = await client.get(PEOPLE, params={"ids": [ada, grace]}, headers=ADMIN)
    assert {person["id"] for person in both.json()} == {ada, grace}


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"page_size": "0"}, 400),
        ({"page_size": "1001"}, 400),
        ({"page_size": "many"}, 400),
        ({"page_token": "nonsense"}, 400),
        ({"ids": "nonsense"}, 400),
        ({"ids": "22222222-2222-4222-8222-222222222222", "credentials_identifier": "a"}, 400),
        ({"include_credential": "password"}, 501),
    ],
)
async def test_a_listing_that_makes_no_sense_is_refused_with_a_reason(client, params, status):
    answer = await client.get(PEOPLE, params=params, headers=ADMIN)

    assert answer.status_code == status
    assert answer.json()["error"]["reason"]


async def test_deleting_someone_leaves_nothing_but_the_event(stage, client):
    done = await register(client)
    answer = await client.delete(f"{PEOPLE}/{done['identity']['id']}", headers=ADMIN)

    assert answer.status_code == 204
    assert answer.content == b""
    for table in (identities, credentials, identifiers, addresses, sessions):
        assert await stage.count(table) == 0
    whoami = await client.get("/sessions/whoami", headers={"X-Session-Token": done["session_token"]})
    assert whoami.status_code == 401
    assert [event["event"] for event in await stage.events()] == ["Signed Up", "Identity Deleted"]
    assert (await stage.records())[1].user_id == done["identity"]["id"]

    await register(client)  # the identifier is free again
