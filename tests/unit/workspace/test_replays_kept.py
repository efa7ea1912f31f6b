"""Replays as they are stored: begun, paused, cancelled, and forgotten once there are enough."""

from datetime import UTC, datetime

import pytest

from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.core.errors import ConflictError, NotFoundError
from headwater.core.secrets import Sealer
from headwater.workspace import destinations, replays
from headwater.workspace.configuration import Selection
from headwater.workspace.replays import KEPT, MOST_AT_ONCE

SEALER = Sealer(b"k" * 32)
SELECTION = Selection(since_ms=1, until_ms=2, sources=("src_1",), users=("ada",), filter="type = 'track'")


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
def connection(tmp_path, clock):
    opened = fresh_database(tmp_path / "core.db")
    with opened.engine.begin() as connection:
        connection.info["topics"] = set()
        yield connection
    opened.close()


@pytest.fixture
def crm(connection, clock):
    return destinations.create(
        connection, "webhook", name="CRM", source_slugs=[], settings={}, start_offset=0, clock=clock, sealer=SEALER
    )


@pytest.fixture
def begin(connection, crm, clock):
    def create(finished=()):
        clock.advance(1)
        return replays.create(
            connection, crm.id, SELECTION, after=3, up_to=9, requests_per_second=1.5, finished=finished, clock=clock
        )

    return create


def test_a_replay_is_read_back_as_it_was_begun(connection, begin):
    first, second = begin(), begin()

    assert [second, first] == replays.every(connection)
    assert first == replays.get(connection, first.id)
    assert (SELECTION, 3, 9, 1.5) == (first.selection, first.after, first.up_to, first.requests_per_second)
    assert connection.info["topics"]


def test_one_that_waits_goes_on_and_a_cancelled_one_never_does(connection, begin, clock):
    replay = begin()

    assert replays.pause(connection, replay.id, is_on=True).is_paused
    assert not replays.pause(connection, replay.id, is_on=False).is_paused
    cancelled = replays.cancel(connection, replay.id, clock=clock)
    clock.advance(60)
    assert cancelled == replays.cancel(connection, replay.id, clock=clock)
    with pytest.raises(ConflictError, match="was cancelled"):
        replays.pause(connection, replay.id, is_on=False)


def test_a_strange_id_is_told_where_to_look(connection):
    with pytest.raises(NotFoundError, match="headwater list replays"):
        replays.get(connection, "rpl_nobody")


def test_only_so_many_are_under_way_and_those_that_are_over_do_not_count(connection, begin, clock):
    running = [begin().id for _ in range(MOST_AT_ONCE)]
    with pytest.raises(ConflictError, match="cancel one"):
        begin()

    replays.cancel(connection, running[0], clock=clock)
    begin()
    begin(finished=running[1:2])
    with pytest.raises(ConflictError, match="cancel one"):
        begin(finished=running[1:2])


def test_those_of_a_deleted_destination_are_over(connection, begin, crm, clock):
    for _ in range(MOST_AT_ONCE):
        begin()
    destinations.delete_destination(connection, crm.id, newest_offset=9, clock=clock, sealer=SEALER)

    begin()


def test_the_oldest_of_those_that_are_over_are_forgotten_and_never_one_under_way(connection, begin, clock):
    running = begin().id
    over = []
    for _ in range(KEPT + 5):
        over.append(begin(finished=over).id)
    newest = begin(finished=over).id

    listed = [one.id for one in replays.every(connection)]
    assert [newest, *reversed(over[-KEPT + 1 :]), running] == listed
