"""Session token exchange: two codes, one session, once. Mallory has one of the codes, or none, or somebody else's."""

import asyncio
from threading import current_thread

import pytest
from exchange_stage import ASKING, PATH, ExchangeStage, redeem, redeem_all
from identity_stage import ADA, ADMIN, AS_JSON, GRACE, PROJECT
from sqlalchemy import event, insert, select, update

from headwater.core.secrets import UnsealError, fingerprint
from headwater.identity.sessions import exchange_rows, sessions
from headwater.identity.sessions.exchange import REDEEMABLE_MS
from headwater.store.tables import projects, token_exchanges

ELSEWHERE = "22222222-2222-4222-8222-222222222222"
DAY_SECONDS = 24 * 3600
KINDS = pytest.mark.parametrize("kind", ["login", "registration"])


@pytest.fixture
async def stage(tmp_path):
    stage = await ExchangeStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def ada(stage, client):
    return await stage.sign_up(client, ADA)


@pytest.fixture
async def grace(stage, client):
    return await stage.sign_up(client, GRACE)


def is_refused(answer):
    return answer.status_code == 404 and "session_token" not in answer.text


async def whoami(client, token):
    return await client.get("/sessions/whoami", headers={"X-Session-Token": token})


# What an app and its browser do.


@KINDS
async def test_both_codes_get_the_app_the_session_that_its_browser_signed_in_to(stage, client, ada, kind):
    app = await stage.come_back(await stage.begin(client, kind), ada)

    answer = await redeem_all(client, app)

    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-cache, no-store, must-revalidate"
    assert answer.json().keys() == {"session_token", "session"}
    assert answer.json()["session"]["id"] == app.session.id
    assert answer.json()["session"]["identity"]["traits"] == ADA
    assert answer.json()["session"]["authentication_methods"][0]["provider"] == "loopback"
    assert (await whoami(client, answer.json()["session_token"])).json()["identity"]["id"] == ada


@KINDS
async def test_the_answer_that_begins_a_flow_is_the_only_one_that_shows_the_init_code(stage, client, kind):
    app = await stage.begin(client, kind)

    again = await client.get(f"/self-service/{kind}/flows", params={"id": app.flow["id"]})
    refused = await client.post(
        f"/self-service/{kind}?flow={app.flow['id']}", json={"method": "password", "identifier": "x", "password": "y"}
    )

    assert again.json()["id"] == refused.json()["id"] == app.flow["id"]
    assert "session_token_exchange_code" not in {*again.json(), *refused.json()}
    assert app.init_code not in again.text + refused.text


@KINDS
@pytest.mark.parametrize(
    ("start", "query"),
    [
        ("browser", ASKING),
        ("api", ""),
        ("api", "?return_session_token_exchange_code=false"),
        ("api", "?return_session_token_exchange_code="),
    ],
    ids=["browser", "not-asked", "asked-not-to", "asked-with-nothing"],
)
async def test_browsers_and_apps_that_ask_for_none_get_no_exchange(stage, client, kind, start, query):
    answer = await client.get(f"/self-service/{kind}/{start}{query}", headers=AS_JSON)

    assert answer.status_code == 200
    assert "session_token_exchange_code" not in answer.json()
    assert not await stage.count(token_exchanges)
    assert not await stage.exchange.is_open_for(answer.json()["id"], project_id=PROJECT)


async def test_who_is_signed_in_already_and_only_proves_it_again_gets_no_exchange(stage, client, ada):
    mine = (await stage.come_back(await stage.begin(client), ada)).token

    answer = await client.get(f"/self-service/login/api{ASKING}&refresh=true", headers={"X-Session-Token": mine})

    assert answer.json()["refresh"] is True
    assert "session_token_exchange_code" not in answer.json()


async def test_a_sign_up_that_began_as_a_sign_in_reaches_the_app_that_waits(stage, client, ada):
    app = await stage.begin(client, "login")
    newer = (await client.get("/self-service/registration/api")).json()
    left, app.flow = app.flow, newer
    lasts_until_ms = stage.now_ms() + DAY_SECONDS * 1000

    await stage.database.write(
        lambda connection: stage.exchange.move(
            connection, from_flow_id=left["id"], to_flow_id=newer["id"], expires_at_ms=lasts_until_ms
        )
    )
    stage.clock.advance(DAY_SECONDS - 1)

    assert not await stage.exchange.is_open_for(left["id"], project_id=PROJECT)
    assert await stage.exchange.is_open_for(newer["id"], project_id=PROJECT)
    assert (await redeem_all(client, await stage.come_back(app, ada))).status_code == 200


async def test_a_sign_in_that_failed_shows_the_app_the_flow_and_can_be_tried_again(stage, client, ada):
    app = await stage.come_back_in_vain(await stage.begin(client))

    first = await redeem_all(client, app)
    second = await redeem_all(client, app)
    after_all = await redeem_all(client, await stage.come_back(app, ada))

    assert (first.status_code, second.status_code, after_all.status_code) == (422, 422, 200)
    assert first.json()["id"] == app.flow["id"]
    assert first.json()["ui"]["nodes"]
    assert not {"session", "session_token", "session_token_exchange_code"} & first.json().keys()
    assert first.headers["cache-control"] == "private, no-cache, no-store, must-revalidate"


async def test_a_failure_after_a_success_leaves_no_session_to_be_fetched(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    before = app.return_to_code

    await stage.come_back_in_vain(app)

    assert is_refused(await redeem(client, app.init_code, before))
    assert (await redeem_all(client, app)).status_code == 422


async def test_a_flow_that_no_app_waits_for_has_no_code_to_carry_back(stage, client, ada):
    app = await stage.begin(client)
    app.flow = (await client.get("/self-service/login/api")).json()

    assert (await stage.come_back(app, ada)).return_to_code == ""
    assert (await stage.come_back_in_vain(app)).return_to_code == ""


async def test_whoever_lacks_the_second_factor_gets_the_token_but_not_who_they_are(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    stage.assurance.available = lambda _account: "aal2"
    stage.revise(lambda whole: whole["session"].setdefault("whoami", {}).update(required_aal="highest_available"))

    answer = await redeem_all(client, app)

    assert answer.status_code == 200
    assert "identity" not in answer.json()["session"]
    assert ADA["email"] not in answer.text
    assert (await whoami(client, answer.json()["session_token"])).status_code == 403


# Attacks.


async def test_the_init_code_alone_never_gives_a_session(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)

    missing = [
        await client.get(PATH),
        await client.get(PATH, params={"init_code": app.init_code}),
        await client.get(PATH, params={"return_to_code": app.return_to_code}),
        await redeem(client, app.init_code, ""),
        await redeem(client, "", app.return_to_code),
    ]
    wrong = [
        await redeem(client, app.init_code, app.init_code),
        await redeem(client, app.return_to_code, app.return_to_code),
        await redeem(client, app.return_to_code, app.init_code),
        await redeem(client, app.init_code, fingerprint(app.return_to_code)),
    ]

    assert [400] * 5 == [answer.status_code for answer in missing]
    assert "return_to_code" in missing[0].json()["error"]["reason"]
    assert all(is_refused(answer) for answer in wrong)
    assert (await redeem_all(client, app)).status_code == 200


async def test_a_code_given_twice_in_one_request_is_no_way_around_the_other(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)

    answer = await client.get(f"{PATH}?init_code={app.init_code}&init_code={app.return_to_code}&return_to_code=x")

    assert is_refused(answer)


async def test_codes_of_two_flows_mixed_give_nobodys_session(stage, client, ada, grace):
    hers = await stage.come_back(await stage.begin(client), ada)
    his = await stage.come_back(await stage.begin(client), grace)

    assert is_refused(await redeem(client, his.init_code, hers.return_to_code))
    assert is_refused(await redeem(client, hers.init_code, his.return_to_code))
    assert (await redeem_all(client, hers)).json()["session"]["identity"]["id"] == ada
    assert (await redeem_all(client, his)).json()["session"]["identity"]["id"] == grace


async def test_a_second_redemption_gets_nothing(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    assert (await redeem_all(client, app)).status_code == 200

    assert is_refused(await redeem_all(client, app))
    assert not await stage.count(token_exchanges)


async def test_of_many_redemptions_at_the_same_moment_one_wins(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)

    answers = await asyncio.gather(*[redeem_all(client, app) for _ in range(8)])

    assert sorted(answer.status_code for answer in answers) == [200, *[404] * 7]


async def test_a_redemption_that_read_before_another_took_it_gets_nothing(stage, client, ada, monkeypatch):
    app = await stage.come_back(await stage.begin(client), ada)
    slow_write, other = stage.database.write, []

    async def overtaken(transaction):
        monkeypatch.setattr(stage.database, "write", slow_write)
        other.append(await redeem_all(client, app))
        return await slow_write(transaction)

    monkeypatch.setattr(stage.database, "write", overtaken)
    late = await redeem_all(client, app)

    assert other[0].status_code == 200
    assert is_refused(late)


async def test_a_redemption_that_read_before_somebody_else_signed_in_leaves_them_theirs(
    stage, client, ada, grace, monkeypatch
):
    app = await stage.come_back(await stage.begin(client), ada)
    before, slow_write = app.return_to_code, stage.database.write

    async def overtaken(transaction):
        monkeypatch.setattr(stage.database, "write", slow_write)
        await stage.come_back(app, grace)
        return await slow_write(transaction)

    monkeypatch.setattr(stage.database, "write", overtaken)

    assert is_refused(await redeem(client, app.init_code, before))
    assert (await redeem_all(client, app)).json()["session"]["identity"]["id"] == grace


async def test_nothing_can_be_redeemed_before_the_sign_in_is_finished(stage, client):
    app = await stage.begin(client)

    answers = [await redeem(client, app.init_code, guess) for guess in ("None", "null", " ", "x", app.init_code)]

    assert all(is_refused(answer) for answer in answers)
    assert await stage.exchange.is_open_for(app.flow["id"], project_id=PROJECT)


async def test_codes_expire_soon_after_the_browser_is_back(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    stage.clock.advance(REDEEMABLE_MS / 1000)

    assert is_refused(await redeem_all(client, app))


async def test_a_browser_that_comes_back_late_still_leaves_the_app_time_to_redeem(stage, client, ada):
    app = await stage.begin(client)
    lifespan_ms = await stage.database.read(lambda c: c.execute(select(token_exchanges.c.expires_at_ms)).scalar())
    stage.clock.advance((lifespan_ms - stage.now_ms()) / 1000 - 1)

    await stage.come_back(app, ada)
    stage.clock.advance(REDEEMABLE_MS / 1000 - 1)

    assert (await redeem_all(client, app)).status_code == 200


async def test_a_browser_that_comes_back_after_the_flow_has_expired_brings_nothing(stage, client, ada):
    app = await stage.begin(client)
    stage.clock.advance(DAY_SECONDS)

    assert (await stage.come_back(app, ada)).return_to_code == ""
    assert not await stage.exchange.is_open_for(app.flow["id"], project_id=PROJECT)


async def test_exchanges_that_expired_are_forgotten_with_their_tokens(stage, client, ada):
    for _ in range(3):
        await stage.come_back(await stage.begin(client), ada)
    waiting = await stage.begin(client)
    stage.clock.advance(REDEEMABLE_MS / 1000)

    await stage.begin(client)

    assert await stage.exchange.is_open_for(waiting.flow["id"], project_id=PROJECT)
    assert await stage.count(token_exchanges) == 2


async def test_codes_of_one_project_open_nothing_in_another(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    failed = await stage.come_back_in_vain(await stage.begin(client))
    row = {"id": ELSEWHERE, "slug": "q", "name": "q", "environment": "prod", "revision_id": "r", "document": "{}"}
    await stage.database.write(
        lambda connection: connection.execute(insert(projects).values(**row, created_at_ms=0, updated_at_ms=0))
    )

    stage.project_id = ELSEWHERE
    stage.revise(lambda _whole: None)
    foreign = [await redeem_all(client, app), await redeem_all(client, failed)]
    is_open = await stage.exchange.is_open_for(app.flow["id"], project_id=ELSEWHERE)
    stage.project_id = PROJECT
    stage.revise(lambda _whole: None)

    assert all(is_refused(answer) for answer in foreign)
    assert not is_open
    assert (await redeem_all(client, app)).status_code == 200


async def test_a_guesser_learns_nothing_blocks_nobody_and_never_reaches_the_writer(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    written = []
    event.listen(
        stage.database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: written.append(statement) if current_thread().name == "core-write" else None,
    )

    answers = [await redeem(client, app.init_code, f"{app.return_to_code[:-1]}{letter}!") for letter in "abcdefgh"]
    answers += [await redeem(client, f"{app.init_code}{letter}", app.return_to_code) for letter in "abcdefgh"]
    answers += [await redeem(client, f"guess{letter}", f"guess{letter}") for letter in "abcdefgh"]

    assert {answers[0].content} == {answer.content for answer in answers}
    assert {404} == {answer.status_code for answer in answers}
    assert {"private, no-cache, no-store, must-revalidate"} == {item.headers["cache-control"] for item in answers}
    assert not written
    assert (await redeem_all(client, app)).status_code == 200
    assert written


async def test_wrong_used_expired_early_and_ended_all_read_alike(stage, client, ada):
    used = await stage.come_back(await stage.begin(client), ada)
    await redeem_all(client, used)
    ended = await stage.come_back(await stage.begin(client), ada)
    await stage.database.write(lambda c: sessions.revoke(c, ended.session.id, project_id=PROJECT))
    early = await stage.begin(client)
    expired = await stage.come_back(await stage.begin(client), ada)
    answers = [
        await redeem_all(client, used),
        await redeem_all(client, ended),
        await redeem(client, early.init_code, "x"),
    ]
    stage.clock.advance(REDEEMABLE_MS / 1000)
    answers.append(await redeem_all(client, expired))

    assert [404] * 4 == [answer.status_code for answer in answers]
    assert {answers[0].content} == {answer.content for answer in answers}


async def test_a_session_that_was_ended_meanwhile_is_not_handed_out(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    await stage.database.write(lambda connection: sessions.revoke_all_of(connection, ada))

    assert is_refused(await redeem_all(client, app))


async def test_a_session_that_was_deleted_takes_its_exchange_with_it(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    answer = await client.delete(f"/admin/identities/{ada}", headers=ADMIN)

    assert answer.status_code == 204, answer.text
    assert not await stage.count(token_exchanges)
    assert is_refused(await redeem_all(client, app))


async def test_somebody_who_was_disabled_meanwhile_gets_no_token(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    change = [{"op": "replace", "path": "/state", "value": "inactive"}]
    assert (await client.patch(f"/admin/identities/{ada}", json=change, headers=ADMIN)).status_code == 200

    assert is_refused(await redeem_all(client, app))


async def test_signing_in_again_to_the_same_flow_voids_the_earlier_return_code(stage, client, ada, grace):
    app = await stage.come_back(await stage.begin(client), ada)
    before = app.return_to_code

    await stage.come_back(app, grace)

    assert is_refused(await redeem(client, app.init_code, before))
    assert (await redeem_all(client, app)).json()["session"]["identity"]["id"] == grace


async def test_a_redeemed_exchange_cannot_be_filled_again(stage, client, ada, grace):
    app = await stage.come_back(await stage.begin(client), ada)
    await redeem_all(client, app)

    assert (await stage.come_back(app, grace)).return_to_code == ""


async def test_nothing_of_it_stands_in_the_database_in_clear(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)

    stored = b"".join(path.read_bytes() for path in stage.folder.glob("core.db*"))

    assert fingerprint(app.init_code).encode() in stored
    for secret in (app.init_code, app.return_to_code, app.token):
        assert secret.encode() not in stored


async def test_a_sealed_token_moved_to_ones_own_exchange_does_not_open_there(stage, client, ada, grace):
    hers = await stage.come_back(await stage.begin(client), ada)
    mallorys = await stage.come_back(await stage.begin(client), grace)
    table = token_exchanges

    def swap(connection):
        stolen = connection.execute(select(table.c.sealed_token).where(table.c.flow_id == hers.flow["id"])).scalar()
        chosen = table.c.flow_id == mallorys.flow["id"]
        connection.execute(update(table).where(chosen).values(sealed_token=stolen, session_id=hers.session.id))

    await stage.database.write(swap)

    answer = await redeem_all(client, mallorys)

    assert (answer.status_code, answer.json()["error"]["id"]) == (500, UnsealError.code)
    assert hers.token not in answer.text


async def test_neither_code_nor_token_shows_in_what_might_be_logged(stage, client, ada):
    app = await stage.come_back(await stage.begin(client), ada)
    flow_id = app.flow["id"]
    stored = await stage.database.read(
        lambda c: exchange_rows.of_flow_or_none(c, flow_id, project_id=PROJECT, now_ms=stage.now_ms())
    )

    assert app.token not in repr(stored)
    assert app.return_to_code not in repr(stored)
    assert app.token not in repr(vars(stage.exchange))


async def test_looking_for_codes_reads_no_table_from_end_to_end(stage):
    wanted = {"init_code_sha256": "x", "flow_id": "x", "project_id": PROJECT, "now_ms": 1}

    def plans(connection):
        statements = [exchange_rows.BY_INIT_CODE, exchange_rows.BY_FLOW, exchange_rows.FORGET]
        return [
            row.detail
            for statement in statements
            for row in connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement.compile(connection, compile_kwargs={'render_postcompile': True})}",
                tuple(wanted[name] for name in statement.compile(connection).positiontup),
            )
        ]

    details = await stage.database.read(plans)

    assert details
    assert not [detail for detail in details if detail.startswith("SCAN")]
