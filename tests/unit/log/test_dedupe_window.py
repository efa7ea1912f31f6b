"""What was stored within the window is known, whatever happens to segments, indexes and the process meanwhile."""

import shutil
import sqlite3
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.event_log import record
from headwater.core.clock import ManualClock, epoch_ms
from headwater.log import dedupe_window, id_index, segments
from headwater.log.log_limits import LogLimits
from headwater.log.segment_writer import Append, SegmentWriter

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BATCH = 2_500
MOST_CPU_SECONDS = 0.15  # about 6 ms; one decoded chunk a repetition took 250


@pytest.fixture
def clock():
    return ManualClock(NOON)


@pytest.fixture
def opener(tmp_path, clock):
    opened = []

    def open_writer(folder=tmp_path / "log", **limits):
        opened.append(SegmentWriter(folder, clock=clock, limits=LogLimits(**limits)))
        return opened[-1]

    yield open_writer
    for writer in opened:
        writer.close()


def append(writer, *names):
    """Append one record a name; return the answers."""
    now_ms = epoch_ms(writer._clock.now())
    (answers,) = writer.commit([Append([record(name, received_at_ms=now_ms) for name in names])])
    return answers


def append_until_refused(writer, names):
    """Append name after name and return how many were stored before the disk's error came through."""
    for done, name in enumerate(names):
        try:
            append(writer, name)
        except sqlite3.OperationalError:
            return done
    raise AssertionError("never refused")


def are_known(writer, *names):
    return [answer.is_duplicate for answer in append(writer, *names)]


def damage(path, kind):
    content = path.read_bytes()
    id_index.remove(path)
    if kind == "truncated":
        path.write_bytes(content[: len(content) // 2 // 4096 * 4096])
    elif kind == "garbage":
        path.write_bytes(b"no database at all" * 500)
    elif kind == "garbage after the first page":
        path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    elif kind == "garbage among the ids":
        path.write_bytes(content[:12288] + b"\xff" * (len(content) - 12288))
    elif kind == "empty":
        path.touch()


DAMAGES = ["missing", "empty", "truncated", "garbage", "garbage after the first page", "garbage among the ids"]


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("number", [1, 2], ids=["closed", "newest"])
def test_a_damaged_index_is_made_anew_from_the_records(opener, tmp_path, kind, number):
    names = [f"m{n}" for n in range(900)]
    writer = opener(segment_records=500, keys_in_memory=100)
    for start in range(0, 900, 100):
        append(writer, *names[start : start + 100])
    writer.close()
    damage(segments.path_of(tmp_path / "log", number).with_suffix(segments.INDEX_SUFFIX), kind)
    writer = opener(segment_records=500, keys_in_memory=100)

    assert 2 == len(writer.segments)
    assert [True] * 900 + [False] == are_known(writer, *names, "new")


def test_an_index_damaged_under_a_running_server_is_made_anew(opener, tmp_path):
    names = [f"m{n}" for n in range(900)]
    writer = opener(segment_records=500, keys_in_memory=100)
    for start in range(0, 900, 100):
        append(writer, *names[start : start + 100])
    writer._window._mover.submit(bool).result()
    path = segments.path_of(tmp_path / "log", 1).with_suffix(segments.INDEX_SUFFIX)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    path.with_name(path.name + "-wal").write_bytes(b"")

    assert [True] * 900 == are_known(writer, *names)


def test_an_index_that_is_ahead_of_its_segment_is_of_another_one_and_made_anew(opener, tmp_path):
    writer = opener()
    append(writer, "a", "b", "c")
    writer.close()
    kept = tmp_path / "kept.ids"
    shutil.copy(writer.segments[0].index_path, kept)
    shutil.rmtree(tmp_path / "log")
    writer = opener()
    append(writer, "b")
    writer.close()
    shutil.copy(kept, writer.segments[0].index_path)

    assert [False, True, False] == are_known(opener(), "a", "b", "c")


def test_the_window_reaches_into_a_closed_segment_to_its_last_moment_and_no_further(opener, clock):
    day_ms = LogLimits().dedupe_window_ms
    writer = opener(segment_records=1)
    append(writer, "a")
    append(writer, "b")
    clock.advance(day_ms / 1000)
    (just_in_time,) = append(writer, "a")
    clock.advance(1)
    again = append(writer, "a")  # the first one is out of the window now
    (last,) = append(writer, "a")

    assert just_in_time.is_duplicate
    assert not again[0].is_duplicate
    assert (again[0].offset, True) == (last.offset, last.is_duplicate)


def test_an_index_that_stays_unwritable_refuses_in_the_end_and_nothing_is_stored_twice(opener, tmp_path):
    writer = opener(keys_in_memory=4)
    append(writer, "m0")
    path = writer.segments[0].index_path
    path.rename(tmp_path / "aside")
    path.mkdir()
    stored = append_until_refused(writer, [f"m{n}" for n in range(1, 1000)]) + 1
    path.rmdir()
    (tmp_path / "aside").rename(path)
    writer.recover()

    assert 4 * id_index.MOST_IN_MEMORY <= stored < 8 * id_index.MOST_IN_MEMORY
    assert [True] * stored + [False] == are_known(writer, *(f"m{n}" for n in range(stored + 1)))


def test_a_batch_that_is_sent_again_does_not_hold_up_the_log(opener):
    names = [f"m{n}" for n in range(BATCH)]
    writer = opener()
    append(writer, *names)
    began = time.thread_time()
    known = are_known(writer, *names)
    took = time.thread_time() - began

    assert all(known)
    assert took < MOST_CPU_SECONDS


def test_making_an_index_anew_does_not_take_all_memory_when_the_disk_is_slow(opener, monkeypatch):
    writer = opener()
    append(writer, *(f"m{n}" for n in range(500)))
    writer.close()
    id_index.remove(writer.segments[0].index_path)
    most, add = [], id_index.IdIndex.add

    def watched(index, keys):
        add(index, keys)
        most.append(len(index._newest.in_order))

    monkeypatch.setattr(dedupe_window, "RECORDS_AT_ONCE", 10)
    monkeypatch.setattr(id_index.IdIndex, "add", watched)
    writer = opener(keys_in_memory=4)
    writer._window._mover.submit(threading.Event().wait, 0.3)

    assert all(are_known(writer, *(f"m{n}" for n in range(500))))
    assert max(most) <= 4 * id_index.MOST_IN_MEMORY + 10


@pytest.mark.parametrize("others", [0, 1, 300])
def test_repetitions_scattered_over_chunks_of_any_size_are_all_known(opener, others):
    writer = opener(keys_in_memory=50)
    names = [f"m{n}" for n in range(40)]
    for name in names:
        append(writer, name, *(f"{name} {n}" for n in range(others)))

    assert [True] * 40 == are_known(writer, *reversed(names))


class Window(RuleBasedStateMachine):
    """A log of tiny segments, and a dict that says what it must know."""

    names = st.lists(st.sampled_from([f"m{n}" for n in range(12)]), min_size=1, max_size=5)

    def __init__(self):
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="window-"))
        self.clock = ManualClock(NOON)
        self.lives = 0
        self.older = {}
        self.known = {}  # by name: offset, and until when
        self.stored = []

    @initialize()
    def begin(self):
        self.folder = self.base / "0"
        self.open()

    def open(self):
        limits = LogLimits(segment_records=9, keys_in_memory=3, dedupe_window_ms=3_600_000)
        self.writer = SegmentWriter(self.folder, clock=self.clock, limits=limits)

    @rule(some=names, split=st.integers(0, 5))
    def append(self, some, split):
        now = self.clock.now()
        expected = []
        for name in some:
            offset, until = self.known.get(name, (0, NOON))
            is_known = offset > 0 and now <= until
            if not is_known:
                offset = len(self.stored) + 1
                self.stored.append(name)
                self.known[name] = (offset, now + timedelta(hours=1))
            expected.append((offset, is_known))
        sent = [record(name, received_at_ms=epoch_ms(now)) for name in some]
        parts = self.writer.commit([Append(part) for part in (sent[:split], sent[split:]) if part])
        assert expected == [(answer.offset, answer.is_duplicate) for answers in parts for answer in answers]

    @rule(minutes=st.sampled_from([1, 25, 61]))
    def wait(self, minutes):
        self.clock.advance(minutes * 60)

    @rule()
    def roll(self):
        if self.writer.newest_offset >= self.writer.segments[-1].first_offset:
            self.writer._roll(epoch_ms(self.clock.now()))

    @rule()
    def move(self):
        for reached in self.writer._window._reached.values():
            reached.index.move()

    @rule()
    def remember_indexes(self):
        self.rest()
        self.older = {path.name: path.read_bytes() for path in self.folder.glob("*.ids")}

    @precondition(lambda self: len(self.writer.segments) > 1)
    @rule()
    def forget(self):
        first, second = self.writer.segments[:2]
        self.writer.forget([first])
        segments.remove(first.path)
        gone = {name for name, (offset, _) in self.known.items() if offset < second.first_offset}
        self.known = {name: place for name, place in self.known.items() if name not in gone}

    @rule()
    def restart(self):
        self.writer.close()
        self.open()

    @rule(fate=st.sampled_from(["kept", "older", *DAMAGES]))
    def kill(self, fate):
        self.rest()
        self.lives += 1
        killed = self.base / str(self.lives)
        shutil.copytree(self.folder, killed)
        self.writer.close()
        self.folder = killed
        for path in sorted(killed.glob("*.ids")):
            if fate == "older" and path.name in self.older:  # what a power cut may leave
                id_index.remove(path)
                path.write_bytes(self.older[path.name])
            elif fate in DAMAGES:
                damage(path, fate)
        self.open()

    def rest(self):
        """A copy is as a kill leaves the files only while nobody writes them."""
        self.writer._window._mover.submit(bool).result()

    @invariant()
    def nothing_is_lost(self):
        if hasattr(self, "writer"):
            assert len(self.stored) == self.writer.newest_offset

    def teardown(self):
        self.writer.close()
        shutil.rmtree(self.base)


TestWindow = Window.TestCase
TestWindow.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
