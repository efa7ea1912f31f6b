"""A filter may be wrong about an id that isn't there, never about one that is, and asks no more than the index did."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest

from contracts.event_log import record
from headwater.core.clock import ManualClock, epoch_ms
from headwater.log import id_filter, id_index, id_keys, segments
from headwater.log.id_filter import IdFilter
from headwater.log.id_index import IdIndex
from headwater.log.log_limits import LogLimits
from headwater.log.segment_writer import Append, SegmentWriter

MANY = 20_000
PATIENCE_SECONDS = 10.0
EDGES = [bytes(20), b"\xff" * 20, b"\x00" * 19 + b"\x01", b"\x01" + bytes(19), b"\x00\xff" * 10, b"\xff" * 19 + b"\xfe"]


@pytest.fixture(scope="module")
def maker():
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.fixture
def segment(tmp_path):
    return segments.create(tmp_path, number=1, first_offset=1, now_ms=0, positions=())


@pytest.fixture
def filled(segment, maker):
    def fill(keys):
        index = IdIndex(segment, mover=maker)
        index.add(keys)
        index.close()
        return segment.index_path

    return fill


def some_keys(name, count=MANY):
    return [hashlib.blake2b(f"{name} {n}".encode(), digest_size=id_keys.KEY_BYTES).digest() for n in range(count)]


@pytest.fixture
def made(filled, maker):
    def make(keys):
        found = IdFilter(filled(keys), maker=maker)
        found.wait()
        return found

    return make


def test_no_id_that_is_there_is_ever_ruled_out(made):
    keys = some_keys("stored") + EDGES

    assert keys == made(keys).possible(keys)


def test_nearly_every_id_that_is_not_there_is_ruled_out(made):
    new = some_keys("new")

    assert len(made(some_keys("stored")).possible(new)) < len(new) / 100


def test_an_empty_index_rules_out_everything(made):
    assert [] == made([]).possible([*some_keys("new"), *EDGES])


def test_until_it_is_made_nothing_is_ruled_out(filled, maker):
    path, keys = filled(some_keys("stored", 10)), some_keys("new", 10)
    release = threading.Event()
    maker.submit(release.wait, PATIENCE_SECONDS)
    found = IdFilter(path, maker=maker)
    before = found.possible(keys)
    release.set()
    found.wait()

    assert (keys, []) == (before, found.possible(keys))


def test_a_file_that_cannot_be_read_rules_out_nothing(segment, maker):
    segment.index_path.mkdir()
    found = IdFilter(segment.index_path, maker=maker)
    found.wait()

    assert EDGES == found.possible(EDGES)


def test_closing_does_not_wait_for_a_filter_to_be_made(filled, maker, monkeypatch):
    path, began, real = filled(some_keys("stored", 10)), threading.Event(), segments.connect

    def connect(path, *, mode):
        began.set()
        return real(path, mode=mode)

    monkeypatch.setattr(segments, "connect", connect)
    found = IdFilter(path, maker=maker)
    began.wait(PATIENCE_SECONDS)
    found.close()

    assert found._following is None


class TestInTheLog:
    """Segments of 50 with filters, though they are small."""

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch):
        monkeypatch.setattr(id_filter, "FEWEST_IDS", 35)

    @pytest.fixture
    def clock(self):
        return ManualClock(datetime(2026, 11, 23, 12, tzinfo=UTC))

    @pytest.fixture
    def writer(self, tmp_path, clock):
        limits = LogLimits(segment_records=50, keys_in_memory=20)
        with closing(SegmentWriter(tmp_path / "log", clock=clock, limits=limits)) as made:
            yield made

    @pytest.fixture
    def append(self, writer, clock):
        def send(*names):
            now_ms = epoch_ms(clock.now())
            (answers,) = writer.commit([Append([record(name, received_at_ms=now_ms) for name in names])])
            return [answer.is_duplicate for answer in answers]

        return send

    def filters(self, writer):
        found = [reached.index._filter for reached in writer._window._reached.values()]
        for one in found:
            if one is not None:
                one.wait()
        return [one is not None and one._following is not None for one in found]

    def fill(self, append, writer):
        for number in range(0, 140, 10):
            append(*(f"m{n}" for n in range(number, number + 10)))
        for _ in range(4):  # a commit hears of one move and begins the next: what was first, the rest, and that all are
            writer._window._mover.submit(bool).result()
            append("m0")

    def test_closed_segments_get_one_the_newest_does_not_and_every_id_is_still_known(self, append, writer):
        self.fill(append, writer)

        assert [True, True, False] == self.filters(writer)
        assert [True] * 140 + [False] == append(*(f"m{n}" for n in range(140)), "new")

    def test_a_new_id_is_not_looked_for_in_files_that_have_filters(self, append, writer):
        self.fill(append, writer)
        self.filters(writer)
        asked = []
        for reached in list(writer._window._reached.values())[:2]:
            reached.index._file.set_trace_callback(asked.append)
        append(*(f"new {n}" for n in range(100)))
        for_new = len(asked)
        append("m1")

        assert for_new < len(asked)
        assert for_new <= 2  # one in hundreds is asked for nothing

    def test_keys_that_are_still_in_memory_put_it_off(self, append, writer, monkeypatch):
        def failing(*_, **__):
            raise OSError("the disk is in trouble")

        monkeypatch.setattr(id_index, "_move", failing)
        self.fill(append, writer)

        assert [False, False, False] == self.filters(writer)
        assert all(append(*(f"m{n}" for n in range(120))))
