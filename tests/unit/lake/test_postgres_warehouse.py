"""PostgreSQL under the law of warehouses, and what only PostgreSQL can do to one."""

import pytest

from contracts.warehouses import WarehouseContract, lines, load, shape
from headwater.core.clock import SystemClock
from headwater.lake.warehouses import kinds
from headwater.lake.warehouses.warehouse import TableRefusedError, WarehouseDownError
from headwater.net.addresses import AddressPolicy

LOCAL = AddressPolicy(allow_private=True)


@pytest.fixture
def open_warehouse(settings):
    return lambda **changes: kinds.warehouse(
        "postgres", {**settings, **changes}, policy=changes.pop("policy", LOCAL), clock=SystemClock()
    )


class TestPostgresWarehouse(WarehouseContract):
    async def test_says_where_a_server_is_that_is_down(self, open_warehouse):
        warehouse = open_warehouse(url="postgresql://ada@127.0.0.1:9/none")
        with pytest.raises(WarehouseDownError, match=r"127\.0\.0\.1"):
            await warehouse.marks("web", source="src")

    async def test_a_wrong_password_ends_the_sync_and_is_not_repeated(self, open_warehouse):
        warehouse = open_warehouse(password="mallory-guesses")
        with pytest.raises(WarehouseDownError, match="authentication") as refused:
            await warehouse.marks("web", source="src")

        assert "mallory" not in refused.value.message

    async def test_refuses_an_address_that_the_policy_refuses(self, settings):
        warehouse = kinds.warehouse("postgres", settings, policy=AddressPolicy(), clock=SystemClock())
        with pytest.raises(WarehouseDownError, match="HEADWATER_PRIVATE_ADDRESSES"):
            await warehouse.marks("web", source="src")

    async def test_a_server_that_stands_still_is_given_up_in_time(self, open_warehouse, connection):
        warehouse = open_warehouse(timeout_seconds=1)
        await warehouse.shape(shape())
        with connection.transaction():
            connection.execute("LOCK TABLE web.paid IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(WarehouseDownError, match="timeout_seconds"):
                await warehouse.load(load(), lines(("m1", 1)))

    async def test_a_server_that_goes_away_during_a_load_costs_nothing(self, warehouse, connection, kept):
        await warehouse.shape(shape())

        async def given():
            yield b"m1,5\n"
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'headwater'"
            connection.execute(others)
            yield b"m2,6\n" * 100_000

        with pytest.raises(WarehouseDownError):
            await warehouse.load(load(), given)

        assert [] == await kept("paid", "id")
        assert 1 == await warehouse.load(load(), lines(("m1", 5)))

    async def test_more_columns_than_a_table_can_have_are_a_refusal(self, warehouse):
        await warehouse.shape(shape())
        with pytest.raises(TableRefusedError, match="1600"):
            await warehouse.shape(shape(**{f"c{number}": "boolean" for number in range(1_700)}))

    async def test_somebodys_own_table_of_that_name_is_filled_without_doubles_and_keeps_its_types(
        self, warehouse, connection, kept
    ):
        connection.execute("CREATE SCHEMA web; CREATE TABLE web.paid (id varchar(20), total numeric(6, 2), own text)")
        changes = await warehouse.shape(shape(note="varchar"))
        first = load(columns=("id", "total", "note"))
        await warehouse.load(first, lines(("m1", 5, "x"), ("m2", 6, "y")))
        await warehouse.load(load(first.after, is_again=True), lines(("m1", 5), ("m3", 7)))

        assert ["note: added, text"] == changes
        assert [("m1", 5), ("m2", 6), ("m3", 7)] == await kept("paid", "id", "total")

    async def test_a_view_that_holds_a_column_is_a_refusal_that_says_so(self, warehouse, connection):
        await warehouse.shape(shape())
        connection.execute("CREATE VIEW web.report AS SELECT total FROM web.paid")
        with pytest.raises(TableRefusedError, match="used by a view"):
            await warehouse.shape(shape(total="varchar"))

    async def test_whoever_may_not_create_gets_a_refusal_for_the_table(self, open_warehouse, connection, database):
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'r'")
        try:
            warehouse = open_warehouse(url=await _as("reader", open_warehouse, connection, database), password="r")
            with pytest.raises(TableRefusedError, match="permission denied"):
                await warehouse.shape(shape())
            await warehouse.close()
        finally:
            connection.execute("DROP ROLE reader")


async def _as(user, _open, connection, database):
    return f"postgresql://{user}@127.0.0.1:{connection.info.port}/{database}"
