"""A statement given to the driver does what SQLAlchemy would do with it."""

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, create_engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from fresh_database import fresh_database
from headwater.store import tables
from headwater.store.database import Database, sqlite_url
from headwater.store.errors import DatabaseError
from headwater.store.statement import Statement
from headwater.store.tables import outbox, sources

SOURCE = {"id": "s1", "slug": "web", "name": "Web", "kind": "server", "enabled": True, "created_at_ms": 7}


@pytest.fixture
def database(tmp_path):
    database = fresh_database(tmp_path / "core.db")
    yield database
    database.close()


@pytest.fixture
async def stored(database):
    await database.write(lambda connection: Statement(insert(sources)).run(connection, SOURCE))
    return database


async def both(database, built, parameters):
    """Return the rows as the statement has them, and as SQLAlchemy has."""
    found = await database.read(lambda connection: Statement(built).rows(connection, parameters))
    expected = await database.read(lambda connection: connection.execute(built, parameters).all())
    return [tuple(row) for row in found], [tuple(row) for row in expected]


async def test_what_is_stored_is_read_as_it_is_by_sqlalchemy_types_included(stored):
    found, expected = await both(stored, select(sources).where(sources.c.id == bindparam("wanted")), {"wanted": "s1"})

    assert expected == found
    assert 1 == len(found)
    assert [type(value) for value in expected[0]] == [type(value) for value in found[0]]
    assert True in [value for value in found[0] if isinstance(value, bool)]


async def test_values_that_the_statement_brings_along_are_its_own(stored):
    some = select(sources.c.id).where(sources.c.created_at_ms > bindparam("after_ms")).limit(1)

    assert ([("s1",)], [("s1",)]) == await both(stored, some, {"after_ms": 6})
    assert ([], []) == await both(stored, some, {"after_ms": 7})


async def test_bytes_come_back_as_bytes(database):
    await database.write(lambda connection: Statement(insert(outbox)).run(connection, {"record": b"\0ada"}))

    assert ([(b"\0ada",)], [(b"\0ada",)]) == await both(database, select(outbox.c.record), {})


async def test_an_update_changes_the_columns_that_it_is_given_and_counts(stored):
    change = Statement(update(sources).where(sources.c.id == bindparam("wanted")))

    assert 1 == await stored.write(lambda connection: change.run(connection, {"wanted": "s1", "name": "Site"}))
    assert 1 == await stored.write(lambda connection: change.run(connection, {"wanted": "s1", "enabled": False}))
    assert 0 == await stored.write(lambda connection: change.run(connection, {"wanted": "s2", "enabled": True}))
    kept = await stored.read(lambda connection: connection.execute(select(sources.c.name, sources.c.enabled)).one())
    assert ("Site", False) == tuple(kept)


async def test_the_first_row_is_none_where_there_is_none(stored):
    find = Statement(select(sources.c.slug).where(sources.c.id == bindparam("wanted")))

    assert ("web",) == await stored.glance(lambda connection: find.first_or_none(connection, {"wanted": "s1"}))
    assert await stored.glance(lambda connection: find.first_or_none(connection, {"wanted": "s2"})) is None


async def test_a_constraint_speaks_as_it_does_through_sqlalchemy_and_names_no_value(stored):
    with pytest.raises(IntegrityError) as caught:
        await stored.write(lambda connection: Statement(insert(sources)).run(connection, {**SOURCE, "name": "s3cret"}))

    assert "s3cret" not in str(caught.value)


async def test_it_shares_its_callers_transaction(stored):
    def broken(connection):
        Statement(delete(sources)).run(connection, {})
        raise KeyError

    with pytest.raises(KeyError):
        await stored.write(broken)

    found, _ = await both(stored, select(tables.sources.c.id), {})
    assert [("s1",)] == found


async def test_a_database_that_refuses_is_one_sentence_to_whoever_asked(tmp_path):
    empty = Database(sqlite_url(tmp_path / "core.db"))
    find = Statement(select(sources.c.id))
    for ask in (empty.read, empty.glance, empty.write):
        with pytest.raises(DatabaseError) as caught:
            await ask(lambda connection: find.rows(connection, {}))
        assert isinstance(caught.value.__cause__, OperationalError)
    empty.close()


def test_elsewhere_it_tells_how_many_rows_an_insert_made_too(postgres_server):
    server = postgres_server
    engine = create_engine(f"postgresql+psycopg://{server.user}:{server.password}@{server.host}:{server.port}/postgres")
    rows = Table("made_by_statements", MetaData(), Column("id", Integer))
    some = Statement(
        rows.insert().from_select(["id"], select(bindparam("id", type_=Integer)).where(bindparam("is_wanted")))
    )
    with engine.connect() as connection:  # nothing is committed
        rows.create(connection)
        made = [some.run(connection, {"id": 1, "is_wanted": is_wanted}) for is_wanted in (True, False)]
    engine.dispose()

    assert [1, 0] == made
