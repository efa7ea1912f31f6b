"""Several projects in one server: each lives on its own host, and nothing of one is worth anything at another."""

import asyncio

import httpx
import msgspec
import pytest

from headwater.wiring.project_apps import ProjectApps
from unit.wiring.projects_stage import OPERATOR, URL, Stage, begun, captured_code, signed_in, signed_up

ADA = "ada@example.org"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def stage(tmp_path):
    async with Stage(tmp_path) as opened:
        yield opened


async def test_a_project_lives_on_its_own_host_and_its_flows_say_so(stage):
    async with stage.at(stage.other) as client:
        flow = await begun(client, "registration")

    assert flow["ui"]["action"].startswith(f"http://{stage.other.slug}.projects.localhost:4433/self-service/")


async def test_the_default_project_is_at_the_plain_address_and_under_its_own_name_too(stage):
    async with stage.at() as plain, stage.at(stage.default) as named:
        await signed_up(plain, ADA)

        assert 200 == (await signed_in(named, ADA)).status_code
        assert (await begun(named, "login"))["ui"]["action"].startswith(URL)


async def test_people_who_read_pages_under_the_default_projects_name_are_sent_to_where_its_cookies_are(stage):
    async with stage.at(stage.default) as client:
        page = await client.get("/ui/login", params={"return_to": "/a b"}, headers={"accept": "text/html"})

    assert (307, f"{URL}/ui/login?return_to=%2Fa+b") == (page.status_code, page.headers["location"])


async def test_the_same_address_signs_up_at_each_project_and_is_two_people(stage):
    async with stage.at() as here, stage.at(stage.other) as there:
        mine, theirs = await signed_up(here, ADA), await signed_up(there, ADA)

    assert mine["identity"]["id"] != theirs["identity"]["id"]


async def test_who_signed_up_at_one_project_is_unknown_at_the_other(stage):
    async with stage.at() as here, stage.at(stage.other) as there:
        await signed_up(here, ADA)
        answer = await signed_in(there, ADA)

    assert 400 == answer.status_code
    assert [4000006] == [message["id"] for message in answer.json()["ui"]["messages"]]


async def test_a_session_is_nothing_at_another_project_by_token_or_by_cookie(stage):
    async with stage.at() as here, stage.at(stage.other) as there:
        token = (await signed_up(here, ADA))["session_token"]
        mine = await here.get("/sessions/whoami", headers={"x-session-token": token})
        carried = [
            await there.get("/sessions/whoami", headers={"x-session-token": token}),
            await there.get("/sessions/whoami", headers={"authorization": f"Bearer {token}"}),
            await there.get("/sessions/whoami", headers={"cookie": f"ory_kratos_session={token}"}),
        ]
        ended = await there.request("DELETE", "/self-service/logout/api", json={"session_token": token})
        still = await here.get("/sessions/whoami", headers={"x-session-token": token})

    assert 200 == mine.status_code
    assert [401] * 3 == [one.status_code for one in carried]
    assert (403, 200) == (ended.status_code, still.status_code)


async def test_a_flow_can_be_neither_seen_nor_submitted_at_another_project(stage):
    async with stage.at() as here, stage.at(stage.other) as there:
        flow = await begun(here, "registration")
        seen = await there.get("/self-service/registration/flows", params={"id": flow["id"]})
        body = {"method": "password", "password": "correct-horse-battery-staple", "traits": {"email": ADA}}
        sent = await there.post("/self-service/registration", params={"flow": flow["id"]}, json=body)

    assert [404, 404] == [seen.status_code, sent.status_code]


async def test_a_recovery_code_of_one_project_opens_nothing_at_another(stage):
    async with stage.at() as here, stage.at(stage.other) as there:
        for client in (here, there):
            await signed_up(client, ADA)
        mine, theirs = await begun(here, "recovery"), await begun(there, "recovery")
        for client, flow in ((here, mine), (there, theirs)):
            body = {"method": "code", "email": ADA}
            await client.post("/self-service/recovery", params={"flow": flow["id"]}, json=body)
        code = await captured_code(stage, stage.default)
        body = {"method": "code", "code": code}
        crossed = await there.post("/self-service/recovery", params={"flow": theirs["id"]}, json=body)

    assert [4060006] == [message["id"] for message in crossed.json()["ui"]["messages"]]


async def test_cookies_are_the_hosts_alone(stage):
    async with stage.at(stage.other) as client:
        begun_there = await client.get("/self-service/login/browser")

    cookies = begun_there.headers.get_list("set-cookie")
    assert cookies
    assert not any("domain=" in cookie.lower() for cookie in cookies)


async def test_a_project_can_not_have_its_cookies_sent_to_its_siblings(stage):
    domain = {"op": "add", "path": "/session/cookie/domain", "value": "localhost"}
    await stage.patched(stage.other, domain)
    async with stage.at(stage.other) as client:
        flow = (await client.get("/self-service/registration/browser", headers={"accept": "application/json"})).json()
        (csrf,) = [n["attributes"]["value"] for n in flow["ui"]["nodes"] if n["attributes"]["name"] == "csrf_token"]
        body = {
            "method": "password",
            "password": "correct-horse-battery-staple",
            "traits": {"email": ADA},
            "csrf_token": csrf,
        }
        done = await client.post(
            "/self-service/registration",
            params={"flow": flow["id"]},
            json=body,
            headers={"accept": "application/json"},
        )

    cookies = done.headers.get_list("set-cookie")
    assert any(cookie.startswith("ory_kratos_session=") for cookie in cookies), done.text
    assert not any("domain=" in cookie.lower() for cookie in cookies)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/identities"),
        ("POST", "/admin/identities"),
        ("DELETE", f"/admin/identities/{NOBODY}"),
        ("GET", "/admin/sessions"),
        ("GET", "/admin/courier/messages"),
        ("POST", "/admin/recovery/code"),
    ],
)
async def test_a_projects_key_is_refused_at_every_other_project(stage, method, path):
    mine, theirs = await stage.key_of(stage.default), await stage.key_of(stage.other)
    async with stage.at() as here, stage.at(stage.other) as there:
        refused = [
            await there.request(method, path, json={}, headers=mine),
            await here.request(method, path, json={}, headers=theirs),
        ]
        let_in = [
            await here.request(method, path, json={}, headers=mine),
            await there.request(method, path, json={}, headers=theirs),
        ]

    assert [403, 403] == [one.status_code for one in refused]
    assert "another project" in refused[0].json()["error"]["message"]
    assert not {401, 403} & {one.status_code for one in let_in}


async def test_a_workspace_key_is_good_for_every_project_and_each_lists_its_own(stage):
    async with stage.at(**OPERATOR) as here, stage.at(stage.other, **OPERATOR) as there:
        await signed_up(there, ADA)
        counted = [len((await client.get("/admin/identities")).json()) for client in (here, there)]

    assert [0, 1] == counted


async def test_somebody_of_another_project_is_not_found_by_their_id(stage):
    async with stage.at(**OPERATOR) as here, stage.at(stage.other, **OPERATOR) as there:
        theirs = (await signed_up(there, ADA))["identity"]["id"]
        tried = [
            await here.get(f"/admin/identities/{theirs}"),
            await here.delete(f"/admin/identities/{theirs}"),
            await here.patch(f"/admin/identities/{theirs}", json=[]),
        ]
        still = await there.get(f"/admin/identities/{theirs}")

    assert [404, 404, 404] == [one.status_code for one in tried]
    assert 200 == still.status_code


async def test_a_patch_of_one_project_changes_nothing_at_the_other_and_counts_at_the_next_request(stage):
    closed = {"op": "replace", "path": "/selfservice/flows/registration/enabled", "value": False}
    async with stage.at() as here, stage.at(stage.other) as there:
        await begun(there, "registration")
        await stage.patched(stage.other, closed)
        refused = await there.get("/self-service/registration/api")
        still = await here.get("/self-service/registration/api")

    assert [400, 200] == [refused.status_code, still.status_code]


@pytest.mark.parametrize("host", ["nobody.projects.localhost", "a--b.projects.127.0.0.1:4433"])
async def test_a_slug_that_no_project_has_is_told_so(stage, host):
    async with stage.at() as client:
        answer = await client.get("/self-service/login/api", headers={"host": host})

    assert (404, "unknown_project") == (answer.status_code, answer.json()["error"]["id"])
    assert "headwater list projects" in answer.json()["error"]["message"]


@pytest.mark.parametrize("host", ["api.localhost:4433", "project.localhost:4433", "API.LOCALHOST"])
async def test_the_console_api_answers_by_its_hosts(stage, host):
    async with stage.at(**OPERATOR) as client:
        answer = await client.get("/projects", headers={"host": host})

    assert {stage.default.id, stage.other.id} == {one["id"] for one in answer.json()}


async def test_the_workspaces_routes_are_on_no_projects_host(stage):
    async with stage.at(stage.other, **OPERATOR) as client:
        answers = [await client.get(path) for path in ("/projects", "/api/sources", "/api/keys", "/api/status")]

    assert {404} == {one.status_code for one in answers}


async def test_a_crowd_that_comes_at_once_gets_one_room(stage):
    built = []

    def build(project_id, url):
        built.append((project_id, url))
        return msgspec.structs.replace(stage.rooms.projects.default, project_id=project_id)

    default = stage.rooms.projects.default
    projects = ProjectApps(stage.rooms.database, default=default, home=URL, build=build)
    await projects.configured()
    await asyncio.gather(*(projects.at(stage.other.slug) for _ in range(20)))

    assert [(stage.other.id, f"http://{stage.other.slug}.projects.localhost:4433")] == built


async def test_mail_that_waits_is_delivered_after_a_start_without_anybody_coming(stage):
    async with stage.at(stage.other) as client:
        await signed_up(client, ADA)
        flow = await begun(client, "recovery")
        body = {"method": "code", "email": ADA}
        await client.post("/self-service/recovery", params={"flow": flow["id"]}, json=body)
    await stage.restart()
    delivering = asyncio.create_task(stage.rooms.projects.run())
    async with asyncio.timeout(10), stage.at(stage.other, **OPERATOR) as client:
        while not (mails := (await client.get("/admin/courier/messages?status=sent")).json()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)

    assert {ADA} == {mail["recipient"] for mail in mails}


async def test_a_project_is_there_as_soon_as_it_is_made_and_gone_as_soon_as_it_is_deleted(stage):
    async with stage.at(**OPERATOR) as operator:
        made = (await operator.post("/projects", json={"name": "third"})).json()
        async with stage.at(await stage.project(made["id"]), **OPERATOR) as there:
            token = (await signed_up(there, ADA))["session_token"]
            deleted = await operator.delete(f"/projects/{made['id']}")
            answers = [
                await there.get("/admin/identities"),
                await there.get("/sessions/whoami", headers={"x-session-token": token}),
            ]

    assert 204 == deleted.status_code
    assert [404, 404] == [one.status_code for one in answers]


async def test_a_deleted_projects_courier_goes_with_it(stage):
    delivering = asyncio.create_task(stage.rooms.projects.run())
    async with stage.at(stage.other) as client, stage.at(**OPERATOR) as operator:
        await signed_up(client, ADA)
        await operator.delete(f"/projects/{stage.other.id}")
        still = await stage.at(stage.default).get("/health/alive")
    is_running = not delivering.done()
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)

    assert (200, True) == (still.status_code, is_running)


async def test_what_is_not_a_page_of_the_default_project_is_answered_under_its_name(stage):
    async with stage.at(stage.default, **OPERATOR) as client:
        answer = await client.get("/admin/identities")

    assert (httpx.codes.OK, []) == (answer.status_code, answer.json())


async def test_origins_that_stand_beside_the_identity_config_may_call_that_project_and_no_other(stage):
    app = "https://app.example.org"
    rule = {"op": "replace", "path": "/cors_public", "value": {"enabled": True, "origins": ["*", app]}}
    async with stage.at(**OPERATOR) as client:
        patched = (await client.patch(f"/projects/{stage.other.id}", json=[rule])).json()
    allowed = []
    for project, origin in ((stage.other, app), (stage.other, "https://mallory.net"), (stage.default, app)):
        async with stage.at(project, origin=origin) as client:
            answer = await client.get("/sessions/whoami")
        allowed.append(answer.headers.get("access-control-allow-origin"))

    assert [app, None, None] == allowed
    assert ["key_without_effect"] == [one["id"] for one in patched["warnings"]]  # * is passed over, with a word
