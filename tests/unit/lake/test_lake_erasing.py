"""A person taken out of the lake: out of each table, out of the archive, and nobody else with them."""

import msgspec
from writing_stage import Shore, record

from headwater.lake.erasing import erase
from headwater.lake.writable_lake import WritableLake


def of(user_id, number, **body):
    return msgspec.structs.replace(record(number, **body), user_id=user_id)


async def test_every_row_and_line_of_a_person_goes_and_those_of_others_stay(tmp_path):
    shore = Shore(tmp_path)
    await shore.append(of("ada", 1, userId="ada"), of("o'bob", 2, userId="o'bob"), of("ada", 3, source="src_app"))
    await shore.write()
    with WritableLake(shore.lake, limits=shore.limits, now_ms=shore.now_ms) as lake:
        first = erase(lake, "o'bob")
        before = shore.files("tracks", source="src_app")
        second = erase(lake, "ada", source="src_web")
        again = erase(lake, "ada", source="src_web")

    assert (3, 3, 0) == (first, second, again)  # tracks, order_completed and the archive
    assert ([], [], []) == (shore.ids(), shore.ids("order_completed"), shore.archived())
    assert ["m3"] == shore.ids(source="src_app") == shore.archived(source="src_app")
    assert before == shore.files("tracks", source="src_app")


async def test_a_rebuild_brings_nobody_back_who_was_erased(tmp_path):
    shore = Shore(tmp_path)
    await shore.append(of("ada", 1, userId="ada"), of("bob", 2, userId="bob"))
    await shore.write()
    with WritableLake(shore.lake, limits=shore.limits, now_ms=shore.now_ms) as lake:
        erase(lake, "ada")
    await shore.write(rebuild=True)

    assert ["m2"] == shore.ids() == shore.archived()
