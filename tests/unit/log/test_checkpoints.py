"""The write-ahead log is moved while commits go on, is used again, and a move that fails costs no commit."""

import sqlite3
import threading
from contextlib import closing

import pytest

from headwater.log import checkpoints, segments
from headwater.log.checkpoints import BYTES_BETWEEN, BYTES_OF_A_COMMIT, Checkpoints

PATIENCE_SECONDS = 10.0
BODY = b"x" * 500_000
ROUNDS = 6


@pytest.fixture
def path(tmp_path):
    return segments.create(tmp_path, number=1, first_offset=1, now_ms=0, positions=()).path


@pytest.fixture
def writer(path):
    with closing(segments.connect(path, mode="rw")) as connection:
        for pragma in segments.WRITER_PRAGMAS:
            connection.execute(pragma)
        yield connection


@pytest.fixture
def moves(path):
    made = Checkpoints(path)
    yield made
    made.close()


def commit(writer, offset):
    writer.execute("INSERT INTO chunks VALUES (?, 1, ?)", (offset, BODY))
    return len(BODY)


def settle(moves):
    if moves._under_way is not None:
        moves._under_way.result(PATIENCE_SECONDS)


@pytest.fixture
def in_file_alone(path, tmp_path):
    """Counts the chunks that the file holds without its write-ahead log."""

    def count():
        alone = tmp_path / "alone.db"
        alone.write_bytes(path.read_bytes())
        with closing(sqlite3.connect(alone)) as connection:
            return connection.execute("SELECT count(*) FROM chunks").fetchone()[0]

    return count


def test_small_commits_move_nothing_until_their_pages_add_up(moves, writer, monkeypatch):
    begun = []
    monkeypatch.setattr(checkpoints, "_move", begun.append)
    for _ in range(BYTES_BETWEEN // BYTES_OF_A_COMMIT - 1):
        moves.count(0, connection=writer)
    before = len(begun)
    moves.count(0, connection=writer)
    settle(moves)

    assert (0, 1) == (before, len(begun))


def test_what_is_due_reaches_the_file_and_the_write_ahead_log_is_used_again(moves, writer, path, in_file_alone):
    sizes, offset = [], 0
    for _ in range(ROUNDS):
        while moves._under_way is None:
            offset += 1
            moves.count(commit(writer, offset), connection=writer)
        settle(moves)
        offset += 1
        moves.count(commit(writer, offset), connection=writer)  # which moves the rest
        sizes.append(path.with_suffix(".db-wal").stat().st_size)

    assert offset == in_file_alone()
    assert max(sizes) < 1.5 * BYTES_BETWEEN
    assert sizes[-1] == sizes[1]


def test_commits_go_on_while_a_move_is_under_way_and_no_second_one_begins(moves, writer, monkeypatch):
    release, begun = threading.Event(), []

    def slow(moved):
        begun.append(moved)
        release.wait(PATIENCE_SECONDS)

    monkeypatch.setattr(checkpoints, "_move", slow)
    try:
        for offset in range(1, 4 * BYTES_BETWEEN // len(BODY)):
            moves.count(commit(writer, offset), connection=writer)
        under_way = not moves._under_way.done()
    finally:
        release.set()
    settle(moves)

    assert (True, 1) == (under_way, len(begun))


def test_a_reader_in_the_way_delays_the_move_and_loses_nothing(moves, writer, path, in_file_alone):
    with closing(segments.connect(path, mode="ro")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM chunks").fetchone()
        moves.count(commit(writer, 1) + BYTES_BETWEEN, connection=writer)
        settle(moves)
        moves.count(commit(writer, 2), connection=writer)
        held = in_file_alone()
    moves.count(commit(writer, 3) + BYTES_BETWEEN, connection=writer)
    settle(moves)

    assert (0, 3) == (held, in_file_alone())


@pytest.mark.parametrize("error", [sqlite3.OperationalError("disk I/O error"), RuntimeError("can't start new thread")])
def test_a_move_that_cannot_be_made_costs_no_commit_and_the_next_one_takes_all(
    moves, writer, in_file_alone, monkeypatch, error
):
    def failing(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(
            *((segments, "connect") if isinstance(error, sqlite3.Error) else (moves._thread, "submit")), failing
        )
        moves.count(commit(writer, 1) + BYTES_BETWEEN, connection=writer)
        settle(moves)
        before = in_file_alone()
    moves._under_way = None
    moves.count(commit(writer, 2) + BYTES_BETWEEN, connection=writer)
    settle(moves)

    assert (0, 2) == (before, in_file_alone())


def test_the_end_waits_for_the_move_that_is_under_way(writer, path, in_file_alone):
    moves = Checkpoints(path)
    moves.count(commit(writer, 1) + BYTES_BETWEEN, connection=writer)
    moves.close()

    assert 1 == in_file_alone()
