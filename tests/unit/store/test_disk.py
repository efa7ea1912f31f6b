import pytest

from headwater.store import disk
from headwater.store.disk import GIGABYTE, MEGABYTE


@pytest.mark.parametrize(
    ("free", "total"),
    [(499 * MEGABYTE, GIGABYTE), (4 * GIGABYTE, 100 * GIGABYTE), (9 * GIGABYTE, 4_000 * GIGABYTE)],
    ids=["less than 500 MB", "less than 5 percent", "less than 10 GB of very much"],
)
def test_a_disk_that_is_nearly_full_is_told_of_with_what_to_do(free, total):
    said = disk.notice(free, of_bytes=total)

    assert "make room" in said
    assert f"{free // MEGABYTE:,} MB" in said


@pytest.mark.parametrize(
    ("free", "total"),
    [(500 * MEGABYTE, GIGABYTE), (5 * GIGABYTE, 100 * GIGABYTE), (11 * GIGABYTE, 4_000 * GIGABYTE)],
    ids=["500 MB", "5 percent", "more than 10 GB of very much"],
)
def test_a_disk_with_room_is_nothing_to_tell_of(free, total):
    assert disk.notice(free, of_bytes=total) is None


def test_it_is_the_disk_of_the_folder_that_is_looked_at(tmp_path):
    found = disk.described(tmp_path)

    assert 0 <= found["free_bytes"] <= found["total_bytes"]
