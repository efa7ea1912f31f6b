"""A database of a real PostgreSQL server, for each test that loads a warehouse."""

import itertools

import psycopg
import pytest
from psycopg import sql

_numbers = itertools.count()


@pytest.fixture(scope="session")
def admin(postgres_server):
    with psycopg.connect(postgres_server.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def database(admin):
    """A database of its own, for each test."""
    name = f"warehouse_{next(_numbers)}"
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield name
    admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def connection(postgres_server, database):
    with psycopg.connect(postgres_server.dsn, dbname=database, autocommit=True) as made:
        made.execute("SET timezone = 'UTC'")
        yield made


@pytest.fixture
def settings(postgres_server, database):
    server = postgres_server
    return {
        "url": f"postgresql://{server.user}@{server.host}:{server.port}/{database}",
        "password": server.password,
        "tls": "off",
    }


@pytest.fixture
def kept(connection):
    async def read(table, *columns, schema="web"):
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        query = sql.SQL("SELECT {} FROM {} ORDER BY id").format(names, sql.Identifier(schema, table))
        return connection.execute(query).fetchall()

    return read
