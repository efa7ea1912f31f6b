"""Exact deduplication: an id is in a source's tables once, however much later it comes again."""

from pathlib import Path

import pytest
from writing_stage import DAY_MS, START_MS, Shore, record

from headwater.core.event import Stored
from headwater.lake import known_ids
from headwater.lake.duck import Duck
from headwater.lake.haul import Haul
from headwater.lake.limits import WriteLimits
from headwater.lake.manifest import ARCHIVE
from headwater.lake.repeats import Repeats


@pytest.fixture
def shore(tmp_path):
    return Shore(tmp_path)


async def test_an_id_that_comes_again_after_the_log_s_window_is_in_the_lake_once(shore):
    later = START_MS + 2 * DAY_MS
    await shore.append(record(1), record(2))
    await shore.write()
    (again,) = await shore.append(record(1, at_ms=later), at_ms=later)
    report = await shore.write()

    assert not again.is_duplicate  # the log has it twice
    assert (3, 0) == (report.cursor, report.events)
    assert ["m1", "m2"] == shore.ids()
    assert 1 == len(shore.files("", kind=ARCHIVE))


async def test_an_id_that_comes_twice_in_one_flush_is_in_the_lake_once(shore):
    await shore.append(record(1), dedupe_window_ms=1)
    await shore.append(record(1, at_ms=START_MS + 9), dedupe_window_ms=1, at_ms=START_MS + 9)
    assert 2 == shore.head
    await shore.write()

    assert ["m1"] == shore.ids()


async def test_two_sources_may_use_one_id(shore):
    await shore.append(record(1))
    await shore.write()
    await shore.append(record(1, source="src_app"))
    await shore.write()

    assert (["m1"], ["m1"]) == (shore.ids(), shore.ids(source="src_app"))


async def test_an_id_that_only_looks_like_a_known_one_is_new(shore, tmp_path):
    await shore.append(record(1))
    await shore.write()
    hashes = [known_ids.key_of("src_web", name) for name in ("m1", "m2")]  # as if m2's were another one's, too
    known_ids.write(tmp_path / "run", hashes)
    duck = Duck(tmp_path, limits=WriteLimits())
    files = [Path(file) for file in shore.files("tracks")]
    repeats = Repeats([tmp_path / "run"], files_of=lambda _: [files], duck=duck, scratch=tmp_path)
    found = repeats.new_ones(Haul.of(Stored(offset=number, record=record(number)) for number in (1, 2, 3)))
    repeats.close()
    duck.close()

    assert ("m2", "m3") == tuple(found.message_ids)


async def test_an_event_whose_file_was_lost_is_taken_again(shore):
    later = START_MS + 2 * DAY_MS
    await shore.append(record(1))
    await shore.write()
    for path in shore.files("tracks"):
        (shore.lake / path).unlink()
    await shore.append(record(1, at_ms=later), at_ms=later)
    report = await shore.write()

    assert 1 == report.events


def test_a_run_finds_each_of_its_keys_and_no_other_wherever_they_lie(tmp_path):
    crowded = range(2**63, 2**63 + 3_000)  # not evenly at all
    spread = range(0, 2**64, 2**64 // 5_000)
    for name, keys in {"crowded": crowded, "spread": spread, "both": [*crowded, *spread], "none": []}.items():
        known_ids.write(tmp_path / name, keys)
        known = known_ids.KnownIds([tmp_path / name])
        for wanted in ({5}, set(list(keys)[:40]) | {5, 2**64 - 1}, {*keys, 5}):
            assert wanted & set(keys) == known.among(wanted)
        known.close()


def test_runs_become_one_with_every_key_once_in_order(tmp_path):
    parts = [range(0, 2**64, 2**57 + part) for part in (0, 1, 0)]
    for number, keys in enumerate(parts):
        known_ids.write(tmp_path / str(number), keys)
    count = known_ids.merge([tmp_path / str(number) for number in range(3)], tmp_path / "all")

    run = known_ids.Run(tmp_path / "all")
    found = list(run.keys)
    run.close()
    assert sorted({*parts[0], *parts[1]}) == found
    assert len(found) == count


def test_however_many_runs_come_few_are_looked_into_and_every_key_is_known(tmp_path):
    known = known_ids.KnownIds([], scratch=tmp_path, most_in_memory=0)
    keys = range(0, 2**64, 2**57)
    for key in keys:
        known_ids.write(tmp_path / "run", [key])
        known.add(tmp_path / "run", [key])
        (tmp_path / "run").unlink()
    found, looked_into = known.among({*keys, 5}), len(known.runs())
    known.close()

    assert (set(keys), 128) == (found, len(keys))
    assert 2 == looked_into  # 64 and 64
    assert [] == list(tmp_path.iterdir())


async def test_an_id_whose_hash_another_one_in_no_file_has_is_new(tmp_path, monkeypatch):
    duck = Duck(tmp_path, limits=WriteLimits())
    repeats = Repeats([], files_of=lambda _: [], duck=duck, scratch=tmp_path)
    monkeypatch.setattr(known_ids, "keys_of", lambda ids: [7 for _ in ids])
    hauls = [Haul.of(Stored(offset=number, record=record(number)) for number in some) for some in ((1, 2), (2, 3))]
    found = [tuple(repeats.new_ones(haul).message_ids) for haul in hauls]
    repeats.spill()
    again = tuple(repeats.new_ones(hauls[1]).message_ids)
    repeats.close()
    duck.close()

    assert ([("m1", "m2"), ("m3",)], ()) == (found, again)
