import contextlib
import sqlite3

import pytest
from identity_stage import ADA, GRACE, register
from login_stage import LoginStage, in_app, password_of, send, sign_in, whoami

from headwater.core.secrets import Secret
from headwater.identity.sessions.memory import Answered, Memory
from headwater.store.tables import sessions


@pytest.fixture
async def stage(tmp_path):
    stage = await LoginStage(tmp_path).open()
    yield stage
    await stage.close()


@pytest.fixture
async def tokens(stage, client):
    """Four sessions of Ada's, a second apart; the last is the one she asks from."""
    found = [(await register(client))["session_token"]]
    for _ in range(3):
        stage.clock.advance(1)
        found.append((await sign_in(client))["session_token"])
    return found


def own(token):
    return {"X-Session-Token": token}


async def ids(client, tokens):
    return [(await whoami(client, token)).json()["id"] for token in tokens]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_whoami_answers_whatever_the_method_as_proxies_ask_with_theirs(client, tokens, method):
    answer = await client.request(method, "/sessions/whoami", headers=own(tokens[0]))
    assert answer.status_code == 200
    assert answer.json()["active"] is True


async def test_whoami_answers_head_without_a_body(client, tokens):
    answer = await client.head("/sessions/whoami", headers=own(tokens[0]))
    assert answer.status_code == 200
    assert answer.headers["x-kratos-authenticated-identity-id"]
    assert answer.content == b""
    assert (await client.head("/sessions/whoami")).status_code == 401


async def test_no_cache_may_keep_who_somebody_is(client, tokens):
    answer = await whoami(client, tokens[0])
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "Origin, Cookie"


async def test_whoami_writes_nothing(stage, client, tokens, monkeypatch):
    async def writes(_transaction):
        raise AssertionError

    monkeypatch.setattr(stage.database, "write", writes)
    assert (await whoami(client, tokens[0])).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("UPDATE sessions SET active = 0", id="revoked"),
        pytest.param("UPDATE identities SET state = 'inactive'", id="disabled"),
        pytest.param("DELETE FROM identities", id="deleted"),
    ],
)
async def test_whoami_sees_at_once_that_it_is_over(stage, client, tokens, change):
    assert (await whoami(client, tokens[0])).status_code == 200
    await stage.database.write(lambda c: c.exec_driver_sql(change))
    assert (await whoami(client, tokens[0])).status_code == 401


async def test_whoami_sees_at_once_what_changed_of_the_person(stage, client, tokens):
    await whoami(client, tokens[0])
    await stage.database.write(
        lambda c: (
            c.exec_driver_sql('UPDATE identities SET traits = \'{"email":"new@example.org"}\''),
            c.exec_driver_sql("UPDATE addresses SET verified = 1"),
        )
    )
    person = (await whoami(client, tokens[0])).json()["identity"]
    assert person["traits"] == {"email": "new@example.org"}
    assert person["verifiable_addresses"][0]["verified"] is True


async def test_off_the_loop_whoami_finds_the_same_as_on_it(stage, client, tokens, monkeypatch):
    near = (await whoami(client, tokens[0])).json()
    asked = []

    def is_in_trouble(sql, *_parameters):
        asked.append(sql)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(stage.whoami.near, "rows", is_in_trouble)
    assert (await whoami(client, tokens[0])).json() == near
    assert (await whoami(client, "ory_st_nope")).status_code == 401
    assert len(asked) == 4  # the memory's question, then whoami's own


async def test_whoami_remembers_what_it_answered_until_anything_is_committed(stage, client, tokens, monkeypatch):
    asked = []
    rows = stage.whoami.near.rows

    def counted(sql, *parameters):
        asked.extend([sql] if "SELECT" in sql else [])
        return rows(sql, *parameters)

    monkeypatch.setattr(stage.whoami.near, "rows", counted)
    for _ in range(3):
        assert (await whoami(client, tokens[0])).status_code == 200
    assert len(asked) == 1
    await stage.database.write(lambda c: c.exec_driver_sql("UPDATE projects SET name = 'other'"))
    assert (await whoami(client, tokens[0])).status_code == 200
    assert len(asked) == 2


async def test_whoami_sees_at_once_what_another_process_committed(stage, client, tokens):
    assert (await whoami(client, tokens[0])).status_code == 200
    with contextlib.closing(sqlite3.connect(stage.folder / "core.db")) as other, other:
        other.execute("UPDATE sessions SET active = 0")
    assert (await whoami(client, tokens[0])).status_code == 401


async def test_a_remembered_answer_ends_with_its_session(stage, client, tokens):
    assert (await whoami(client, tokens[0])).status_code == 200
    stage.clock.advance(24 * 3600)
    assert (await whoami(client, tokens[0])).status_code == 401


async def test_one_token_is_not_given_the_answer_to_another(client, tokens):
    mallory = (await register(client, GRACE))["session_token"]
    for _ in range(2):
        assert (await whoami(client, mallory)).json()["identity"]["traits"]["name"] == "Grace"
        assert (await whoami(client, tokens[0])).json()["identity"]["traits"]["name"] == "Ada"


async def test_a_flood_of_tokens_takes_a_bounded_memory(stage):
    memory = Memory(stage.whoami.near)
    config = await stage.room.current.config()
    answer = Answered(config=config, expires_at_ms=2**60, identity_id="i", body=b"")
    memory.recall(Secret("0"), config=config, now_ms=0)
    for number in range(5_000):
        memory.remember(Secret(str(number)), answer, version=memory.version)
    assert len(memory._answers) == 4_096


async def test_an_answer_read_before_a_commit_is_not_remembered_after_it(stage, tokens):
    memory = Memory(stage.whoami.near)
    config = await stage.room.current.config()
    token, answer = Secret("t"), Answered(config=config, expires_at_ms=2**60, identity_id="i", body=b"")
    memory.recall(token, config=config, now_ms=0)
    version = memory.version
    # Meanwhile the session is revoked, and somebody else asks, so the memory has seen that commit.
    await stage.database.write(lambda c: c.execute(sessions.update().values(active=False)))
    memory.recall(Secret("another"), config=config, now_ms=0)

    memory.remember(token, answer, version=version)

    assert memory.recall(token, config=config, now_ms=0) is None


async def test_a_person_without_addresses_is_found_too(stage, client, tokens):
    await stage.database.write(lambda c: c.exec_driver_sql("DELETE FROM addresses"))
    person = (await whoami(client, tokens[0])).json()["identity"]
    assert "verifiable_addresses" not in person


async def test_the_list_is_of_the_others_newest_first(client, tokens):
    known = await ids(client, tokens)
    answer = await client.get("/sessions", headers=own(tokens[-1]))

    assert answer.status_code == 200
    assert [item["id"] for item in answer.json()] == known[2::-1]
    assert answer.headers["x-total-count"] == "3"
    assert answer.json()[0]["identity"]["traits"]["email"] == ADA["email"]


async def test_the_list_has_only_sessions_that_count(stage, client, tokens):
    known = await ids(client, tokens)
    await stage.database.write(
        lambda c: c.execute(sessions.update().where(sessions.c.id == known[0]).values(active=False))
    )
    await stage.database.write(
        lambda c: c.execute(sessions.update().where(sessions.c.id == known[1]).values(expires_at_ms=1))
    )
    answer = await client.get("/sessions", headers=own(tokens[-1]))
    assert [item["id"] for item in answer.json()] == [known[2]]


async def test_the_list_has_nobody_elses(client, tokens):
    await register(client, GRACE)
    answer = await client.get("/sessions", headers=own(tokens[-1]))
    assert {item["identity"]["traits"]["email"] for item in answer.json()} == {ADA["email"]}


async def test_the_list_comes_in_pages(client, tokens):
    known = await ids(client, tokens)
    seen, query = [], "?page_size=2"
    for _ in range(5):
        answer = await client.get(f"/sessions{query}", headers=own(tokens[-1]))
        seen += [item["id"] for item in answer.json()]
        onward = [part for part in answer.headers.get("link", "").split(",") if 'rel="next"' in part]
        if not onward:
            break
        query = onward[0].split("?")[1].split(">")[0].join(["?", ""])
    assert seen == known[2::-1]


@pytest.mark.parametrize(
    ("page", "place"),
    [("-1", 0), ("0", 0), ("1", 0), ("2", 1), ("3", 2), ("4", None), ("9" * 30, None)],
    ids=lambda value: str(value)[:5],
)
async def test_pages_by_number_count_from_one_and_skip_nothing(client, tokens, page, place):
    others = (await ids(client, tokens))[2::-1]
    answer = await client.get(f"/sessions?per_page=1&page={page}", headers=own(tokens[-1]))
    assert [item["id"] for item in answer.json()] == ([] if place is None else [others[place]])


async def test_the_links_of_a_page_by_number_lead_on_from_there(client, tokens):
    others = (await ids(client, tokens))[2::-1]
    answer = await client.get("/sessions?per_page=1&page=2", headers=own(tokens[-1]))
    links = {part.split('"')[1]: part.split("<")[1].split(">")[0] for part in answer.headers["link"].split(",")}
    found = {rel: (await client.get(link, headers=own(tokens[-1]))).json()[0]["id"] for rel, link in links.items()}
    assert found == {"first": others[0], "next": others[2], "prev": others[0], "last": others[2]}


@pytest.mark.parametrize("query", ["?page_size=x", "?page_token=!", "?page=y"])
async def test_a_page_that_is_none_is_refused(client, tokens, query):
    assert (await client.get(f"/sessions{query}", headers=own(tokens[-1]))).status_code == 400


@pytest.mark.parametrize(("method", "path"), [("GET", "/sessions"), ("DELETE", "/sessions"), ("DELETE", "/sessions/x")])
async def test_nobody_without_a_session_gets_at_sessions(client, method, path):
    answer = await client.request(method, path)
    assert answer.status_code == 401
    assert answer.json()["error"]["id"] == "session_inactive"


async def test_the_others_are_ended_at_once(client, tokens):
    answer = await client.delete("/sessions", headers=own(tokens[-1]))

    assert answer.status_code == 200
    assert answer.json() == {"count": 3}
    assert [(await whoami(client, token)).status_code for token in tokens] == [401, 401, 401, 200]
    assert (await client.delete("/sessions", headers=own(tokens[-1]))).json() == {"count": 0}


async def test_one_of_the_others_is_ended(client, tokens):
    known = await ids(client, tokens)
    for _ in range(2):
        assert (await client.delete(f"/sessions/{known[0]}", headers=own(tokens[-1]))).status_code == 204
    assert (await whoami(client, tokens[0])).status_code == 401
    assert (await whoami(client, tokens[1])).status_code == 200


async def test_mallory_ends_no_session_of_adas(client, tokens):
    mallory = (await register(client, GRACE))["session_token"]
    known = await ids(client, tokens)

    assert (await client.delete(f"/sessions/{known[0]}", headers=own(mallory))).status_code == 204  # as for none
    assert (await client.delete("/sessions", headers=own(mallory))).json() == {"count": 0}
    assert (await whoami(client, tokens[0])).status_code == 200


async def test_the_current_session_is_ended_by_logout_only(client, tokens):
    known = await ids(client, tokens)
    answer = await client.delete(f"/sessions/{known[-1]}", headers=own(tokens[-1]))
    assert answer.status_code == 400
    assert (await whoami(client, tokens[-1])).status_code == 200


@pytest.mark.parametrize("session_id", ["not-a-uuid", "' OR 1=1 --", "x" * 5000])
async def test_an_id_that_is_none_is_refused(client, tokens, session_id):
    assert (await client.delete(f"/sessions/{session_id}", headers=own(tokens[-1]))).status_code == 400


async def test_the_list_asks_for_a_second_factor_where_whoami_does(stage, client, tokens, monkeypatch):
    monkeypatch.setattr(stage.assurance, "available", lambda _account: "aal2")
    for path in ("/sessions", "/sessions/whoami"):
        answer = await client.get(path, headers=own(tokens[-1]))
        assert answer.status_code == 403
        assert answer.json()["error"]["id"] == "session_aal2_required"
        assert answer.json()["error"]["details"]["redirect_browser_to"] == answer.json()["redirect_browser_to"]


async def test_a_remembered_answer_is_worth_nothing_under_another_configuration(stage, client, tokens, monkeypatch):
    monkeypatch.setattr(stage.assurance, "available", lambda _account: "aal2")
    stage.revise(lambda whole: whole["session"].update(whoami={"required_aal": "aal1"}))
    assert (await whoami(client, tokens[-1])).status_code == 200
    stage.revise(lambda whole: whole["session"].update(whoami={"required_aal": "highest_available"}))
    assert (await whoami(client, tokens[-1])).status_code == 403


async def test_one_factor_is_enough_where_the_project_says_so(stage, client, tokens, monkeypatch):
    monkeypatch.setattr(stage.assurance, "available", lambda _account: "aal2")
    stage.revise(lambda whole: whole["session"].update(whoami={"required_aal": "aal1"}))
    assert (await whoami(client, tokens[-1])).status_code == 200


async def test_a_cookie_of_another_installation_is_nobodys_here(stage, tmp_path, client):
    (tmp_path / "other").mkdir()
    elsewhere = await LoginStage(tmp_path / "other").open()
    try:
        async with elsewhere.client() as browser:
            await register(browser)
            await send(browser, await in_app(browser), password_of(ADA["email"]))
            cookie = browser.cookies["ory_kratos_session"]
            assert (await whoami(browser)).status_code == 200
    finally:
        await elsewhere.close()
    await register(client)
    headers = {"Cookie": f"ory_kratos_session={cookie}"}
    assert (await client.get("/sessions/whoami", headers=headers)).status_code == 401


@pytest.mark.parametrize("cookie", ["ory_kratos_session=", "ory_kratos_session=;;;", "=", "ory_kratos_session=%00ü"])
async def test_a_broken_cookie_is_nobodys(client, tokens, cookie):
    assert tokens
    answer = await client.get("/sessions/whoami", headers={"Cookie": cookie.encode()})
    assert answer.status_code == 401
