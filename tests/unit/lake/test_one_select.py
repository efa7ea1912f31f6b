"""What a query may be, as DuckDB's parser reads it. No process, no file: this is about words."""

import duckdb
import pytest

from headwater.lake.sql import one_select
from headwater.lake.sql.query_errors import QueryFailedError, QueryRefusedError


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


def read(connection, sql):
    return one_select.read(connection, sql, schemas=("web",), parser_error=duckdb.Error)


READING = {
    "select": "SELECT 1",
    "from first": "FROM web.tracks",
    "with": "WITH a AS (SELECT 1), b AS (FROM a) FROM b",
    "recursive": "WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i + 1 FROM r WHERE i < 9) FROM r",
    "union": "SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)",
    "comment and semicolon": "SELECT 1; -- that's all",
    "show": "SHOW TABLES",
    "describe": "DESCRIBE web.tracks",
    "summarize": "SUMMARIZE web.tracks",
    "information schema": "SELECT * FROM information_schema.columns",
    "catalogue": "SELECT * FROM memory.web.tracks",
    "series": "SELECT * FROM range(3), unnest([1, 2])",
    "pivot": "FROM web.tracks PIVOT (count(*) FOR event IN ('a', 'b'))",
    "values": "VALUES (1), (2)",
}


@pytest.mark.parametrize("sql", READING.values(), ids=READING)
def test_takes_what_only_reads(connection, sql):
    assert read(connection, sql).statement is not None


REFUSED = {
    "nothing": "",
    "two statements": "SELECT 1; SELECT 2",
    "a second statement that drops": "SELECT 1; DROP VIEW web.tracks",
    "insert": "INSERT INTO web.tracks VALUES (1)",
    "update": "UPDATE web.tracks SET id = 1",
    "delete": "DELETE FROM web.tracks",
    "create": "CREATE TABLE t AS SELECT 1",
    "drop": "DROP VIEW web.tracks",
    "alter": "ALTER TABLE web.tracks ADD COLUMN x INT",
    "copy out": "COPY (SELECT 1) TO 'x.csv'",
    "copy in": "COPY web.tracks FROM 'x.csv'",
    "copy in a with": "WITH c AS (COPY web.tracks TO 'x.csv') FROM c",
    "insert in a with": "WITH c AS (INSERT INTO web.tracks VALUES (1) RETURNING *) FROM c",
    "update in a with": "WITH c AS (UPDATE web.tracks SET id = 1 RETURNING *) FROM c",
    "delete in a with": "WITH c AS (DELETE FROM web.tracks RETURNING *) FROM c",
    "delete in a subquery's with": "SELECT (WITH c AS (DELETE FROM web.tracks RETURNING *) SELECT max(id) FROM c)",
    "export": "EXPORT DATABASE 'x'",
    "attach": "ATTACH 'x.db'",
    "use": "USE memory",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "pragma": "PRAGMA database_list",
    "set": "SET memory_limit = '100GB'",
    "reset": "RESET lock_configuration",
    "set variable": "SET VARIABLE x = 1",
    "call": "CALL pragma_version()",
    "prepare": "PREPARE p AS SELECT 1",
    "execute": "EXECUTE p",
    "explain": "EXPLAIN SELECT 1",
    "checkpoint": "CHECKPOINT",
    "begin": "BEGIN",
    "dynamic pivot": "PIVOT web.tracks ON event",
    "read_csv": "SELECT * FROM read_csv('/etc/passwd')",
    "read_text": "SELECT * FROM read_text('/etc/passwd')",
    "read_blob": "SELECT * FROM read_blob('x')",
    "read_parquet of the lake's own file": "SELECT * FROM read_parquet('/lake/data/src_web/tracks/1-1-1.parquet')",
    "parquet_metadata": "SELECT * FROM parquet_metadata('x.parquet')",
    "glob": "SELECT * FROM glob('/*')",
    "sniff_csv": "SELECT * FROM sniff_csv('x')",
    "text as sql": "SELECT * FROM query('SELECT 1')",
    "text as a table": "SELECT * FROM query_table('/etc/passwd')",
    "json as sql": "SELECT * FROM json_execute_serialized_sql('{}')",
    "settings": "SELECT * FROM duckdb_settings()",
    "secrets": "SELECT * FROM duckdb_secrets()",
    "enable_logging": "SELECT * FROM enable_logging()",
    "python's own": "SELECT * FROM pandas_scan(0)",
    "seq_scan": "SELECT * FROM seq_scan('x')",
    "function in a subquery": "SELECT 1 WHERE 'x' IN (SELECT content FROM read_text('/etc/passwd'))",
    "function in a lambda": "SELECT list_transform([1], lambda x: (SELECT max(content) FROM read_text('x')))",
    "function in a join": "FROM web.tracks JOIN read_csv('x') USING (id)",
    "a file for a table": "FROM '/etc/passwd'",
    "a file below here": "FROM 'x.parquet'",
    "a url for a table": "FROM 'https://example.com/x.csv'",
    "a pattern for a table": "FROM '*.csv'",
    "describe a file": "DESCRIBE 'x.parquet'",
    "summarize a file": "SUMMARIZE 'x.csv'",
    "somebody else's schema": "FROM shop.tracks",
    "the tail past its view": 'FROM "@tail"."web.tracks"',
    "another database": "FROM other.web.tracks",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_refuses_everything_else(connection, sql):
    with pytest.raises(QueryRefusedError):
        read(connection, sql)


def test_says_where_it_is_no_sql(connection):
    with pytest.raises(QueryFailedError, match=r"syntax error at or near .web"):
        read(connection, "SELECT * FORM web.tracks")


def test_a_query_nested_too_deep_is_an_error_and_no_crash(connection):
    for sql in (
        f"SELECT {'(' * 5_000}1{')' * 5_000}",
        f"SELECT {'NOT ' * 50_000}true",
        f"SELECT {'[' * 5_000}{']' * 5_000}",
    ):
        with pytest.raises(QueryFailedError, match="depth"):
            read(connection, sql)


def test_knows_which_tables_are_named_and_which_names_are_the_querys_own(connection):
    select = read(connection, "WITH Own AS (FROM web.Tracks) FROM own, users")

    assert {("web", "tracks"), ("", "own"), ("", "users")} == select.tables
    assert {"own"} == select.own_names
    assert not select.asks_for_tables
