"""People whom the lake had to forget go out of a warehouse as well: a real lake, a real PostgreSQL."""

import pytest
from warehouse_stage import Quay
from writing_stage import record

from headwater.lake.erasures import Erased, Erasure
from headwater.lake.warehouses.sync_words import LOADED, REFUSED
from headwater.lake.warehouses.table_sync import PUT_BACK
from headwater.lake.warehouses.warehouse import ERASURES


@pytest.fixture
def quay(tmp_path, settings):
    return Quay(tmp_path, settings)


def of_ada(number, **fields):
    return record(number, **{"userId": "ada", "anonymousId": "adas-browser", **fields})


def of_bob(number, **fields):
    return record(number, **{"userId": "bob", "anonymousId": "bobs-browser", **fields})


def ada(*, up_to, number=1, **changes):
    return Erasure(**{"id": f"era_{number}", "user_id": "ada", "up_to": up_to, "number": number, **changes})


async def erased(quay, *erasures, **changes):
    """Sync while the lake's files still have them."""
    return await quay.sync(erasures=erasures, unsettled=erasures, **changes)


async def test_their_rows_go_from_every_table_and_nobody_elses(quay, kept):
    await quay.add(
        of_ada(1),
        of_ada(2, type="identify", traits={"name": "Ada"}),
        of_ada(3, type="page", name="Home"),
        of_bob(4, type="alias", previousId="ada"),
        of_bob(5),
        of_bob(6, type="identify", traits={"name": "Bob"}),
        of_bob(7, type="page", name="Home"),
        of_bob(8, type="alias", previousId="rob"),
    )
    await quay.sync()
    last, tables = await erased(quay, ada(up_to=8))

    assert "" == last.reason
    assert (LOADED, ["6 rows"]) == (tables[ERASURES].state, [text[:6] for text in tables[ERASURES].changes])
    assert [("m5",)] == await kept("order_completed", "id") == await kept("tracks", "id")
    assert [("m6",)] == await kept("identifies", "id")
    assert [("bob", "Bob")] == await kept("users", "id", "name")
    assert [("m7",)] == await kept("pages", "id")
    assert [("m8",)] == await kept("aliases", "id")


async def test_nothing_of_theirs_is_loaded_while_files_still_have_it(quay, kept):
    await quay.add(of_ada(1), of_bob(2), of_ada(3, type="identify"), of_bob(4, type="identify"))
    await erased(quay, ada(up_to=4))

    assert [("m2",)] == await kept("order_completed", "id") == await kept("tracks", "id")
    assert [("bob",)] == await kept("users", "id")


async def test_who_came_back_keeps_what_came_since(quay, kept):
    await quay.add(
        of_ada(1, type="identify", traits={"name": "Ada", "card": "4111"}), of_bob(2, type="identify"), of_ada(3)
    )
    await quay.add(of_ada(4, type="identify", traits={"name": "Ada again"}), of_ada(5))
    await quay.sync()
    await erased(quay, ada(up_to=3))

    assert [("m5",)] == await kept("order_completed", "id") == await kept("tracks", "id")
    assert [("m2",), ("m4",)] == await kept("identifies", "id")
    assert [("ada", "Ada again", None), ("bob", None, None)] == await kept("users", "id", "name", "card")


async def test_what_a_nameless_visitor_said_goes_from_the_newest_values(quay, kept):
    await quay.add(
        of_bob(1, type="identify", traits={"plan": "free"}),
        of_bob(2, type="identify", anonymousId="a-caf'e", traits={"plan": "pro", "card": "4111"}),
        of_bob(3, type="group", groupId="g1", traits={"size": 5}),
        of_bob(4, type="group", groupId="g1", anonymousId="a-caf'e", traits={"size": 9, "vat": "XY1"}),
    )
    await quay.sync()
    await erased(quay, ada(up_to=4, user_id=None, anonymous_id="a-caf'e"))

    assert [("bob", "free", None)] == await kept("users", "id", "plan", "card")
    assert [("g1", 5, None)] == await kept("accounts", "id", "size", "vat")


async def test_newest_values_are_known_by_the_warehouse_where_the_lake_has_forgotten_before(quay, kept):
    await quay.add(of_ada(1, type="group", groupId="g1", traits={"vat": "XY1"}), of_bob(2, type="group", groupId="g2"))
    await quay.sync()
    await quay.write(erasures=(ada(up_to=2),))
    await quay.sync(erasures=(ada(up_to=2),))

    assert [("g2",)] == await kept("accounts", "id")


async def test_newest_values_are_known_by_the_lake_where_their_events_stay_out(quay, kept):
    await quay.add(of_ada(1, type="group", groupId="g1", traits={"vat": "XY1"}), of_bob(2, type="group", groupId="g2"))
    await quay.sync(exclude=("web.groups",))
    await erased(quay, ada(up_to=2), exclude=("web.groups",))

    assert [("g2",)] == await kept("accounts", "id")


async def test_it_is_done_once_and_costs_no_second_load(quay, kept):
    await quay.add(of_bob(1), of_ada(2))
    await quay.sync()
    await erased(quay, ada(up_to=2))
    await quay.write(erasures=(ada(up_to=2),))
    await quay.add(of_bob(3), of_ada(4))
    last, tables = await quay.sync(erasures=(ada(up_to=2),))

    assert 4 == last.rows
    assert ERASURES not in tables
    assert PUT_BACK not in tables["tracks"].changes
    assert [("m1",), ("m3",), ("m4",)] == await kept("tracks", "id")


async def test_a_workspace_that_was_put_back_has_its_erasures_done_anew(quay, kept):
    await quay.add(of_ada(1), of_bob(2))
    await quay.sync()
    await erased(quay, ada(up_to=2, number=7, user_id="nobody"))
    await erased(quay, ada(up_to=2, number=3))

    assert [("m2",)] == await kept("tracks", "id")


async def test_what_the_warehouse_refuses_to_delete_is_deleted_later_and_holds_up_no_load(quay, connection, kept):
    await quay.add(of_ada(1), of_bob(2))
    await quay.sync()
    connection.execute("CREATE FUNCTION no() RETURNS trigger AS 'BEGIN RAISE ''never''; END' LANGUAGE plpgsql")
    connection.execute("CREATE TRIGGER no BEFORE DELETE ON web.tracks FOR EACH ROW EXECUTE FUNCTION no()")
    await quay.add(of_bob(3))
    _, tables = await erased(quay, ada(up_to=3))

    assert (REFUSED, "never") == (tables[ERASURES].state, tables[ERASURES].reason[:5])
    assert [("m1",), ("m2",), ("m3",)] == await kept("tracks", "id") == await kept("order_completed", "id")

    connection.execute("DROP TRIGGER no ON web.tracks")
    await erased(quay, ada(up_to=3))
    assert [("m2",), ("m3",)] == await kept("tracks", "id") == await kept("order_completed", "id")


async def test_they_go_from_sources_and_tables_that_are_synced_no_more(quay, kept):
    await quay.add(of_ada(1), of_bob(2))
    await quay.sync()
    await erased(quay, ada(up_to=2), schemas={})

    assert [("m2",)] == await kept("tracks", "id")


async def test_somebody_who_goes_while_newest_values_are_loaded_anew_does_not_come_back(quay, kept):
    await quay.add(of_ada(1, type="identify"), of_bob(2, type="identify", anonymousId="adas-browser"))
    await quay.sync()
    both = (ada(up_to=2, user_id=None, anonymous_id="adas-browser"), ada(up_to=2, number=2, user_id="bob"))
    await erased(quay, both[0], schemas={})  # killed before it loaded anything
    await erased(quay, *both)

    assert [] == await kept("users", "id")


def test_a_later_row_is_one_of_theirs_that_no_erasure_takes():
    both = Erased([ada(up_to=5), ada(up_to=9, user_id=None, anonymous_id="a")])

    assert "false" == both.later({"id"}) == Erased().later({"user_id"})
    assert both.others({"user_id"}) in both.later({"user_id"})
