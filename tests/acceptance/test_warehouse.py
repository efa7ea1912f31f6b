"""Events of a real server in tables of a real PostgreSQL, from one command to the rows."""

import time

import httpx
import psycopg

from acceptance.conftest import WAIT_SECONDS

EVENT = {
    "type": "track",
    "messageId": "m-engine",
    "userId": "ada",
    "event": "Engine Ordered",
    "properties": {"total": 19.5, "deep": {"note": "it's brass"}},
}


def rows(postgres_server, query):
    """Return the rows of `query`, once there are some."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            with psycopg.connect(postgres_server.dsn) as connection:
                if found := connection.execute(query).fetchall():
                    return found
        except psycopg.errors.UndefinedTable:
            pass
    raise AssertionError(query)


def test_an_event_is_in_its_table_and_its_trace_says_so(shared_headwater, postgres_server):
    server = shared_headwater
    write_key = server.source("engines")
    settings = {name: value for name, value in postgres_server.settings(schema="engines").items() if name != "port"}
    wanted = [f"--set={name}={value}" for name, value in {**settings, "port": postgres_server.port}.items()]
    server.cli("create", "destination", "postgres", "--source", "engines", *wanted)
    answer = httpx.post(f"{server.url}/v1/track", json=EVENT, auth=(write_key, ""))

    assert 200 == answer.status_code
    query = "SELECT id, user_id, total, deep_note FROM engines.engine_ordered"
    assert [("m-engine", "ada", 19.5, "it's brass")] == rows(postgres_server, query)
    (row,) = server.api("GET", "/api/trace/m-engine?source=engines")["deliveries"]
    assert row["state"] in ("pending", "delivered")  # the row is there before its settlement is
    assert postgres_server.password not in str(server.api("GET", "/api/destinations"))
