"""kill -9 at each point of a flush, a merge and a rebuild: no file is torn, none is double, and no event lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from writing_stage import Shore, record

EVENTS = 8
IDS = [f"m{number}" for number in range(EVENTS)]


@pytest.fixture
async def folder(tmp_path):
    """A lake with two small files of each kind, and a log that has more: the next flush makes merges due."""
    shore = Shore(tmp_path / "first")
    for numbers in ([0], [1], range(2, EVENTS)):
        await shore.append(*(record(number) for number in numbers))
        if len(numbers) == 1:
            await shore.write()
    return tmp_path / "first"


def lives(folder, *task):
    script = Path(__file__).with_name("dying_writer.py")
    ended = subprocess.run([sys.executable, script, folder, *task], capture_output=True, text=True, check=False)
    assert (0, "") == (ended.returncode, ended.stderr)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def is_whole(life, ids):
    assert (None, None, len(ids)) == (life["reason"], life["merge_failed"], life["cursor"])
    assert (ids, ids, ids) == (life["tracks"], life["of_one"], life["archived"])
    assert ([], []) == (life["missing"], life["unknown"])


async def test_killed_at_any_point_of_flush_and_merge_it_comes_to_the_same_end(folder):
    found = lives(folder, f"flush-{EVENTS}")

    assert len(found) > 15
    for life in found:
        is_whole(life, IDS)


async def test_killed_at_any_point_with_tables_made_by_a_second_process_it_comes_to_the_same_end(folder):
    found = lives(folder, f"flush-{EVENTS}", "two")

    assert len(found) > 3
    for life in found:
        is_whole(life, IDS)


async def test_killed_at_any_point_of_a_rebuild_it_comes_to_the_same_end(folder):
    found = lives(folder, "rebuild-2")

    assert len(found) > 5
    for life in found:
        is_whole(life, IDS[:2])


async def test_killed_at_any_point_while_somebody_is_erased_it_comes_to_the_same_end(folder):
    found = lives(folder, "erase-2")

    assert len(found) > 5
    for life in found:
        assert (None, 2) == (life["reason"], life["cursor"])
        assert (["m1"], ["m1"], ["m1"]) == (life["tracks"], life["of_one"], life["archived"])
        assert ([], []) == (life["missing"], life["unknown"])


async def test_killed_at_any_point_with_its_home_on_s3_it_comes_to_the_same_end(folder):
    found = lives(folder, f"flush-{EVENTS}", "far")

    assert len(found) > 10
    for life in found:
        is_whole(life, IDS)
        assert ([], []) == (life["lacking_there"], life["unknown_there"])
