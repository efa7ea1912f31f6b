import msgspec
import pytest
from identity_stage import PERSON, base64_url
from sqlalchemy import event, insert, text

from headwater.core.secrets import Secret
from headwater.identity.people import accounts, persons, reshape, schema
from headwater.identity.people.accounts import Account
from headwater.identity.sessions import bearer, sessions
from headwater.identity.sessions.sessions import Method
from headwater.store import tables
from headwater.store.database import build_engine, sqlite_url
from headwater.store.migrate import migrate

PROJECT = "11111111-1111-4111-8111-111111111111"
PERSON_SCHEMA = schema.load("person", base64_url(PERSON), path="/x")
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def connection(tmp_path):
    engine = build_engine(sqlite_url(tmp_path / "core.db"))
    migrate(engine)  # as servers have it: which index SQLite takes depends on which came last
    with engine.connect() as connection, connection.begin():
        row = {"slug": "p", "name": "p", "environment": "prod", "revision_id": "r", "document": "{}"}
        connection.execute(insert(tables.projects).values(id=PROJECT, **row, created_at_ms=0, updated_at_ms=0))
        for name in ("ada", "grace"):
            account = Account(
                id=name,
                schema_id="person",
                state=accounts.ACTIVE,
                traits={},
                state_changed_at_ms=1,
                created_at_ms=1,
                updated_at_ms=1,
            )
            traits = {"email": f"{name}@example.org"}
            person = reshape.reshaped(account, (), traits=traits, schema=PERSON_SCHEMA, now_ms=1)
            persons.insert_person(connection, person, project_id=PROJECT)
        yield connection
    engine.dispose()


def sign_in(connection, name="ada", *, now_ms=1000, lifespan_seconds=60.0):
    session, token = sessions.start(
        name,
        methods=[Method(method="password", aal="aal1", completed_at_ms=now_ms)],
        ip_address="",
        user_agent="",
        now_ms=now_ms,
        lifespan_seconds=lifespan_seconds,
    )
    sessions.insert_session(connection, session, token=token, project_id=PROJECT)
    return session, token


def came_in(connection, name="ada", *, project_id=PROJECT):
    session, token = sessions.start(name, methods=[], ip_address="", user_agent="", now_ms=1000, lifespan_seconds=60)
    return sessions.insert_if_active(connection, session, token=token, project_id=project_id), token


def find(connection, token, now_ms=1001):
    return bearer.find_or_none(connection, token, project_id=PROJECT, now_ms=now_ms)


def test_a_token_leads_to_its_session_and_person_at_once(connection):
    session, token = sign_in(connection)
    sign_in(connection, "grace")

    found, account = find(connection, token)
    assert found == session
    assert account == accounts.find_or_none(connection, "ada", project_id=PROJECT)
    assert len(account.addresses) == 2


def test_who_may_come_in_has_a_session_as_any_other(connection):
    is_stored, token = came_in(connection)

    assert is_stored
    assert find(connection, token)[1].id == "ada"


@pytest.mark.parametrize("statement", ["UPDATE identities SET state = 'inactive'", "DELETE FROM identities"])
def test_who_was_disabled_or_deleted_meanwhile_gets_no_session(connection, statement):
    connection.exec_driver_sql(statement)

    assert not came_in(connection)[0]
    assert connection.execute(tables.sessions.select()).all() == []


def test_somebody_of_another_project_gets_no_session_here(connection):
    assert not came_in(connection, project_id="another")[0]


def test_someone_without_any_address_is_found_too(connection):
    connection.execute(tables.addresses.delete())
    _, token = sign_in(connection)

    assert find(connection, token)[1].addresses == ()


def test_no_other_token_time_or_project_opens_a_session(connection):
    session, token = sign_in(connection)

    assert find(connection, Secret("' OR 1=1 --")) is None
    assert find(connection, token, now_ms=session.expires_at_ms) is None
    assert bearer.find_or_none(connection, token, project_id="other", now_ms=1001) is None
    sessions.revoke(connection, session.id, project_id=PROJECT)
    assert find(connection, token) is None
    assert sessions.find_or_none(connection, token, project_id=PROJECT, now_ms=1001) is None


def test_asking_who_it_is_reads_no_table_from_end_to_end(connection):
    wanted = {"token_sha256": "x", "project_id": PROJECT, "now_ms": 1}
    plan = connection.execute(text(f"EXPLAIN QUERY PLAN {bearer.BY_TOKEN}"), wanted).all()

    assert plan
    assert not [row for row in plan if row.detail.startswith("SCAN")]


@pytest.mark.parametrize("active", [None, True, False])
def test_a_persons_sessions_are_looked_up_and_not_everybodys_walked(connection, active):
    plans = []

    def explain(_connection, cursor, statement, parameters, *_):
        if statement.startswith("SELECT"):
            plans.append(cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

    event.listen(connection, "before_cursor_execute", explain)
    theirs = {"project_id": PROJECT, "active": active, "now_ms": 1}
    sessions.of_identity(connection, "ada", **theirs, offset=0, limit=20)
    sessions.count_of_identity(connection, "ada", **theirs)

    assert 2 == len(plans)
    assert all("ix_sessions_identity_id (identity_id=?)" in str(plan) for plan in plans)


def test_one_session_is_revoked_by_its_owner_only(connection):
    session, token = sign_in(connection)

    assert not sessions.revoke(connection, session.id, project_id=PROJECT, identity_id="grace")
    assert not sessions.revoke(connection, session.id, project_id="other")
    assert find(connection, token)
    assert sessions.revoke(connection, session.id, project_id=PROJECT, identity_id="ada")
    assert find(connection, token) is None


def test_the_others_are_revoked_and_counted_but_not_the_one_kept_nor_anyone_elses(connection):
    kept, kept_token = sign_in(connection)
    others = [sign_in(connection)[1] for _ in range(3)]
    _, graces = sign_in(connection, "grace")

    assert sessions.revoke_others(connection, "ada", kept.id) == 3
    assert sessions.revoke_others(connection, "ada", kept.id) == 0
    assert not [token for token in others if find(connection, token)]
    assert find(connection, kept_token)
    assert find(connection, graces)
    assert sessions.revoke_all_of(connection, "ada") == 1
    assert sessions.delete_all_of(connection, "ada") == 4


def test_a_session_that_changed_is_stored_whole_under_its_old_token(connection):
    session, token = sign_in(connection)
    method = Method(method="totp", aal="aal2", completed_at_ms=1500)
    changed = msgspec.structs.replace(session, aal="aal2", methods=(*session.methods, method), authenticated_at_ms=1500)

    assert sessions.save(connection, changed)
    assert find(connection, token)[0] == changed
    sessions.delete_all_of(connection, "ada")
    assert not sessions.save(connection, changed)


def sign_in_until_one_prunes(connection, *, now_ms):
    while not sign_in(connection, now_ms=now_ms)[0].id.startswith(sessions.PRUNES):
        pass


def test_sessions_that_ended_long_ago_go_in_bites_as_new_ones_come(connection):
    rows = 250
    for number in range(rows):
        session, _ = sessions.start("ada", methods=[], ip_address="", user_agent="", now_ms=number, lifespan_seconds=1)
        row = {**sessions.row_of(session), "token_sha256": str(number), "project_id": PROJECT}
        connection.execute(insert(tables.sessions).values(row))
    recent, _ = sign_in(connection, now_ms=20 * DAY_MS)
    assert sessions.prune(connection, now_ms=20 * DAY_MS) == 0

    later_ms = 40 * DAY_MS
    counts = []
    for _ in range(4):
        sign_in_until_one_prunes(connection, now_ms=later_ms)
        found = sessions.of_identity(
            connection, "ada", project_id=PROJECT, active=False, now_ms=later_ms, offset=0, limit=1000
        )
        counts.append(len(found))
    assert counts == [151, 51, 1, 1]
    assert sessions.find_by_id(connection, recent.id, project_id=PROJECT)
