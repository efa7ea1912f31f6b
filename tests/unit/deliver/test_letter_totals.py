"""How many dead letters there are is known without counting them, whatever becomes of them."""

import random
import sqlite3
from contextlib import closing

import pytest
from delivering import KEY

from headwater.core.event import Record
from headwater.core.outcomes import State
from headwater.core.secrets import Sealer
from headwater.deliver.ledger import Ledger
from headwater.deliver.ledger_schema import open_ledger
from headwater.deliver.letters import totals
from headwater.deliver.letters.wanted import Order, Verb, Wanted
from headwater.deliver.metrics import sums
from headwater.deliver.settlement import Attempt, DeadLetter, Settlement
from headwater.store import room_file

TOOLS = ("crm", "ads", "shop")
COUNTED = "SELECT destination, count(*) FROM dead_letters GROUP BY destination"


def letters(*offsets):
    return [
        DeadLetter(
            offset=offset,
            record=Record(source="web", message_id=f"m{offset}", type="track", body=b"{}", received_at_ms=0),
            at_ms=offset,
            state=State.REJECTED,
            reason="no",
            attempts=1,
            detail=None,
            code="HTTP_400",
            status=400,
        )
        for offset in offsets
    ]


def delivered(offset):
    """Return a second try that went well: what was given up before is no dead letter any more."""
    return Attempt(
        offset=offset,
        number=2,
        message_id=f"m{offset}",
        source="web",
        at_ms=offset,
        outcome="delivered",
        status=200,
        reason=None,
        duration_ms=1,
        detail=None,
    )


def settlement(*, dead=(), arrived=()):
    return Settlement(
        watermark=1, ranges=b"", dead_letters=letters(*dead), attempts=[delivered(offset) for offset in arrived]
    )


def known_and_counted(path):
    with closing(sqlite3.connect(path)) as connection:
        return totals.between(connection, "", "z"), dict(connection.execute(COUNTED).fetchall())


@pytest.fixture
async def ledger(tmp_path):
    made = Ledger(tmp_path / "deliver.db", sealer=Sealer(KEY))
    yield made
    await made.close()


@pytest.mark.parametrize("seed", range(3))
async def test_it_is_what_would_be_counted_whatever_happens_in_whichever_order(ledger, tmp_path, seed):
    chance = random.Random(seed)
    path = tmp_path / "deliver.db"
    for _ in range(60):
        tool, some = chance.choice(TOOLS), [chance.randrange(12) for _ in range(3)]
        match chance.randrange(6):
            case 0:
                await ledger.forget_all_but([one for one in TOOLS if one != tool])
            case 1:
                await ledger.change_letters(
                    Order(verb=Verb.DISCARD, wanted=Wanted(destination=tool, code="HTTP_400")), now_ms=1
                )
            case 2:
                await ledger.settle(tool, settlement(arrived=some[:1]))
            case _:
                await ledger.settle(tool, settlement(dead=some))  # some of them again
        known, counted = known_and_counted(path)
        assert counted == known
    await ledger.settle("crm", settlement(dead=[1, 2, 2]))

    assert known_and_counted(path)[0]["crm"] >= 2


async def test_a_file_of_an_earlier_release_is_counted_once(tmp_path):
    path = tmp_path / "deliver.db"
    made = open_ledger(path)
    made.executescript("DROP TRIGGER letter_is_new; DROP TRIGGER letter_is_gone; DROP TABLE letter_totals;")
    made.executescript(
        'INSERT INTO dead_letters (destination, "offset", message_id, source, at_ms, state, reason, attempts)'
        " VALUES ('crm', 1, 'a', 'web', 1, 'rejected', 'no', 1), ('crm', 2, 'b', 'web', 1, 'rejected', 'no', 1);"
        "PRAGMA user_version = 6"
    )
    made.close()
    ledger = Ledger(path, sealer=Sealer(KEY))
    await ledger.settle("crm", settlement(dead=[2, 3]))
    await ledger.close()

    with closing(sqlite3.connect(path)) as connection:
        assert 3 == sums.one(connection, "crm").dead_letters


async def test_an_emulator_that_begins_anew_has_none_and_counts_on(ledger, tmp_path):
    await ledger.settle("crm", settlement(dead=[1, 2]))
    room_file.empty(tmp_path / "deliver.db")
    assert ({}, {}) == known_and_counted(tmp_path / "deliver.db")
    await ledger.settle("crm", settlement(dead=[5]))

    assert ({"crm": 1}, {"crm": 1}) == known_and_counted(tmp_path / "deliver.db")


def test_no_dead_letter_is_looked_at_for_it(tmp_path):
    made = open_ledger(tmp_path / "deliver.db")
    looked_at = []
    made.set_authorizer(lambda _action, table, *_: looked_at.append(table) or sqlite3.SQLITE_OK)
    sums.every(made)
    made.close()

    assert "letter_totals" in looked_at
    assert "dead_letters" not in looked_at
