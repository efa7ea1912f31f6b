"""An id that was indexed is found: in memory, on its way, in the file, and whatever became of the file."""

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from headwater.log import id_index, id_keys, segments
from headwater.log.id_index import MOST_IN_MEMORY, IdIndex
from headwater.log.id_keys import KEY_BYTES
from headwater.log.log_limits import KEYS_IN_MEMORY

FEW = 8
PATIENCE_SECONDS = 10.0


def keys(count, *, start=0):
    return [id_keys.key_of("website", f"m{number}") for number in range(start, start + count)]


def offsets(some, *, first=1):
    return dict(zip(some, range(first, first + len(some)), strict=True))


class Gate:
    """Holds up the mover's thread: what is submitted while it is shut has to wait."""

    def __init__(self, mover):
        self._mover = mover

    def __enter__(self):
        self._open = threading.Event()
        self._mover.submit(self._open.wait, PATIENCE_SECONDS)
        return self

    def __exit__(self, *_):
        self._open.set()
        self._mover.submit(bool).result(PATIENCE_SECONDS)  # whatever was held up is done now


@pytest.fixture
def mover():
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.fixture
def gate(mover):
    return Gate(mover)


@pytest.fixture
def segment(tmp_path):
    return segments.create(tmp_path, number=1, first_offset=1, now_ms=0, positions=())


@pytest.fixture
def opener(segment, mover):
    opened = []

    def open_index(*, of=segment, keys_in_memory=FEW):
        opened.append(IdIndex(of, mover=mover, keys_in_memory=keys_in_memory))
        return opened[-1]

    yield open_index
    for index in opened:
        index.close()


def in_file(segment):
    with closing(segments.connect(segment.index_path, mode="ro")) as connection:
        return dict(connection.execute("SELECT id, offset FROM ids"))


class TestFinding:
    def test_what_was_never_indexed_is_not_found(self, opener):
        assert {} == opener().find(keys(3))

    def test_an_id_is_found_in_memory_before_any_file_has_it(self, opener, segment):
        index = opener()
        index.add(keys(3))

        assert offsets(keys(3)) == index.find(keys(9))
        assert {} == in_file(segment)

    def test_an_id_is_found_on_its_way_to_the_file_and_nobody_waits_for_that(self, opener, gate, segment):
        index = opener()
        with gate:
            index.add(keys(FEW))
            index.add(keys(2, start=FEW))
            found, moved = index.find(keys(FEW + 2)), in_file(segment)

        assert offsets(keys(FEW + 2)) == found
        assert {} == moved

    def test_finding_goes_on_while_another_connection_is_in_the_middle_of_writing_the_file(self, opener, segment):
        index = opener()
        index.add(keys(FEW))
        index.close()
        index = opener()
        with closing(segments.connect(segment.index_path, mode="rw")) as writing:
            writing.execute("BEGIN EXCLUSIVE")
            writing.execute("DELETE FROM ids")
            found = index.find(keys(FEW))
            writing.execute("ROLLBACK")

        assert offsets(keys(FEW)) == found

    def test_an_id_is_found_in_the_file_when_memory_has_let_go_of_it(self, opener, gate, segment):
        index = opener()
        with gate:
            index.add(keys(FEW))

        assert offsets(keys(FEW)) == index.find(keys(FEW + 1))
        assert ([], offsets(keys(FEW))) == (index._moving.in_order, in_file(segment))

    def test_of_two_records_with_one_key_the_newer_is_found_in_memory_on_the_way_and_in_the_file(self, opener, gate):
        key = keys(1)
        index = opener()
        index.add([*key, *keys(FEW - 2, start=10), *key])
        both_in_memory = index.find(key)
        with gate:
            index.add(key)  # the older ones are moved now
            index.add(key)
            on_the_way = index.find(key)
        index.move()
        index.close()
        in_the_file = opener().find(key)

        assert [{key[0]: FEW}, {key[0]: FEW + 2}, {key[0]: FEW + 2}] == [both_in_memory, on_the_way, in_the_file]

    @pytest.mark.parametrize("count", [1, 7, 8, 9, 31, 33, 255, 256, 257, 600])
    def test_no_number_of_ids_asked_at_once_loses_one(self, opener, count):
        index = opener()
        index.add(keys(700))
        index.close()

        assert offsets(keys(700)).items() >= opener().find(keys(count, start=50)).items()
        assert count == len(opener().find(keys(count, start=50)))

    @pytest.mark.parametrize("count", [KEYS_IN_MEMORY - 1, KEYS_IN_MEMORY, KEYS_IN_MEMORY + 1])
    def test_nothing_is_lost_around_the_number_that_is_moved_at_once(self, opener, gate, segment, count):
        index, some = opener(keys_in_memory=KEYS_IN_MEMORY), keys(count)
        with gate:
            for start in range(0, count, 1000):
                index.add(some[start : start + 1000])
            index.add(some[:1])
        found = index.find(some)

        assert {**offsets(some), some[0]: count + 1} == found
        assert (count + 1, count + 1 >= KEYS_IN_MEMORY) == (index.up_to, bool(in_file(segment)))

    def test_the_key_is_as_long_as_the_statement_that_cuts_them_apart_says(self):
        assert {KEY_BYTES} == {len(key) for key in (*keys(3), id_keys.key_of("", ""), id_keys.key_of("ä", "💧"))}

    def test_sources_do_not_share_ids_but_stand_side_by_side(self):
        low, high = id_keys.key_range("m1")

        assert len({id_keys.key_of("website", "m1"), id_keys.key_of("shop", "m1")}) == 2
        assert all(low <= id_keys.key_of(source, "m1") <= high for source in ("website", "shop"))
        assert not low <= id_keys.key_of("website", "m2") <= high


class TestRestarts:
    def test_a_stop_takes_everything_to_the_file(self, opener, segment):
        index = opener()
        index.add(keys(3))
        index.close()

        assert (offsets(keys(3)), 3) == (in_file(segment), opener().up_to)

    def test_a_kill_leaves_an_index_that_says_truly_how_far_it_goes(self, opener, gate, segment, tmp_path):
        index = opener()
        with gate:
            index.add(keys(FEW))
        index.find([])
        with gate:
            index.add(keys(FEW, start=FEW))
            index.add(keys(3, start=2 * FEW))
            killed = tmp_path / "as the kill left it"
            shutil.copytree(segment.path.parent, killed, ignore=shutil.ignore_patterns(killed.name))
        index = opener(of=segments.describe(killed / segment.path.name))
        up_to, found = index.up_to, index.find(keys(2 * FEW + 3))
        index.add(keys(3 + FEW, start=FEW))

        assert (FEW, offsets(keys(FEW))) == (up_to, found)
        assert offsets(keys(2 * FEW + 3)) == index.find(keys(2 * FEW + 3))

    @pytest.mark.parametrize("garbage", [b"", b"no database" * 1000, b"SQLite format 3\x00" + b"\xff" * 9000])
    def test_a_damaged_file_is_made_anew_not_fatal(self, opener, segment, garbage):
        index = opener()
        index.add(keys(FEW))
        index.close()
        id_index.remove(segment.index_path)
        segment.index_path.write_bytes(garbage)
        index = opener()

        assert (0, {}) == (index.up_to, index.find(keys(FEW)))
        index.add(keys(FEW))
        assert offsets(keys(FEW)) == index.find(keys(FEW))

    def test_two_segments_of_a_folder_do_not_mix(self, opener, tmp_path):
        second = segments.create(tmp_path, number=2, first_offset=101, now_ms=0, positions=())
        ours, theirs = opener(), opener(of=second)
        ours.add(keys(FEW))
        theirs.add(keys(FEW, start=50))
        ours.close()
        theirs.close()
        ours, theirs = opener(), opener(of=second)

        assert (offsets(keys(FEW)), {}) == (ours.find(keys(99)[:50]), theirs.find(keys(50)))
        assert offsets(keys(FEW, start=50), first=101) == theirs.find(keys(FEW, start=50))
        assert (FEW, 100 + FEW) == (ours.up_to, theirs.up_to)


class TestFilesThatCannotBeWritten:
    @pytest.fixture
    def unwritable(self, segment):
        """The name is a folder: each move fails, while the connection that is open still reads."""

        def toggle(*, broken):
            if broken:
                segment.index_path.rename(segment.index_path.with_suffix(".aside"))
                segment.index_path.mkdir()
            else:
                segment.index_path.rmdir()
                segment.index_path.with_suffix(".aside").rename(segment.index_path)

        return toggle

    def test_a_move_that_fails_loses_nothing_and_the_next_one_takes_all(self, opener, gate, segment, unwritable):
        index = opener()
        unwritable(broken=True)
        with gate:
            index.add(keys(FEW))
            index.add(keys(2, start=FEW))
        found_in_trouble, up_to = index.find(keys(99)), index.up_to
        unwritable(broken=False)
        index.add(keys(FEW, start=FEW + 2))
        index.close()

        assert (offsets(keys(FEW + 2)), FEW + 2) == (found_in_trouble, up_to)
        assert offsets(keys(2 * FEW + 2)) == in_file(segment)

    def test_a_full_disk_loses_nothing(self, opener, gate, segment, monkeypatch):
        index = opener(keys_in_memory=500)
        real = segments.connect

        def full(path, *, mode):
            connection = real(path, mode=mode)
            connection.execute("PRAGMA max_page_count = 3")
            return connection

        some = keys(1000)
        with monkeypatch.context() as patch:
            patch.setattr(segments, "connect", full)
            with gate:
                index.add(some)
            in_trouble, error = index.find(some), index._error
        index.close()

        assert "full" in str(error)
        assert (offsets(some), offsets(some)) == (in_trouble, in_file(segment))

    def test_moves_that_fail_for_long_are_not_tried_at_each_commit(self, opener, mover, unwritable):
        index = opener()
        unwritable(broken=True)
        tries = 0
        for number in range(4 * FEW):
            index.add(keys(1, start=number))
            tries += index._move is not None
            mover.submit(bool).result(PATIENCE_SECONDS)
            index.find([])
        unwritable(broken=False)

        assert 4 == tries
        assert offsets(keys(4 * FEW)) == index.find(keys(4 * FEW))

    def test_memory_that_fills_up_for_long_is_a_refusal_not_a_lost_id(self, opener, gate, unwritable):
        index, most = opener(), MOST_IN_MEMORY * FEW
        unwritable(broken=True)
        with gate:
            index.add(keys(most))
        for _ in range(3):
            with pytest.raises(sqlite3.OperationalError, match="unable to open"):
                index.find(keys(1))
        unwritable(broken=False)

        assert offsets(keys(most)) == index.find(keys(most))
        assert [] == index._newest.in_order

    def test_memory_that_fills_up_because_the_file_is_slow_waits_for_it(self, opener, mover):
        index = opener()
        mover.submit(threading.Event().wait, 0.05)
        for start in range(0, 40 * FEW, FEW):
            index.make_room()
            index.add(keys(FEW, start=start))
            assert len(index._newest.in_order) <= (MOST_IN_MEMORY + 1) * FEW

        assert offsets(keys(40 * FEW)) == index.find(keys(40 * FEW))

    def test_damage_that_is_met_when_the_file_is_written_is_told_to_whoever_looks_next(self, opener, gate, monkeypatch):
        def met(*_, **__):
            raise sqlite3.DatabaseError("database disk image is malformed")

        monkeypatch.setattr(id_index, "_move", met)
        index = opener()
        with gate:
            index.add(keys(FEW))

        with pytest.raises(sqlite3.DatabaseError, match="malformed"):
            index.find(keys(1))
