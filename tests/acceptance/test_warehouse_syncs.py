"""From an event to a row in a warehouse, by the commands that an operator types, on a running server."""

import json

import httpx
import psycopg
from psycopg import sql

DATABASE = "warehouse_of_the_story"


def test_events_are_in_the_warehouse_after_one_command_and_only_once(shared_headwater, postgres_server):
    server, pg = shared_headwater, postgres_server
    write_key = server.source("Steam Shop")
    with psycopg.connect(pg.dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    url = f"postgresql://{pg.user}:{pg.password}@{pg.host}:{pg.port}/{DATABASE}"
    made = ("create", "warehouse", "story", "--kind", "postgres", "--source", "steam-shop", "--schedule", "manual")
    server.cli(*made, f"--set=url={url}", "--set=tls=off", "--exclude=steam-shop.engine_ordered.card")
    for number in range(3):
        event = {"userId": "ada", "event": "Engine Ordered", "properties": {"total": number, "card": "4111"}}
        httpx.post(f"{server.url}/v1/track", json={**event, "messageId": f"m{number}"}, auth=(write_key, ""))

    def asked(*words):
        return json.loads(server.cli(*words, "--format", "json").stdout)

    first = asked("sync", "warehouse", "story", "--wait")
    again = asked("sync", "warehouse", "story", "--wait")

    assert ("done", 6) == (first["state"], first["rows"])
    assert ("done", 0) == (again["state"], again["rows"])
    with psycopg.connect(pg.dsn, dbname=DATABASE) as connection:
        found = connection.execute("SELECT id, total FROM steam_shop.engine_ordered ORDER BY id").fetchall()
        columns = connection.execute("SELECT column_name FROM information_schema.columns").fetchall()
    assert [("m0", 0), ("m1", 1), ("m2", 2)] == found
    assert ("card",) not in columns

    server.cli("delete", "lake-person", "ada")
    gone = asked("sync", "warehouse", "story", "--wait")
    assert "6 rows of people" in str(gone)
    with psycopg.connect(pg.dsn, dbname=DATABASE) as connection:
        assert [] == connection.execute("SELECT id FROM steam_shop.engine_ordered").fetchall()

    (standing,) = asked("get", "status")["warehouses"]
    assert ("story", gone["ended_at"], 0) == (
        standing["name"],
        standing["last_success_at"],
        standing["failed_in_a_row"],
    )
    listed = asked("list", "syncs", "--warehouse", "story")["syncs"]
    assert [gone["id"], again["id"], first["id"]] == [one["id"] for one in listed]
    assert pg.password not in str(asked("get", "warehouse", "story"))
    server.cli("update", "warehouse", "story", "--schedule", "1d", "--disable", "--include-all")
    (shown,) = asked("list", "warehouses")["warehouses"]
    assert ("1d", False, [], []) == (shown["schedule"], shown["enabled"], shown["exclude"], shown["sources"])
    assert "--enable" in server.cli("sync", "warehouse", "story", code=1).stderr
    server.cli("delete", "warehouse", "story")
