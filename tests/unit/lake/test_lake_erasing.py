"""People taken out of the lake: out of each table, out of the archive, and nobody else with them; and they stay out."""

import json

import msgspec
import pytest
from writing_stage import MINUTE_MS, Shore, record

from headwater.core.event import Stored
from headwater.lake import erasure_book
from headwater.lake.erasures import Erased, Erasure


def of(user_id, number, *, anonymous_id=None, **body):
    found = record(number, **{"userId": user_id, "anonymousId": anonymous_id, **body})
    return msgspec.structs.replace(found, user_id=user_id, anonymous_id=anonymous_id)


def erasure(up_to, *, number=1, **whom):
    return Erasure(id=f"era_{number}", up_to=up_to, **whom)


def state(shore, number=1):
    return erasure_book.read(shore.lake / "lake.db").states[f"era_{number}"]


@pytest.fixture
async def shore(tmp_path):
    made = Shore(tmp_path)
    await made.append(
        of("ada", 1), of("o'bob", 2), of("ada", 3, source="src_app"), of(None, 4, anonymous_id="x\u00fc1")
    )
    await made.write()
    return made


async def test_every_row_and_line_of_a_person_goes_and_those_of_others_stay(shore):
    before = shore.files("tracks", source="src_app")
    first = await shore.write(erasures=(erasure(4, user_id="o'bob"),))

    assert 2 == first.erased  # order_completed and the archive
    assert ["m1", "m4"] == shore.ids() == shore.ids("order_completed") == shore.archived()
    assert before == shore.files("tracks", source="src_app")

    both = (erasure(4, number=2, user_id="ada"), erasure(4, number=3, anonymous_id="x\u00fc1"))
    await shore.write(erasures=both)

    assert [] == shore.ids() == shore.ids("order_completed") == shore.archived()
    assert [] == shore.ids(source="src_app") == shore.archived(source="src_app")
    assert (4, 4) == (state(shore, 3).files_done, state(shore, 3).files)


async def test_what_is_done_is_not_done_again(shore):
    wanted = (erasure(4, user_id="ada"),)
    first, done = await shore.write(erasures=wanted), state(shore)
    shore.now_ms += 1
    second = await shore.write(erasures=wanted)

    assert (4, 0, done) == (first.erased, second.erased, state(shore))


async def test_what_the_log_still_has_of_somebody_flows_into_the_lake_no_more_and_what_comes_later_does(shore):
    await shore.append(of("ada", 5), of("o'bob", 6))
    asked_at = shore.head
    await shore.append(of("ada", 7))
    await shore.write(erasures=(erasure(asked_at, user_id="ada"),))

    assert ["m2", "m4", "m6", "m7"] == shore.ids() == shore.archived()


async def test_nor_does_what_the_lake_reads_of_them_only_after_its_files_are_done(shore):
    await shore.append(of("ada", 5))
    wanted = (erasure(5, user_id="ada"),)
    await shore.write(up_to=4, erasures=wanted)
    await shore.write(erasures=wanted)

    assert ["m2", "m4"] == shore.ids() == shore.archived()


async def test_a_rebuild_brings_nobody_back_who_was_erased(shore):
    await shore.write(erasures=(erasure(4, user_id="ada"),))
    await shore.write(rebuild=True)

    assert ["m2", "m4"] == shore.ids() == shore.archived()


async def test_nor_does_a_lake_whose_manifest_is_lost_from_its_old_files_or_from_the_log(shore):
    wanted = (erasure(4, user_id="ada"),)
    await shore.write(erasures=wanted)
    for name in ("lake.db", "lake.db-wal", "lake.db-shm"):
        (shore.lake / name).unlink(missing_ok=True)
    await shore.write(rebuild=True, erasures=wanted)

    assert ["m2", "m4"] == shore.ids() == shore.archived()
    assert [] == shore.ids(source="src_app") == shore.archived(source="src_app")


async def test_a_file_that_is_damaged_holds_up_its_own_people_and_no_flush(shore):
    (damaged,) = (shore.lake / path for path in shore.files("order_completed"))
    content = damaged.read_bytes()
    damaged.write_bytes(b"PAR1 no more")
    await shore.append(of("eve", 5, event="Seen"))
    report = await shore.write_report(erasures=(erasure(4, user_id="ada"),))

    assert (None, 5) == (report.reason, report.cursor)
    assert "order_completed" in report.erase_failed

    damaged.write_bytes(content)
    await shore.write(erasures=(erasure(4, user_id="ada"),))

    assert ["m2", "m4", "m5"] == shore.ids()


async def test_the_files_that_were_replaced_are_gone_when_their_grace_is_over(shore):
    await shore.write(erasures=(erasure(4, user_id="ada"),))
    before = len(shore.stored_files())
    shore.now_ms += 16 * MINUTE_MS
    await shore.write()

    assert before - 4 == len(shore.stored_files())


async def test_an_alias_that_names_somebody_goes_with_them(shore):
    await shore.append(of("robert", 5, type="alias", previousId="o'bob"), of("robert", 6, type="alias", previousId="x"))
    await shore.write()
    await shore.write(erasures=(erasure(6, user_id="o'bob"),))

    assert ["m6"] == shore.ids("aliases")
    assert ["m1", "m4", "m6"] == shore.archived()


def test_a_body_that_can_not_be_read_is_nobodys():
    broken = msgspec.structs.replace(record(1, type="alias"), body=b"{", user_id=None)

    assert not Erased([erasure(9, user_id="ada")]).has(Stored(offset=1, record=broken))
    whole = msgspec.structs.replace(broken, body=json.dumps({"previousId": "ada"}).encode())
    assert Erased([erasure(9, user_id="ada")]).has(Stored(offset=9, record=whole))
    assert not Erased([erasure(9, user_id="ada")]).has(Stored(offset=10, record=whole))
