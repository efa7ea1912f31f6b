"""The law every warehouse obeys. A suite passes what opens one, and what reads its tables; PostgreSQL is the first."""

import asyncio
import csv
import io

import msgspec
import pytest

from headwater.lake.warehouses.warehouse import (
    ERASURES,
    NOTHING,
    Erase,
    Load,
    Mark,
    OvertakenError,
    Shape,
    TableRefusedError,
)

COLUMNS = {"id": "varchar", "total": "integer"}


def lines(*rows, parts=1):
    """Return rows as the lake gives them: CSV, in so many parts; None is nothing, and "" an empty text."""

    async def given():
        text = io.StringIO()
        for row in rows:
            cells = ['""' if cell == "" else "" if cell is None else _quoted(cell) for cell in row]
            text.write(",".join(cells) + "\n")
        whole = text.getvalue().encode()
        step = max(1, -(-len(whole) // parts))
        for start in range(0, len(whole), step):
            yield whole[start : start + step]

    return given


def _quoted(cell):
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([str(cell), "x"])
    return text.getvalue().removesuffix(",x")


def shape(table="paid", *, schema="web", **columns):
    return Shape(schema=schema, table=table, columns={**COLUMNS, **columns})


def load(before=NOTHING, after=None, *, table="paid", schema="web", columns=("id", "total"), **more):
    after = Mark(offset=before.offset + 10, id="m") if after is None else after
    return Load(source="src", schema=schema, table=table, columns=columns, before=before, after=after, **more)


class WarehouseContract:
    """Subclass it with fixtures: `open_warehouse()` gives one, `kept(table, *columns, schema=)` its rows, by id."""

    @pytest.fixture
    async def warehouse(self, open_warehouse):
        made = open_warehouse()
        yield made
        await made.close()

    async def test_nothing_is_marked_where_nothing_was_loaded(self, warehouse):
        assert {} == await warehouse.marks("web", source="src")

    async def test_people_are_not_erased_by_a_mark_that_another_sync_has_moved(self, warehouse, kept):
        await warehouse.shape(shape(user_id="varchar"))
        await warehouse.load(load(columns=("id", "user_id")), lines(("m1", "ada"), ("m2", "bob")))
        ada = Erase(
            source="src",
            schema="web",
            user_ids=frozenset({"ada"}),
            anonymous_ids=frozenset(),
            before=NOTHING,
            after=Mark(offset=1, id="era_1"),
        )
        assert 1 == await warehouse.erase(ada)
        assert ada.after == (await warehouse.marks("web", source="src"))[ERASURES]

        with pytest.raises(OvertakenError):
            await warehouse.erase(msgspec.structs.replace(ada, user_ids=frozenset({"bob"})))
        assert [("m2",)] == await kept("paid", "id")

    async def test_rows_and_their_mark_come_together(self, warehouse, kept):
        await warehouse.shape(shape())
        one = load()

        assert 2 == await warehouse.load(one, lines(("m1", 5), ("m2", None), parts=3))
        assert [("m1", 5), ("m2", None)] == await kept("paid", "id", "total")
        assert {"paid": one.after} == await warehouse.marks("web", source="src")

    async def test_an_empty_text_is_not_nothing_and_any_letter_arrives(self, warehouse, kept):
        odd = 'a\n\\.\n"b", c\r\n\ttab \\N 🌊'
        await warehouse.shape(shape(note="varchar"))
        await warehouse.load(load(columns=("id", "note")), lines(("m1", ""), ("m2", None), ("m3", odd), ("m4", "\\.")))

        assert [("m1", ""), ("m2", None), ("m3", odd), ("m4", "\\.")] == await kept("paid", "id", "note")

    async def test_a_load_that_is_cut_off_leaves_neither_rows_nor_mark(self, warehouse, kept):
        await warehouse.shape(shape())

        async def torn():
            yield b"m1,5\n"
            raise OvertakenError("the lake's file was lost")

        with pytest.raises(OvertakenError):
            await warehouse.load(load(), torn)

        assert [] == await kept("paid", "id")
        assert {} == await warehouse.marks("web", source="src")
        assert 1 == await warehouse.load(load(), lines(("m1", 5)))

    async def test_the_same_load_again_is_refused_as_overtaken(self, warehouse, kept):
        await warehouse.shape(shape())
        await warehouse.load(load(), lines(("m1", 5)))

        with pytest.raises(OvertakenError):
            await warehouse.load(load(), lines(("m1", 5)))

        assert [("m1",)] == await kept("paid", "id")

    async def test_two_syncs_at_once_load_a_stretch_once(self, open_warehouse, kept):
        first, second = open_warehouse(), open_warehouse()
        await first.shape(shape())
        rows = lines(*((f"m{number:04}", number) for number in range(2_000)), parts=20)
        results = await asyncio.gather(*(one.load(load(), rows) for one in (first, second)), return_exceptions=True)
        await first.close()
        await second.close()

        assert [2_000] == [one for one in results if isinstance(one, int)]
        assert [OvertakenError] == [type(one) for one in results if isinstance(one, Exception)]
        assert 2_000 == len(await kept("paid", "id"))

    async def test_rows_that_are_there_already_are_left_and_not_doubled(self, warehouse, kept):
        await warehouse.shape(shape())
        await warehouse.load(load(), lines(("m1", 5), ("m2", 6)))
        there = (await warehouse.marks("web", source="src"))["paid"]
        again = load(there, Mark(offset=9, id="m3", again_up_to=30), is_again=True)

        assert 1 == await warehouse.load(again, lines(("m1", 99), ("m2", 99), ("m3", 7)))
        assert [("m1", 5), ("m2", 6), ("m3", 7)] == await kept("paid", "id", "total")
        assert {"paid": again.after} == await warehouse.marks("web", source="src")

    async def test_rows_that_were_there_unexpectedly_are_not_doubled_either(self, warehouse, kept):
        await warehouse.shape(shape())
        await warehouse.load(load(), lines(("m1", 5)))
        other = Load(
            source="another", schema="web", table="paid", columns=("id",), before=NOTHING, after=Mark(offset=2, id="m2")
        )

        assert 1 == await warehouse.load(other, lines(("m1",), ("m2",)))
        assert [("m1", 5), ("m2", None)] == await kept("paid", "id", "total")

    async def test_the_newest_value_stays_of_each_column(self, warehouse, kept):
        await warehouse.shape(shape("users", name="varchar"))
        columns = ("id", "total", "name")
        first = load(table="users", columns=columns, is_latest=True)
        await warehouse.load(first, lines(("ada", 1, "Ada"), ("bob", 1, "Bob")))
        await warehouse.load(
            load(first.after, table="users", columns=columns, is_latest=True),
            lines(("ada", None, "Lady Ada"), ("eve", 3, None)),
        )

        expected = [("ada", 1, "Lady Ada"), ("bob", 1, "Bob"), ("eve", 3, None)]
        assert expected == await kept("users", "id", "total", "name")

    async def test_a_column_that_is_new_is_added_and_said(self, warehouse, kept):
        await warehouse.shape(shape())
        first = load()
        await warehouse.load(first, lines(("m1", 5)))
        changes = await warehouse.shape(shape(coupon="varchar"))
        await warehouse.load(load(first.after, columns=("id", "coupon")), lines(("m2", "half")))

        assert ["coupon"] == [change.partition(":")[0] for change in changes]
        assert [("m1", None), ("m2", "half")] == await kept("paid", "id", "coupon")

    async def test_a_type_that_grew_is_widened_and_keeps_every_value(self, warehouse, kept):
        await warehouse.shape(shape(seen="timestamp", is_gift="boolean"))
        first = load(columns=("id", "total", "seen", "is_gift"))
        await warehouse.load(first, lines(("m1", 5, "2026-11-29 12:00:00.5", "true")))
        changes = await warehouse.shape(shape(total="varchar", seen="varchar", is_gift="varchar"))
        second = load(first.after, columns=("id", "total", "seen", "is_gift"))
        await warehouse.load(second, lines(("m2", "five", "soon", "maybe")))

        assert 3 == len(changes)
        found = await kept("paid", "id", "total", "seen", "is_gift")
        assert [("m1", "5", "2026-11-29T12:00:00.500000Z", "true"), ("m2", "five", "soon", "maybe")] == found

    async def test_a_shape_that_is_there_changes_nothing(self, warehouse):
        first = await warehouse.shape(shape())

        assert 1 == len(first)
        assert [] == await warehouse.shape(shape())

    async def test_a_value_that_a_column_refuses_is_refused_without_being_repeated(self, warehouse, kept):
        await warehouse.shape(shape())
        with pytest.raises(TableRefusedError) as refused:
            await warehouse.load(load(), lines(("m1", "a secret of ada's")))

        assert "total" in refused.value.message
        assert "secret" not in refused.value.message
        assert [] == await kept("paid", "id")
