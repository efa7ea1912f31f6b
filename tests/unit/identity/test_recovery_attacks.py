"""Mallory at recovery and verification: finding out who has an account, stealing links, forging requests, mail."""

import json

import pytest
from identity_stage import AS_JSON, csrf_token, message_ids
from recovery_stage import EMAIL, NOBODY, alike, begin, on_stage, send, sent, wrong
from sqlalchemy import text, update

from headwater.core.secrets import Secret
from headwater.identity.flows import csrf
from headwater.store.tables import addresses, challenges, identities

KINDS = pytest.mark.parametrize("kind", ["verification", "recovery"])
METHODS = pytest.mark.parametrize("method", ["code", "link"])
HOWS = pytest.mark.parametrize("how", ["api", "browser"])
MALLORY = "mallory@evil.example"


@pytest.fixture
async def stage(tmp_path):
    async with on_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
async def client(stage):
    async with stage.client() as client:
        yield client


async def asked(client, kind, email, *, how="api", method="code"):
    return await send(client, await begin(client, kind, how=how), method=method, email=email)


async def signed_in(client):
    return (await client.get("/sessions/whoami")).status_code == 200


@KINDS
@METHODS
@HOWS
async def test_account_enumeration_by_answer_the_same_for_everyone(stage, client, kind, method, how):
    stage.use(method)
    answers = [await asked(client, kind, email, how=how, method=method) for email in (EMAIL, NOBODY)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert alike(answers[0], EMAIL) == alike(answers[1], NOBODY)
    assert [mail["recipient"] for mail in await stage.mails()] == [EMAIL]


@KINDS
async def test_account_enumeration_by_the_next_steps_wrong_codes_resends_and_limits(stage, client, kind):
    told = []
    for email in (EMAIL, NOBODY):
        flow = (await asked(client, kind, email)).json()
        code = await stage.code_to(EMAIL)
        seen = [alike(await send(client, flow, method="code", code=wrong(code)), email) for _ in range(7)]
        flow = (await asked(client, kind, email)).json()
        seen.append(alike(await send(client, flow, method="code", email=email), email))
        seen.append(alike(await send(client, flow, method="code", code=wrong(code)), email))
        told.append(seen)
    assert told[0] == told[1]


@KINDS
@METHODS
async def test_account_enumeration_by_time_the_same_work_for_everyone(stage, client, kind, method):
    stage.use(method)
    work = []
    compose, write, issue = stage.parts.courier.compose, stage.database.write, stage.parts.challenges.issue
    stage.parts.courier.compose = lambda template, **k: work.append(template) or compose(template, **k)
    stage.database.write = lambda transaction, **k: work.append("transaction") or write(transaction, **k)
    stage.parts.challenges.issue = lambda *a, **k: work.append("challenge") or issue(*a, **k)
    done = []
    for email in (EMAIL, NOBODY):
        flow = await begin(client, kind)
        work.clear()
        await send(client, flow, method=method, email=email)
        done.append(list(work))
    assert done[0] == done[1]
    assert len(done[0]) == 3


@KINDS
async def test_account_enumeration_by_flooding_answers_and_limits_stay_the_same(stage, client, kind):
    told = []
    for email in (EMAIL, NOBODY):
        flow = await begin(client, kind)
        seen = []
        for _ in range(12):
            seen.append(alike(await send(client, flow, method="code", email=email), email))
            seen.append(alike(await send(client, flow, method="code", code="000000"), email))
        told.append(seen)
    assert told[0] == told[1]
    assert len(await stage.mails(EMAIL)) == 10


@KINDS
async def test_mail_flooding_ends_after_ten_messages_in_a_minute_and_begins_anew_after_it(stage, client, kind):
    for _ in range(14):
        assert (await asked(client, kind, EMAIL)).status_code == 200
    assert len(await stage.mails(EMAIL)) == 10
    stage.clock.advance(61)
    await asked(client, kind, EMAIL)
    assert len(await stage.mails(EMAIL)) == 11


async def test_resending_beyond_the_flood_guard_gives_no_more_tries_at_the_last_code(stage, client):
    flow = await begin(client, "recovery")
    for _ in range(10):
        await send(client, flow, method="code", email=EMAIL)
    code = await stage.code_to(EMAIL)
    await send(client, flow, method="code", email=EMAIL)
    # The eleventh was told to nobody, and the tenth is not the newest any more.
    assert message_ids((await send(client, flow, method="code", code=code)).json()) == [4060006]
    # Not even a lucky guess at the eleventh helps: else each resend would be five tries that cost no mail.
    known = stage.parts.challenges._hashed(Secret("123456"), flow_id=flow["id"])
    of_flow = challenges.update().where(challenges.c.flow_id == flow["id"])
    await stage.database.write(lambda connection: connection.execute(of_flow.values(secret_sha256=known)))
    assert message_ids((await send(client, flow, method="code", code="123456")).json()) == [4060006]


@KINDS
@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(f"{EMAIL}\r\nBcc: {MALLORY}", id="a second header"),
        pytest.param(f"{EMAIL}\nBcc:{MALLORY}", id="without a space"),
        pytest.param(f"{EMAIL},{MALLORY}", id="a list"),
        pytest.param(f"{EMAIL};{MALLORY}", id="a list with a semicolon"),
        pytest.param(f"Ada <{EMAIL}> <{MALLORY}>", id="angle brackets"),
        pytest.param(f'"{EMAIL}"@evil.example', id="quotes"),
    ],
)
async def test_header_injection_by_address_writes_to_nobody(stage, client, kind, typed):
    stage.set_flow(kind, notify_unknown_recipients=True)
    answer = await asked(client, kind, typed)
    assert answer.status_code in (200, 400)
    assert await stage.mails() == []


@KINDS
@pytest.mark.parametrize(
    "typed", ["ADA@EXAMPLE.ORG", " ada@example.org ", "ada@example.org\u200b", "\uff41da@example.org"]
)
async def test_an_address_that_only_looks_the_same_gets_no_mail_the_stored_one_does(stage, client, kind, typed):
    await asked(client, kind, typed)
    assert [mail["recipient"] for mail in await stage.mails()] == [EMAIL]


@KINDS
@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/",
        "//evil.example",
        "http://127.0.0.1:4433@evil.example/",
        "https://evil.example\\@127.0.0.1:4433/",
    ],
)
async def test_open_redirect_by_return_to_is_refused(client, kind, place):
    answer = await client.get(f"/self-service/{kind}/browser", params={"return_to": place}, headers=AS_JSON)
    assert (answer.status_code, answer.json()["error"]["id"]) == (400, "self_service_flow_return_to_forbidden")


@KINDS
async def test_open_redirect_by_a_late_link_or_submit_keeps_to_what_was_checked(stage, client, kind):
    stage.use("link")
    flow = await sent(client, kind, how="browser", method="link")
    async with stage.client() as browser:
        await browser.get(f"/self-service/{kind}?flow={flow['id']}&token=x&return_to=https://evil.example/")
        answer = await browser.get(await stage.link_to(EMAIL) + "&return_to=https://evil.example/")
    assert "evil.example" not in answer.headers["location"]
    shown = await stage.database.read(lambda c: c.exec_driver_sql("select document from flows").all())
    assert all("evil.example" not in (json.loads(row[0]).get("return_to") or "") for row in shown)


@KINDS
async def test_csrf_on_code_submit_without_the_token_or_from_another_browser(stage, client, kind):
    flow = await sent(client, kind, how="browser")
    code = await stage.code_to(EMAIL)
    path, body = f"/self-service/{kind}?flow={flow['id']}", {"method": "code", "code": code}
    assert (await client.post(path, json=body, headers=AS_JSON)).status_code == 403
    async with stage.client() as mallory:
        stolen = {**body, "csrf_token": csrf_token(flow)}
        assert (await mallory.post(path, json=stolen, headers=AS_JSON)).status_code == 403
        own = await begin(mallory, kind, how="browser")
        mixed = {**body, "csrf_token": csrf_token(own)}
        assert (await mallory.post(path, json=mixed, headers=AS_JSON)).status_code == 403
    assert (await send(client, flow, method="code", code=code)).status_code in (200, 422)


@KINDS
async def test_csrf_by_a_native_flow_in_somebodys_browser_is_refused(stage, client, kind):
    flow = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    for headers in ({"Origin": "https://evil.example"}, {"Cookie": "some=cookie"}):
        async with stage.client(headers=headers) as victim:
            answer = await victim.post(f"/self-service/{kind}?flow={flow['id']}", json={"method": "code", "code": code})
        assert (answer.status_code, message_ids(answer.json())) == (400, [4000001])


async def test_session_fixation_a_recovery_issues_cookies_of_its_own(stage):
    async with stage.client() as app:
        flow = await sent(app, "recovery", how="browser")
        planted = csrf.cookie_name(stage.public_url)
        before = app.cookies[planted]
        app.cookies.set("ory_kratos_session", "ory_st_planted")
        await send(app, flow, method="code", code=await stage.code_to(EMAIL))
        jar = {cookie.name: cookie.value for cookie in app.cookies.jar if cookie.value != "ory_st_planted"}
        assert jar["ory_kratos_session"].startswith("ory_st_")
        assert jar[planted] != before


@METHODS
async def test_somebody_locked_out_cannot_recover_and_nobody_learns_it(stage, client, method):
    stage.use(method)
    await stage.lock_out()
    answers = [await asked(client, "recovery", email, method=method) for email in (EMAIL, NOBODY)]
    assert alike(answers[0], EMAIL) == alike(answers[1], NOBODY)
    assert await stage.mails() == []


@METHODS
async def test_somebody_locked_out_since_the_mail_was_sent_stays_out(stage, client, method):
    stage.use(method)
    flow = await sent(client, "recovery", how="browser", method=method)
    code_or_link = await (stage.code_to(EMAIL) if method == "code" else stage.link_to(EMAIL))
    await stage.lock_out()
    if method == "code":
        answer = await send(client, flow, method="code", code=code_or_link)
    else:
        answer = await client.get(code_or_link, headers=AS_JSON)
    assert (answer.status_code, answer.json()["error"]["id"]) == (401, "identity_disabled")
    assert not await signed_in(client)


@KINDS
@METHODS
async def test_mail_that_went_to_an_address_since_given_up_proves_nothing(stage, client, kind, method):
    stage.use(method)
    flow = await sent(client, kind, how="browser", method=method)
    code_or_link = await (stage.code_to(EMAIL) if method == "code" else stage.link_to(EMAIL))
    change = update(addresses).where(addresses.c.value == EMAIL).values(value="ada@new.example")
    await stage.database.write(lambda connection: connection.execute(change))
    if method == "code":
        await send(client, flow, method="code", code=code_or_link)
    else:
        await client.get(code_or_link)
    assert not await signed_in(client)
    assert not (await stage.address("ada@new.example")).verified
    assert {"Identity Verified", "Recovery Completed"}.isdisjoint(await stage.event_names())


@KINDS
async def test_somebody_deleted_since_the_mail_was_sent_is_gone(stage, client, kind):
    flow = await sent(client, kind)
    code = await stage.code_to(EMAIL)
    await stage.database.write(lambda connection: connection.execute(identities.delete()))
    answer = await send(client, flow, method="code", code=code)
    assert message_ids(answer.json()) == [{"verification": 4070006, "recovery": 4060006}[kind]]


def rename(table, to):
    return lambda connection: connection.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


@KINDS
@METHODS
async def test_killed_in_between_what_happened_and_its_event_are_there_together_or_neither(stage, client, kind, method):
    stage.use(method)
    flow = await sent(client, kind, how="browser", method=method)
    code_or_link = await (stage.code_to(EMAIL) if method == "code" else stage.link_to(EMAIL))

    async def redeem():
        if method == "code":
            return await send(client, flow, method="code", code=code_or_link)
        return await client.get(code_or_link, headers=AS_JSON)

    await stage.database.write(rename("outbox", "out_of_reach"))
    answer = await redeem()
    await stage.database.write(rename("out_of_reach", "outbox"))
    assert answer.status_code == 503
    assert not (await stage.address()).verified
    assert not await signed_in(client)
    assert (await redeem()).status_code < 500
    assert (await stage.address()).verified
    assert "Identity Verified" in await stage.event_names()
    assert await signed_in(client) == (kind == "recovery")


@KINDS
async def test_what_a_thief_of_the_data_folder_reads_opens_nothing(stage, client, kind):
    stage.use("link")
    await sent(client, kind, method="link")
    token = (await stage.link_to(EMAIL)).rpartition("token=")[2]
    files = [path.read_bytes() for path in stage.folder.glob("core.db*")]
    assert len(token) > 40
    assert all(token.encode() not in data for data in files)
    kept = await stage.database.read(lambda connection: connection.execute(challenges.select()).all())
    assert len(kept) >= 1


async def test_a_native_apps_new_session_is_not_kept_in_its_flow(stage, client):
    stage.set_flags(use_continue_with_transitions=True)
    flow = await sent(client, "recovery")
    answer = await send(client, flow, method="code", code=await stage.code_to(EMAIL))
    token = answer.json()["continue_with"][0]["ory_session_token"]
    assert all(token.encode() not in path.read_bytes() for path in stage.folder.glob("core.db*"))
    assert token not in (await client.get(f"/self-service/recovery/flows?id={flow['id']}")).text


@KINDS
async def test_a_flow_of_another_kind_is_not_found(stage, client, kind):
    other = {"verification": "recovery", "recovery": "verification"}[kind]
    flow = await sent(client, kind)
    answer = await client.post(f"/self-service/{other}?flow={flow['id']}", json={"method": "code", "code": "123456"})
    assert answer.status_code == 404


@KINDS
async def test_a_body_of_the_wrong_kind_is_refused(stage, client, kind):
    flow = await begin(client, kind)
    for body in ({"method": "code", "email": ["x"]}, {"method": "code", "email": {"a": 1}}, {"method": ["code"]}):
        assert (await send(client, flow, **body)).status_code == 400
