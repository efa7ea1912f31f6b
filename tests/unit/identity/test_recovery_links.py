"""Recovery by a link from a mail, and by what an operator issues."""

import pytest
from identity_stage import ADMIN, AS_JSON, VIEWER, message_ids
from recovery_stage import AS_PAGE, EMAIL, again, begin, on_stage, path_of, send, sent, shape
from sqlalchemy import func, select

from headwater.store.tables import challenges, sessions


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


async def issue(client, what, person, headers=ADMIN, **body):
    return await client.post(f"/admin/recovery/{what}", json={"identity_id": person, **body}, headers=headers)


async def whoami(client):
    return await client.get("/sessions/whoami")


@pytest.mark.parametrize("how", ["api", "browser"])
async def test_the_form_stays_the_same_after_a_link_was_sent(stage, client, how):
    stage.use("link")
    shown = await sent(client, "recovery", how=how, method="link")
    assert (shown["state"], shown["active"], message_ids(shown)) == ("sent_email", "link", [1060002])
    assert shape(shown) == [("email", "email", EMAIL), ("method", "submit", "link")]


@pytest.mark.parametrize("how", ["api", "browser"])
@pytest.mark.parametrize("headers", [pytest.param(AS_JSON, id="app"), pytest.param(AS_PAGE, id="page")])
async def test_a_link_lets_in_whatever_browser_opens_it(stage, client, how, headers):
    stage.use("link")
    await sent(client, "recovery", how=how, method="link")
    async with stage.client(headers=headers) as elsewhere:
        answer = await elsewhere.get(await stage.link_to(EMAIL))
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"{stage.public_url}/ui/settings?flow=")
        session = (await whoami(elsewhere)).json()
        assert [item["method"] for item in session["authentication_methods"]] == ["link_recovery"]
        settings = await again(elsewhere, {"id": answer.headers["location"].partition("flow=")[2]}, "settings")
        assert message_ids(settings) == [1060001]
    assert (await stage.address()).verified


async def test_links_work_beside_codes_where_both_are_on(stage, client):
    stage.revise(lambda whole: whole["selfservice"]["methods"].update(link={"enabled": True}))
    flow = await begin(client, "recovery")
    assert message_ids((await send(client, flow, method="link", email=EMAIL)).json()) == [1060002]
    async with stage.client() as browser:
        await browser.get(await stage.link_to(EMAIL))
        assert (await whoami(browser)).status_code == 200


@pytest.mark.parametrize("headers", [pytest.param(AS_JSON, id="app"), pytest.param(AS_PAGE, id="page")])
async def test_a_link_lets_nobody_in_twice(stage, client, headers):
    stage.use("link")
    await sent(client, "recovery", method="link")
    link = await stage.link_to(EMAIL)
    async with stage.client() as first:
        await first.get(link)
    async with stage.client(headers=headers) as second:
        answer = await second.get(link)
        assert answer.headers["location"].startswith(f"{stage.public_url}/ui/recovery?flow=")
        assert (await whoami(second)).status_code == 401
        fresh = await again(second, {"id": answer.headers["location"].partition("flow=")[2]}, "recovery")
        assert (fresh["type"], message_ids(fresh)) == ("browser", [4060004])


async def test_an_expired_link_lets_nobody_in_and_says_why(stage, client):
    stage.use("link", lifespan="1m")
    await sent(client, "recovery", method="link")
    stage.clock.advance(61)
    async with stage.client() as browser:
        answer = await browser.get(await stage.link_to(EMAIL))
        fresh = await again(browser, {"id": answer.headers["location"].partition("flow=")[2]}, "recovery")
        assert message_ids(fresh) == [4060005]
        assert (await whoami(browser)).status_code == 401


async def test_links_of_a_method_that_was_switched_off_since_lead_nowhere(stage, client):
    stage.use("link")
    await sent(client, "recovery", method="link")
    link = await stage.link_to(EMAIL)
    stage.use("code")
    async with stage.client() as browser:
        await browser.get(link)
        assert (await whoami(browser)).status_code == 401


async def test_a_changed_token_is_worth_nothing(stage, client):
    stage.use("link")
    await sent(client, "recovery", method="link")
    link = await stage.link_to(EMAIL)
    async with stage.client() as mallory:
        for forged in (link[:-1] + ("A" if link[-1] != "A" else "B"), link + "x", link.partition("&token=")[0]):
            await mallory.get(forged)
            assert (await whoami(mallory)).status_code == 401


@pytest.mark.parametrize("flow_type", [None, "browser", "api"])
async def test_an_operator_issues_a_code_that_needs_no_mail_and_no_cookie(stage, client, flow_type):
    stage.set_flags(use_continue_with_transitions=True)
    more = {"flow_type": flow_type} if flow_type else {}
    answer = await issue(client, "code", await stage.person_id(), **more)
    issued = answer.json()
    assert (answer.status_code, sorted(issued)) == (201, ["expires_at", "recovery_code", "recovery_link"])
    assert issued["expires_at"].startswith("2026-11-23T13:00:0")
    flow_id = issued["recovery_link"].removeprefix(f"{stage.public_url}/ui/recovery?flow=")
    assert await stage.mails() == []
    async with stage.client() as ada:
        shown = await again(ada, {"id": flow_id}, "recovery")
        assert (shown["type"], shown["state"]) == (flow_type or "browser", "sent_email")
        assert shape(shown) == [("code", "text", None), ("method", "submit", "code")]
        body = {"method": "code", "code": issued["recovery_code"]}
        answer = await ada.post(f"/self-service/recovery?flow={flow_id}", json=body)
        assert (answer.status_code, answer.json()["state"]) == (200, "passed_challenge")
    # An operator's word proves no address.
    assert not (await stage.address()).verified


async def test_an_operator_issues_a_link(stage, client):
    stage.use("link")
    answer = await issue(client, "link", await stage.person_id(), expires_in="10m")
    issued = answer.json()
    assert (answer.status_code, sorted(issued)) == (200, ["expires_at", "recovery_link"])
    assert issued["expires_at"].startswith("2026-11-23T12:10:0")
    assert issued["recovery_link"].startswith(f"{stage.public_url}/self-service/recovery?flow=")
    async with stage.client() as ada:
        await ada.get(path_of(issued["recovery_link"]))
        assert (await whoami(ada)).status_code == 200
    assert not (await stage.address()).verified


@pytest.mark.parametrize("what", ["code", "link"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"expires_in": "nope"}, id="no duration"),
        pytest.param({"expires_in": "-1h"}, id="the past"),
        pytest.param({"expires_in": "0s"}, id="now"),
        pytest.param({"expires_in": "99999999h"}, id="beyond every calendar"),
        pytest.param({"expires_in": 60}, id="a number"),
    ],
)
async def test_an_impossible_time_is_refused_and_nothing_is_issued(stage, client, what, body):
    stage.use("link" if what == "link" else "code")
    answer = await issue(client, what, await stage.person_id(), **body)
    assert answer.status_code == 400, answer.text
    count = select(func.count()).select_from(challenges).where(challenges.c.purpose != "verification")
    assert await stage.database.read(lambda connection: connection.execute(count).scalar_one()) == 0


async def test_an_unknown_flow_type_is_refused(stage, client):
    assert (await issue(client, "code", await stage.person_id(), flow_type="nope")).status_code == 400


@pytest.mark.parametrize("person", ["11111111-2222-4333-8444-555555555555", "nope", ""])
async def test_nothing_is_issued_for_somebody_who_does_not_exist(stage, client, person):
    assert (await issue(client, "code", person)).status_code == 404
    stage.use("link")
    assert (await issue(client, "link", person)).status_code == 400


@pytest.mark.parametrize("what", ["code", "link"])
async def test_only_operators_who_may_write_issue_anything(stage, client, what):
    person = await stage.person_id()
    assert (await issue(client, what, person, headers={})).status_code == 401
    assert (await issue(client, what, person, headers=VIEWER)).status_code == 403


async def test_what_is_switched_off_is_not_issued(stage, client):
    assert (await issue(client, "link", await stage.person_id())).status_code == 404


async def test_asking_for_another_link_does_not_kill_the_one_that_was_on_its_way(stage, client):
    stage.use("link")
    flow = await sent(client, "recovery", method="link")
    first = await stage.link_to(EMAIL)
    await send(client, flow, method="link", email=EMAIL)
    second = await stage.link_to(EMAIL)
    assert first != second
    async with stage.client() as browser, stage.client() as again_later:
        await browser.get(first)
        assert (await whoami(browser)).status_code == 200
        await again_later.get(first)
        assert (await whoami(again_later)).status_code == 401


async def test_asking_for_another_code_still_kills_the_first(stage, client):
    """A million codes and five guesses: two good codes at a time would double Mallory's chance."""
    flow = await sent(client, "recovery")
    first = await stage.code_to(EMAIL)
    await send(client, flow, method="code", email=EMAIL)
    while await stage.code_to(EMAIL) == first:  # once in a million
        await send(client, flow, method="code", email=EMAIL)
    assert message_ids((await send(client, flow, method="code", code=first)).json()) == [4060006]


async def test_an_operators_code_opens_no_door_for_somebody_locked_out(stage, client):
    issued = (await issue(client, "code", await stage.person_id())).json()
    await stage.lock_out()
    before = await stage.count(sessions)
    path = f"/self-service/recovery?{issued['recovery_link'].partition('?')[2]}"
    answer = await client.post(path, json={"method": "code", "code": issued["recovery_code"]})
    assert (answer.status_code, answer.json()["error"]["id"]) == (401, "identity_disabled")
    assert await stage.count(sessions) == before
