"""Lines on their way to DuckDB: all of them come into the file, or somebody hears that they didn't."""

import resource

import pytest

from headwater.lake.line_files import MOST_IN_MEMORY, LineFiles

LINES = [b"1\n", b"22\n", b"333\n"]


def test_has_all_lines_in_their_order_however_many_at_once(tmp_path):
    file = LineFiles(tmp_path).new()
    file.add(LINES)
    file.add([b"x" * MOST_IN_MEMORY + b"\n"])
    file.add(LINES)

    assert b"".join([*LINES, b"x" * MOST_IN_MEMORY, b"\n", *LINES]) == file.whole().read_bytes()
    assert (7, MOST_IN_MEMORY + 1) == (file.count, file.longest)


def test_no_two_files_are_the_same(tmp_path):
    files = LineFiles(tmp_path)

    assert 3 == len({files.new().whole(), files.new().whole(), files.new_path(".parquet")})


def test_a_line_that_a_full_disk_takes_half_of_is_heard_of(tmp_path):
    file = LineFiles(tmp_path).new()
    file.add(LINES)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(LINES[0]), before[1]))  # as the kernel says it of a full disk
    try:
        with pytest.raises(OSError, match="File too large"):
            file.whole()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
