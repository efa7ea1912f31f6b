"""Records by column are the records that there are, in their order."""

import pytest
from writing_stage import record

from headwater.core.event import Stored
from headwater.lake.haul import Haul
from headwater.log import chunks

RECORDS = [Stored(offset=offset, record=record(offset, source=f"src_{offset % 2}")) for offset in range(11, 16)]
CHUNKS = [(11, chunks.encode([one.record for one in RECORDS[:3]])), (14, chunks.encode([RECORDS[3].record]))]


def offsets(haul):
    return [one.offset for one in haul.stored()]


def test_records_come_back_as_they_were():
    assert RECORDS == list(Haul.of(RECORDS).stored())
    assert RECORDS[:4] == list(Haul.of_chunks(CHUNKS, after=0, up_to=99).stored())
    assert (False, 0) == (bool(Haul()), len(Haul.of([])))


@pytest.mark.parametrize(
    ("after", "up_to", "found"),
    [(0, 99, [11, 12, 13, 14]), (11, 13, [12, 13]), (12, 99, [13, 14]), (13, 13, []), (14, 99, []), (0, 11, [11])],
)
def test_of_chunks_come_those_above_one_offset_and_not_above_another(after, up_to, found):
    assert found == offsets(Haul.of_chunks(CHUNKS, after=after, up_to=up_to))


def test_some_are_cut_off_or_chosen_and_the_others_stay_in_order():
    haul = Haul.of(RECORDS)
    some, others = haul.cut(2)

    assert ([11, 12], [13, 14, 15]) == (offsets(some), offsets(others))
    assert (haul, Haul()) == haul.cut(5)
    assert [11, 14] == offsets(haul.chosen([True, False, False, True, False]))
