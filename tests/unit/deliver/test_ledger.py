import asyncio
import sqlite3

import pytest
from delivering import KEY, event

from headwater.core.event import Record
from headwater.core.outcomes import State
from headwater.core.secrets import Sealer
from headwater.deliver.ledger import Ledger
from headwater.deliver.ledger_schema import NewerLedgerError, open_ledger
from headwater.deliver.settlement import Attempt, DeadLetter, Retry, Settlement


@pytest.fixture
async def ledger(tmp_path):
    made = Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))
    yield made
    await made.close()


def attempt(offset, **changes):
    values = {"number": 1, "message_id": "m", "source": "web", "at_ms": 1, "outcome": "delivered", "status": 200}
    values |= {"reason": None, "duration_ms": 1, "detail": None}
    return Attempt(offset=offset, **(values | changes))


def test_a_ledger_of_a_newer_release_is_refused_with_one_clear_line(tmp_path):
    open_ledger(tmp_path / "deliver.db").close()
    with sqlite3.connect(tmp_path / "deliver.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerLedgerError, match=r"deliver\.db was written by a newer release.*Install that release"):
        Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))


async def test_what_settles_during_a_save_goes_into_the_next_one_together(ledger):
    commits = []
    ledger._connection.set_trace_callback(lambda text: commits.append(text) if text == "COMMIT" else None)
    settlements = [Settlement(watermark=n, ranges=b"", attempts=[attempt(n)]) for n in range(1, 51)]
    await asyncio.gather(*(ledger.settle(f"d{each.watermark}", each) for each in settlements))
    assert len(commits) <= 2
    assert (await ledger.cursor("d50", start_offset=0)).watermark == 50


async def test_one_lanes_impossible_rows_cost_no_other_lane_its_save(ledger):
    bad = Settlement(watermark=9, ranges=b"", attempts=[attempt(1, status=2**70)])
    good = Settlement(watermark=7, ranges=b"", attempts=[attempt(1)])
    answers = await asyncio.gather(ledger.settle("bad", bad), ledger.settle("good", good), return_exceptions=True)
    assert isinstance(answers[0], OverflowError)
    assert answers[1] is None
    assert (await ledger.cursor("good", start_offset=0)).watermark == 7
    assert (await ledger.cursor("bad", start_offset=0)).watermark == 0


async def test_a_batch_is_saved_whole_or_not_at_all(ledger):
    bad = Settlement(watermark=9, ranges=b"", attempts=[attempt(1), attempt(2, status=2**70)])
    with pytest.raises(OverflowError):
        await ledger.settle("d", bad)
    assert ledger._connection.execute("SELECT count(*) FROM attempts").fetchone() == (0,)


async def test_attempts_that_are_saved_together_read_as_those_that_are_saved_alone(ledger):
    ids = ["plain", "quoted \"\\' ü ☃ 😀", "cut\0off", ""]
    rows = [attempt(n, message_id=one, reason=one or None, action=None, payload_bytes=n) for n, one in enumerate(ids)]
    with_detail = [attempt(9, status=None, detail=b"{}", together=2)]
    await ledger.settle("d", Settlement(watermark=9, ranges=b"", attempts=rows + with_detail))

    kept = ledger._connection.execute(
        'SELECT "offset", message_id, reason, status, action, payload_bytes, together, typeof(at_ms) FROM attempts'
    ).fetchall()
    expected = [(n, one, one or None, 200, None, n, None, "integer") for n, one in enumerate(ids)]
    assert sorted(kept, key=lambda row: row[0]) == [*expected, (9, "m", None, None, None, None, 2, "integer")]


async def test_retries_are_self_contained_and_their_bodies_are_sealed(ledger, tmp_path):
    retry = Retry(offset=5, due_at_ms=10, attempts=1, last_number=1, first_at_ms=1, record=event("a-known-id"))
    letter = DeadLetter(
        offset=6, at_ms=1, state=State.REJECTED, reason="no", attempts=1, record=event("b"), detail=b"the exchange"
    )
    await ledger.settle("d", Settlement(watermark=6, ranges=b"", retries=[retry], dead_letters=[letter]))
    assert await ledger.retries("d", [5, 99]) == [retry]
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"a-known-id" not in everything
    assert b"the exchange" not in everything


async def test_an_attempt_that_a_kill_cut_off_stays_on_record_and_the_next_is_another(ledger, tmp_path):
    record = Record(source="s", message_id="m", type="action", body=b"{}", received_at_ms=0)
    assert 1 == await ledger.begin("@actions", 7, record, at_ms=1_000)
    assert 2 == await ledger.begin("@actions", 7, record, at_ms=2_000)
    assert 1 == await ledger.begin("@actions", 8, record, at_ms=3_000)
    connection = sqlite3.connect(tmp_path / "deliver.db")
    rows = connection.execute('SELECT "offset", number, outcome, status FROM attempts ORDER BY id').fetchall()
    connection.close()

    assert [(7, 1, "begun", None), (7, 2, "begun", None), (8, 1, "begun", None)] == rows


async def test_a_ledger_of_an_earlier_release_gets_what_it_lacks_and_keeps_what_it_has(tmp_path):
    path = tmp_path / "deliver.db"
    made = open_ledger(path)
    made.executescript("DROP TABLE replays; INSERT INTO cursors VALUES ('crm', 7, x''); PRAGMA user_version = 1")
    made.close()
    ledger = Ledger(path, sealer=Sealer(KEY))
    cursor = await ledger.cursor("crm", start_offset=0)

    assert 7 == cursor.watermark
    assert {} == await ledger.replays()
    await ledger.close()
