"""Lines of the archive: one for each record, whatever is in it, and nothing of it stays in memory."""

import sys

import msgspec
from writing_stage import record

from headwater.core.event import Stored
from headwater.lake import archive_lines
from headwater.lake.haul import Haul

RECORDS = [Stored(offset=number, record=record(number)) for number in (1, 2, 3)]


def test_each_record_has_a_line_from_which_it_comes_back():
    lines = archive_lines.together(Haul.of(RECORDS))

    assert RECORDS == [archive_lines.decode(line) for line in archive_lines.each(lines)]
    assert lines == b"".join(archive_lines.each(lines))


def test_an_event_written_over_several_lines_is_on_one():
    body = b'{"type": "track",\n\n "event": "A\\nB"}\r\n'
    odd = Stored(offset=2, record=msgspec.structs.replace(RECORDS[1].record, body=body))
    lines = archive_lines.each(archive_lines.together(Haul.of([RECORDS[0], odd, RECORDS[2]])))
    found = [archive_lines.decode(line) for line in lines]

    assert [RECORDS[0], RECORDS[2]] == [found[0], found[2]]
    assert msgspec.json.decode(body) == msgspec.json.decode(found[1].record.body)


def test_nothing_of_a_record_stays_in_memory_once_it_has_its_line():
    haul = Haul.of(RECORDS)
    before = [sys.getrefcount(column) for column in (haul.bodies, haul.message_ids)]
    archive_lines.together(haul)

    assert before == [sys.getrefcount(column) for column in (haul.bodies, haul.message_ids)]
