import re

import pytest
from admin_stage import PEOPLE, AdminStage, made, person

from headwater.store.tables import sessions

SESSIONS = "/admin/sessions"
NOBODY = "22222222-2222-4222-8222-222222222222"
HOUR = 3600


@pytest.fixture
async def stage(tmp_path):
    stage = await AdminStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


@pytest.fixture
async def ada(client):
    return await made(client, person(metadata_admin={"tier": 1}))


def following(answer):
    found = re.search(r'<([^>]+)>; rel="next"', answer.headers["link"])
    return found[1] if found else None


async def test_sessions_are_listed_newest_first_without_a_token_anywhere(stage, client, ada):
    tokens = []
    for _ in range(3):
        session, token = await stage.sign_in(ada["id"])
        tokens.append((session.id, token))
        stage.clock.advance(1)
    answer = await client.get(SESSIONS)

    assert [item["id"] for item in answer.json()] == [id_ for id_, _ in reversed(tokens)]
    assert answer.json()[0].keys() == {
        "id",
        "active",
        "expires_at",
        "authenticated_at",
        "authenticator_assurance_level",
        "authentication_methods",
        "issued_at",
        "identity",
        "devices",
    }
    assert answer.json()[0]["identity"] is None
    assert answer.json()[0]["devices"] is None
    assert not [token for _, token in tokens if token.reveal() in answer.text]


async def test_what_is_asked_for_is_shown_beside_a_session(stage, client, ada):
    session, _ = await stage.sign_in(ada["id"])
    params = {"expand": ["Identity", "devices"]}
    one = (await client.get(f"{SESSIONS}/{session.id.upper()}", params=params)).json()

    assert one["identity"]["id"] == ada["id"]
    assert one["identity"]["metadata_admin"] == {"tier": 1}
    assert one["devices"][0]["user_agent"] == "Ada's phone"
    assert (await client.get(SESSIONS, params=params)).json() == [one]


async def test_paging_shows_every_session_once_while_people_sign_in(stage, client, ada):
    before = []
    for _ in range(7):
        before.append((await stage.sign_in(ada["id"]))[0].id)
        stage.clock.advance(0 if len(before) % 2 else 1)  # some begin in the same moment
    seen, url = [], f"{SESSIONS}?page_size=2"
    while url:
        answer = await client.get(url)
        seen += [item["id"] for item in answer.json()]
        url = following(answer)
        await stage.sign_in(ada["id"])

    assert sorted(seen) == sorted(before) or len(seen) == len(set(seen)) >= len(before)
    assert set(before) <= set(seen)


async def test_active_tells_those_that_count_from_those_that_ended(stage, client, ada):
    short, _ = await stage.sign_in(ada["id"], lifespan_seconds=10)
    revoked, _ = await stage.sign_in(ada["id"])
    running, _ = await stage.sign_in(ada["id"])
    await client.delete(f"{SESSIONS}/{revoked.id}")
    stage.clock.advance(11)

    for path in (SESSIONS, f"{PEOPLE}/{ada['id']}/sessions"):
        active = (await client.get(path, params={"active": "true"})).json()
        assert [(item["id"], item["active"]) for item in active] == [(running.id, True)]
        ended = (await client.get(path, params={"active": "false"})).json()
        assert {item["id"] for item in ended} == {short.id, revoked.id}
        assert not [item for item in ended if item["active"]]
        assert len((await client.get(path)).json()) == 3


async def test_a_session_of_someone_inactive_does_not_count(stage, client, ada):
    session, _ = await stage.sign_in(ada["id"])
    await client.patch(f"{PEOPLE}/{ada['id']}", json=[{"op": "replace", "path": "/state", "value": "inactive"}])

    shown = (await client.get(f"{SESSIONS}/{session.id}", params={"expand": "identity"})).json()
    assert shown["active"] is False


async def test_a_listing_that_makes_no_sense_is_refused(client):
    for params in (
        {"active": "maybe"},
        {"active": "' OR 1=1"},
        {"expand": "passwords"},
        {"page_size": "many"},
        {"page_token": "nonsense"},
        {"page_token": "1_' OR 1=1 --"},
        {"page_token": "9" * 40 + "_" + NOBODY},
    ):
        answer = await client.get(SESSIONS, params=params)
        assert answer.status_code == 400, params
        assert answer.json()["error"]["reason"]


async def test_an_ended_session_opens_nothing_but_stays_to_be_seen(stage, client, ada):
    session, token = await stage.sign_in(ada["id"])
    for _ in range(2):
        assert (await client.delete(f"{SESSIONS}/{session.id}")).status_code == 204

    assert not await stage.is_signed_in(token)
    assert (await client.get(f"{SESSIONS}/{session.id}")).json()["active"] is False


async def test_signing_someone_out_everywhere_leaves_others_alone(stage, client, ada):
    grace = await made(client, person("grace@example.org"))
    mine = [(await stage.sign_in(ada["id"]))[1] for _ in range(2)]
    _, hers = await stage.sign_in(grace["id"])
    url = f"{PEOPLE}/{ada['id']}/sessions"

    assert (await client.delete(url)).status_code == 204
    assert not [token for token in mine if await stage.is_signed_in(token)]
    assert await stage.is_signed_in(hers)
    assert (await client.delete(url)).status_code == 404
    assert (await client.get(url)).json() == []


async def test_someones_sessions_come_in_pages_with_their_number(stage, client, ada):
    for _ in range(5):
        await stage.sign_in(ada["id"])
        stage.clock.advance(1)
    seen, url = [], f"{PEOPLE}/{ada['id']}/sessions?page_size=2"
    while url:
        answer = await client.get(url)
        assert answer.headers["x-total-count"] == "5"
        seen += [item["id"] for item in answer.json()]
        url = following(answer)

    assert len(seen) == len(set(seen)) == 5
    for page, found in ((0, seen[:2]), (1, seen[:2]), (2, seen[2:4]), (3, seen[4:]), (4, [])):
        old = await client.get(f"{PEOPLE}/{ada['id']}/sessions", params={"page": page, "per_page": 2})
        assert [item["id"] for item in old.json()] == found


async def test_no_link_header_is_sent_with_nothing_in_it(client, ada):
    """Some clients stumble over one: here nobody has signed in, and there is one person."""
    for path in (f"{PEOPLE}/{ada['id']}/sessions", f"{PEOPLE}?page=0", SESSIONS):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert '; rel="first"' in answer.headers["link"]


async def test_one_session_has_a_list_of_devices_even_if_nobody_asked_for_them(stage, client, ada):
    session, _ = await stage.sign_in(ada["id"])
    assert (await client.get(f"{SESSIONS}/{session.id}")).json()["devices"] == []
    shown = (await client.get(f"{SESSIONS}/{session.id}", params={"expand": "devices"})).json()
    assert [device["user_agent"] for device in shown["devices"]] == ["Ada's phone"]


async def test_extending_gives_a_whole_lifespan_from_now(stage, client, ada):
    session, token = await stage.sign_in(ada["id"], lifespan_seconds=HOUR)
    stage.clock.advance(HOUR - 10)
    answer = await client.patch(f"{SESSIONS}/{session.id}/extend")

    assert answer.status_code == 200
    assert answer.json()["identity"]["id"] == ada["id"]
    stage.clock.advance(24 * HOUR - 10)
    assert await stage.is_signed_in(token)


async def test_extending_too_early_or_too_late_changes_nothing(stage, client, ada):
    stage.revise(lambda whole: whole["session"].update(earliest_possible_extend="1h"))
    session, token = await stage.sign_in(ada["id"], lifespan_seconds=3 * HOUR)
    before = (await client.get(f"{SESSIONS}/{session.id}")).json()["expires_at"]
    early = await client.patch(f"{SESSIONS}/{session.id}/extend")
    assert (early.status_code, early.json()["expires_at"]) == (200, before)

    stage.clock.advance(3 * HOUR + 1)
    late = await client.patch(f"{SESSIONS}/{session.id}/extend")
    assert (late.status_code, late.json()["expires_at"], late.json()["active"]) == (200, before, False)
    assert not await stage.is_signed_in(token)  # who holds the token does not come back


async def test_a_revoked_session_is_not_revived_by_extending(stage, client, ada):
    session, token = await stage.sign_in(ada["id"])
    await client.delete(f"{SESSIONS}/{session.id}")
    await client.patch(f"{SESSIONS}/{session.id}/extend")

    assert not await stage.is_signed_in(token)


async def test_extending_says_nothing_where_the_project_asks_for_that(stage, client, ada):
    stage.revise(lambda whole: whole.update(feature_flags={"faster_session_extend": True}))
    session, _ = await stage.sign_in(ada["id"])
    answer = await client.patch(f"{SESSIONS}/{session.id}/extend")

    assert answer.status_code == 204
    assert answer.content == b""


@pytest.mark.parametrize(("strange", "status"), [(NOBODY, 404), ("nonsense", 400), ("'%20OR%201=1", 400)])
async def test_a_session_that_is_not_there(stage, client, ada, strange, status):
    await stage.sign_in(ada["id"])
    for method, path in (
        ("GET", f"{SESSIONS}/{strange}"),
        ("DELETE", f"{SESSIONS}/{strange}"),
        ("PATCH", f"{SESSIONS}/{strange}/extend"),
        ("DELETE", f"{PEOPLE}/{strange}/sessions"),
    ):
        assert (await client.request(method, path)).status_code == status
    assert await stage.count(sessions) == 1


async def test_sessions_of_another_project_are_not_ours(stage, client, ada):
    session, _ = await stage.sign_in(ada["id"])
    stage.project_id, stage.revision = NOBODY, 1

    assert (await client.get(SESSIONS)).json() == []
    assert (await client.get(f"{SESSIONS}/{session.id}")).status_code == 404
    assert (await client.delete(f"{SESSIONS}/{session.id}")).status_code == 404
    assert (await client.patch(f"{SESSIONS}/{session.id}/extend")).status_code == 404
    assert (await client.delete(f"{PEOPLE}/{ada['id']}/sessions")).status_code == 404
    assert (await client.get(f"{PEOPLE}/{ada['id']}/sessions")).json() == []
