import re
from urllib.parse import quote

import pytest
from admin_stage import PEOPLE, READY_HASH, VIEWER, AdminStage, made, person, with_hash

from headwater.identity.people import search
from headwater.store.tables import addresses, credentials, identifiers, identities, sessions

NOBODY = "22222222-2222-4222-8222-222222222222"
INJECTIONS = ("' OR '1'='1", "'; DROP TABLE identities; --", '" OR 1=1 --', "%", "_", "\\", "\x00")


@pytest.fixture
async def stage(tmp_path):
    stage = await AdminStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


def following(answer):
    found = re.search(r'<([^>]+)>; rel="next"', answer.headers["link"])
    return found[1] if found else None


async def walk(client, url):
    seen = []
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        seen += [item["id"] for item in answer.json()]
        url = following(answer)
    return seen


@pytest.mark.parametrize("path", [PEOPLE, f"{PEOPLE}/{NOBODY}", f"{PEOPLE}/by/external/x", "/admin/sessions"])
async def test_people_are_shown_to_operators_only(stage, path):
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"X-Session-Token": "admin-key"}):
        async with stage.client(headers) as stranger:
            assert (await stranger.get(path)).status_code == 401


async def test_a_sign_up_token_opens_nothing_for_operators(stage, client):
    _, token = await stage.sign_in((await made(client, person()))["id"])
    for headers in ({"Authorization": f"Bearer {token.reveal()}"}, {"X-Session-Token": token.reveal()}):
        async with stage.client(headers) as ada:
            assert (await ada.get(PEOPLE)).status_code == 401


async def test_a_viewer_may_look_but_change_nothing(stage, client):
    url = f"{PEOPLE}/{(await made(client, person()))['id']}"
    async with stage.client(VIEWER) as viewer:
        assert (await viewer.get(url)).status_code == 200
        answers = [
            await viewer.delete(url),
            await viewer.post(PEOPLE, json=person("b@example.org")),
            await viewer.put(url, json=person()),
            await viewer.patch(url, json=[]),
            await viewer.patch(PEOPLE, json={"identities": []}),
            await viewer.delete(f"{url}/credentials/password"),
            await viewer.delete(f"{url}/sessions"),
            await viewer.delete(f"/admin/sessions/{NOBODY}"),
            await viewer.patch(f"/admin/sessions/{NOBODY}/extend"),
        ]
    assert [answer.status_code for answer in answers] == [403] * len(answers)


async def test_one_person_with_how_they_sign_in_but_not_their_hash(client):
    ada = await made(client, with_hash("ada@example.org"))
    answer = await client.get(f"{PEOPLE}/{ada['id'].upper()}")

    assert answer.json() == ada
    credential = answer.json()["credentials"]["password"]
    assert credential["identifiers"] == ["ada@example.org"]
    assert "config" not in credential
    assert READY_HASH not in answer.text


async def test_a_hash_is_shown_to_who_asks_for_it_by_name_only(client):
    ada = await made(client, with_hash("ada@example.org"))
    url = f"{PEOPLE}/{ada['id']}"

    asked = await client.get(url, params={"include_credential": "password"})
    assert asked.json()["credentials"]["password"]["config"] == {"hashed_password": READY_HASH}
    for params in ({"include_credential": "oidc"}, {}):
        assert READY_HASH not in (await client.get(url, params=params)).text
    refused = await client.get(url, params={"include_credential": "nonsense"})
    assert refused.status_code == 400
    listed = await client.get(PEOPLE, params={"include_credential": "password"})
    assert listed.json()[0]["credentials"]["password"]["config"] == {"hashed_password": READY_HASH}
    assert "credentials" not in (await client.get(PEOPLE)).json()[0]


async def test_an_identity_looks_as_it_does_at_ory(client):
    ada = await made(client, person(external_id="crm-1", metadata_public={"a": 1}, metadata_admin={"b": 2}))

    assert ada.keys() == {
        "id",
        "external_id",
        "credentials",
        "schema_id",
        "schema_url",
        "state",
        "state_changed_at",
        "traits",
        "verifiable_addresses",
        "recovery_addresses",
        "metadata_public",
        "metadata_admin",
        "created_at",
        "updated_at",
        "organization_id",
    }
    (address,) = ada["verifiable_addresses"]
    assert address.keys() == {"id", "value", "verified", "via", "status", "created_at", "updated_at"}
    assert ada["recovery_addresses"][0].keys() == {"id", "value", "via", "created_at", "updated_at"}
    # Kratos holds the identifier for a person without a password too.
    assert ada["credentials"]["password"].keys() == {"type", "identifiers", "version", "created_at", "updated_at"}
    for moment in (ada["created_at"], ada["updated_at"], ada["state_changed_at"], address["created_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", moment)


@pytest.mark.parametrize("strange", [NOBODY, "nonsense", "'%20OR%201=1", "%00"])
async def test_a_stranger_is_404(client, strange):
    await made(client, person())
    for answer in (
        await client.get(f"{PEOPLE}/{strange}"),
        await client.delete(f"{PEOPLE}/{strange}"),
        await client.put(f"{PEOPLE}/{strange}", json=person()),
        await client.patch(f"{PEOPLE}/{strange}", json=[]),
        await client.delete(f"{PEOPLE}/{strange}/credentials/password"),
        await client.get(f"{PEOPLE}/by/external/{strange}"),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["reason"]


@pytest.mark.parametrize("external_id", ["crm-1", "https://crm.example.org//7", "auth0|ü ?#%41"])
async def test_finds_by_external_id_whatever_is_in_it(client, external_id):
    ada = await made(client, person(external_id=external_id))
    await made(client, person("grace@example.org"))

    answer = await client.get(f"{PEOPLE}/by/external/{quote(external_id, safe='')}")
    assert answer.json()["id"] == ada["id"]
    assert answer.json()["external_id"] == external_id


async def test_the_list_goes_page_by_page_and_shows_everyone_once(client):
    everyone = {(await made(client, person(f"ada{n}@example.org")))["id"] for n in range(5)}
    answer = await client.get(f"{PEOPLE}?page_size=2")
    assert '; rel="first"' in answer.headers["link"]

    seen = await walk(client, f"{PEOPLE}?page_size=2")
    assert len(seen) == 5
    assert set(seen) == everyone


async def test_people_who_come_while_someone_pages_shift_nobody(client):
    before = {(await made(client, person(f"ada{n}@example.org")))["id"] for n in range(9)}
    seen, url, number = [], f"{PEOPLE}?page_size=2", 0
    while url:
        answer = await client.get(url)
        seen += [item["id"] for item in answer.json()]
        url = following(answer)
        for _ in range(3):
            await made(client, person(f"new{number}@example.org"))
            number += 1
        assert number < 200

    assert len(seen) == len(set(seen))
    assert before <= set(seen)


async def test_links_keep_the_filters(client):
    for n in range(3):
        await made(client, person(f"ada&{n}@example.org"))
    params = {"preview_credentials_identifier_similar": "ada&", "page_size": "1", "include_credential": "password"}
    answer = await client.get(PEOPLE, params=params)

    assert "preview_credentials_identifier_similar=ada%26" in following(answer)
    assert len(await walk(client, following(answer))) == 2


async def test_old_clients_page_by_number_and_get_the_total(client):
    everyone = {(await made(client, person(f"ada{n}@example.org")))["id"] for n in range(5)}
    pages = [await client.get(PEOPLE, params={"page": n, "per_page": 2}) for n in range(3)]

    assert {item["id"] for page in pages for item in page.json()} == everyone
    assert [page.headers["x-total-count"] for page in pages] == ["5"] * 3
    links = pages[1].headers["link"]
    assert re.findall(r'page=(\d)&per_page=2>; rel="(\w+)"', links) == [
        ("0", "first"),
        ("2", "next"),
        ("0", "prev"),
        ("2", "last"),
    ]
    assert (await client.get(PEOPLE, params={"page": 600, "per_page": 2})).status_code == 400


async def test_a_page_has_bounds_however_large_it_is_asked_for(client):
    for page_size, shown in (("0", 250), ("-1", 250), ("1001", 1000), ("7", 7), ("9" * 30, 1000)):
        answer = await client.get(PEOPLE, params={"page_size": page_size})
        assert f"page_size={shown}&" in answer.headers["link"]


async def test_finds_by_identifier_in_any_spelling_and_by_ids(client):
    ada = await made(client, person("ada@example.org"))
    grace = await made(client, person("grace@example.org"))

    found = await client.get(PEOPLE, params={"credentials_identifier": "ADA@Example.ORG"})
    assert [item["id"] for item in found.json()] == [ada["id"]]
    assert found.json()[0]["credentials"]["password"]["identifiers"] == ["ada@example.org"]
    both = await client.get(PEOPLE, params={"ids": [ada["id"], grace["id"].upper(), NOBODY]})
    assert {item["id"] for item in both.json()} == {ada["id"], grace["id"]}
    alike = await client.get(PEOPLE, params={"preview_credentials_identifier_similar": "GRA"})
    assert [item["id"] for item in alike.json()] == [grace["id"]]


@pytest.mark.parametrize("prefix", ["ADA", "ada1", "google:Ada", "nobody", "%"])
async def test_a_prefix_that_many_have_finds_the_same_people_by_another_way(stage, client, prefix):
    for n in range(4):
        providers = [{"provider": "google", "subject": f"Ada-{n}"}]
        more = {"credentials": {"oidc": {"config": {"providers": providers}}}} if n % 2 else {}
        await made(client, person(f"ada{n}@example.org", **more))
    await made(client, person("grace@example.org"))

    def pages(connection, *, common):
        found, after = [], NOBODY.replace("2", "0")
        while one := search.page(
            connection, project_id=stage.project_id, after=after, limit=2, prefix=prefix, common=common
        ):
            found += [account.id for account in one]
            after = found[-1]
        return found

    walked = await stage.database.read(lambda connection: pages(connection, common=0))
    ordered = await stage.database.read(lambda connection: pages(connection, common=1_000))

    assert ordered == walked
    assert {"ADA": 4, "ada1": 1, "google:Ada": 2}.get(prefix, 0) == len(walked)


async def test_finds_by_an_account_elsewhere_exactly_as_it_is_spelt(client):
    providers = [{"provider": "google", "subject": "Ada-42"}]
    ada = await made(client, person(credentials={"oidc": {"config": {"providers": providers}}}))

    found = await client.get(PEOPLE, params={"credentials_identifier": "google:Ada-42"})
    assert [item["id"] for item in found.json()] == [ada["id"]]
    assert (await client.get(PEOPLE, params={"credentials_identifier": "google:ada-42"})).json() == []


@pytest.mark.parametrize("name", ["credentials_identifier", "preview_credentials_identifier_similar"])
async def test_sql_in_a_filter_is_a_text_that_nobody_has(stage, client, name):
    await made(client, person())
    for attack in INJECTIONS:
        answer = await client.get(PEOPLE, params={name: attack})
        # An identifier of nothing but what can't be seen is empty, which every identifier begins with.
        everyone = attack == "\x00" and name.startswith("preview")
        assert (answer.status_code, len(answer.json())) == (200, 1 if everyone else 0), attack
    assert await stage.count(identities) == 1


async def test_sql_in_an_id_is_refused(stage, client):
    await made(client, person())
    for name in ("ids", "page_token", "organization_id", "page_size"):
        for attack in INJECTIONS:
            answer = await client.get(PEOPLE, params={name: attack})
            assert answer.status_code == 400, (name, attack)
    assert await stage.count(identities) == 1


async def test_a_listing_that_makes_no_sense_is_refused_with_a_reason(client):
    for params in (
        {"page_size": "many"},
        {"page_token": "nonsense"},
        {"ids": "nonsense"},
        {"ids": [NOBODY] * 501},
        {"ids": NOBODY, "credentials_identifier": "a"},
        {"credentials_identifier": "a", "preview_credentials_identifier_similar": "a"},
        {"include_credential": "nonsense"},
        {"organization_id": "nonsense"},
        {"page": "one"},
    ):
        answer = await client.get(PEOPLE, params=params)
        assert answer.status_code == 400, params
        assert answer.json()["error"]["reason"]


async def test_nobody_belongs_to_an_organization_and_consistency_is_always_strong(client):
    await made(client, person())

    assert (await client.get(PEOPLE, params={"organization_id": NOBODY})).json() == []
    assert len((await client.get(PEOPLE, params={"consistency": "eventual"})).json()) == 1


async def test_people_of_another_project_are_not_ours(stage, client):
    ada = await made(client, person(external_id="crm-1"))
    stage.project_id, stage.revision = NOBODY, 1

    assert (await client.get(PEOPLE)).json() == []
    assert (await client.get(PEOPLE, params={"ids": ada["id"]})).json() == []
    for method, path in (
        ("GET", f"{PEOPLE}/{ada['id']}"),
        ("DELETE", f"{PEOPLE}/{ada['id']}"),
        ("GET", f"{PEOPLE}/by/external/crm-1"),
    ):
        assert (await client.request(method, path)).status_code == 404


async def test_deleting_someone_leaves_nothing_but_the_event(stage, client):
    ada = await made(client, with_hash("ada@example.org"))
    _, token = await stage.sign_in(ada["id"])
    answer = await client.delete(f"{PEOPLE}/{ada['id']}")

    assert answer.status_code == 204
    assert answer.content == b""
    for table in (identities, credentials, identifiers, addresses, sessions):
        assert await stage.count(table) == 0
    assert not await stage.is_signed_in(token)
    assert [event["event"] for event in await stage.events()] == ["Identity Created", "Identity Deleted"]
    assert (await stage.records())[1].user_id == ada["id"]

    await made(client, with_hash("ada@example.org"))  # the identifier is free again


async def test_no_event_tells_a_trait(stage, client):
    ada = await made(client, person())
    await client.put(f"{PEOPLE}/{ada['id']}", json=person("lovelace@example.org"))
    await client.delete(f"{PEOPLE}/{ada['id']}")

    told = [record.body for record in await stage.records()]
    assert len(told) == 3
    assert not [body for body in told if b"example.org" in body]
