"""/api/warehouses: what is asked for, refused and shown; who runs the syncs is another process."""

import pytest

from headwater.lake.warehouses.sync_history import SyncBook, SyncRecord, SyncState
from headwater.lake.warehouses.sync_words import TableReport

URL = "postgresql://loader:s3cret@db.example:5432/analytics"


@pytest.fixture
async def warehouse(asked):
    await asked("POST", "/sources", {"name": "My App", "kind": "http-api"})
    status, made = await asked(
        "POST",
        "/warehouses",
        {
            "name": "main",
            "kind": "postgres",
            "settings": {"url": URL, "tls": "off"},
            "sources": ["my-app"],
            "exclude": ["my-app.tracks", "*.users.email"],
        },
    )
    assert 201 == status
    return made


async def test_a_warehouse_is_shown_without_its_secrets(warehouse, asked):
    status, shown = await asked("GET", "/warehouses/main")

    assert (200, warehouse) == (status, shown)
    assert "s3cret" not in str(shown)
    assert {"url": "postgresql://loader@db.example:5432/analytics", "password": "***", "tls": "off"} == shown[
        "settings"
    ]
    assert ["my_app.tracks", "*.users.email"] == shown["exclude"]
    assert ("1h", ["my-app"], None) == (shown["schedule"], shown["sources"], shown["last_sync"])


async def test_what_is_shown_written_back_changes_nothing(warehouse, asked, rooms):
    _, shown = await asked("GET", "/warehouses/main")
    kept = ("settings", "sources", "exclude", "schedule", "enabled")
    status, changed = await asked("PATCH", "/warehouses/main", {name: shown[name] for name in kept})

    assert (200, shown) == (status, changed)


async def test_a_kept_password_is_not_sent_to_another_server(warehouse, asked):
    elsewhere = {"url": "postgresql://loader@mallory.example/analytics"}
    status, refused = await asked("PATCH", "/warehouses/main", {"settings": elsewhere})

    assert 400 == status
    assert "--set password" in refused["error"]["message"]
    anew = {**elsewhere, "password": "another"}
    assert 200 == (await asked("PATCH", "/warehouses/main", {"settings": anew}))[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "oracle"}, "postgres"),
        ({"settings": {}}, "url="),
        ({"settings": {"url": "postgresql://loader@db.example/analytics"}}, "password"),
        ({"settings": {"url": "mysql://a:b@db.example/x"}}, "postgresql://"),
        ({"settings": {"url": "postgresql://a:b@db.example/x?sslmode=disable"}}, "nothing behind"),
        ({"settings": {"url": URL, "schema": "x"}}, "'schema'"),
        ({"settings": {"url": URL, "tls": "maybe"}}, "tls"),
        ({"schedule": "sometimes"}, "manual"),
        ({"schedule": "5s"}, "60 s"),
        ({"exclude": ["nobody.tracks"]}, "nobody"),
        ({"exclude": ["a.b.c.d"]}, "source.table.column"),
        ({"exclude": ["*"]}, "source.table.column"),
        ({"name": "My Warehouse"}, "lower-case"),
        ({"name": "main"}, "already"),
        ({"sources": ["nobody"]}, "nobody"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_refuses_what_cannot_be_synced_and_says_what_to_write(warehouse, asked, change, said):
    wanted = {"name": "second", "kind": "postgres", "settings": {"url": URL}, **change}
    status, refused = await asked("POST", "/warehouses", wanted)

    assert 400 <= status < 500
    assert said in refused["error"]["message"]


async def test_a_sync_has_an_id_when_it_is_asked_for(warehouse, asked):
    status, wanted = await asked("POST", "/warehouses/main/syncs")

    assert (202, "waiting") == (status, wanted["state"])
    assert {"syncs": [wanted]} == (await asked("GET", "/warehouses/main/syncs"))[1]
    assert wanted == (await asked("GET", f"/warehouses/main/syncs/{wanted['id']}"))[1]
    assert 404 == (await asked("GET", "/warehouses/main/syncs/syn_none"))[0]


async def test_what_became_of_a_sync_is_told_table_by_table(warehouse, asked, rooms):
    _, wanted = await asked("POST", "/warehouses/main/syncs")
    refused = TableReport(schema="my_app", table="paid", state="refused", reason="a view holds it")
    book = SyncBook(rooms.folder.syncs_database)
    book.save(
        SyncRecord(
            id=wanted["id"],
            warehouse=warehouse["id"],
            state=SyncState.PARTLY,
            is_scheduled=False,
            began_at_ms=0,
            ended_at_ms=1_000,
            rows=5,
            report=(refused,),
        )
    )
    book.close()
    _, shown = await asked("GET", f"/warehouses/main/syncs/{wanted['id']}")

    assert ("partly", 5, "1970-01-01T00:00:01.000Z") == (shown["state"], shown["rows"], shown["ended_at"])
    expected = {"table": "my_app.paid", "state": "refused", "rows": 0, "changes": [], "reason": "a view holds it"}
    assert [expected] == shown["report"]
    assert shown == (await asked("GET", "/warehouses/main"))[1]["last_sync"]


async def test_a_warehouse_that_is_off_is_not_synced(warehouse, asked):
    await asked("PATCH", "/warehouses/main", {"enabled": False})
    status, refused = await asked("POST", "/warehouses/main/syncs")

    assert 409 == status
    assert "--enable" in refused["error"]["message"]


async def test_a_deleted_warehouse_is_gone(warehouse, asked):
    assert 204 == (await asked("DELETE", "/warehouses/main"))[0]
    assert 404 == (await asked("GET", "/warehouses/main"))[0]
    assert {"warehouses": []} == (await asked("GET", "/warehouses"))[1]


async def test_syncs_that_fail_again_and_again_are_noticed_until_one_goes_well(warehouse, asked, rooms):
    book = SyncBook(rooms.folder.syncs_database)
    said = []
    for number, state in enumerate(["done", "failed", "failed", "failed", "running", "partly"]):
        book.save(
            SyncRecord(
                id=f"syn_{number}",
                warehouse=warehouse["id"],
                state=SyncState(state),
                is_scheduled=True,
                began_at_ms=number,
            )
        )
        _, shown = await asked("GET", "/warehouses/main")
        said.append((shown["failed_in_a_row"], shown["notice"] is not None))
    book.close()

    assert [(0, False), (1, False), (2, False), (3, True), (3, True), (0, False)] == said
