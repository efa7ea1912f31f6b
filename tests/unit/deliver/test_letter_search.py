"""Looking for dead letters: by what is known of them, quickly among very many, and with nobody's id in the file."""

import pytest
from delivering import KEY

from headwater.core.event import Record
from headwater.core.outcomes import State
from headwater.core.secrets import Sealer
from headwater.deliver.ledger import Ledger
from headwater.deliver.ledger_schema import open_ledger
from headwater.deliver.letters import changes, expiry, search
from headwater.deliver.letters.letters import Letters
from headwater.deliver.letters.wanted import LARGEST_ID, Order, Verb, Wanted
from headwater.deliver.settlement import DeadLetter, Settlement

SEALER = Sealer(KEY)
MANY = 100_000
_MANY = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
    INSERT INTO dead_letters
    (destination, "offset", message_id, source, at_ms, state, reason, attempts, code, status, type, name, record)
    SELECT 'crm', n, 'm' || n, 'web', n, 'rejected', iif(n % 20, 'invalid email', 'who are you'), 1,
    iif(n % 20, 'HTTP_400', 'HTTP_401'), iif(n % 20, 400, 401), 'track', 'Order', zeroblob(500) FROM numbers
"""


def letter(offset, message_id, *, body=b"{}", user="ada", type="track", source="web", **changed):  # noqa: A002
    record = Record(
        source=source, message_id=message_id, type=type, body=body, received_at_ms=0, user_id=user, anonymous_id="anon"
    )
    values = {"at_ms": offset, "state": State.REJECTED, "reason": "invalid email", "attempts": 1, "detail": None}
    return DeadLetter(offset=offset, record=record, **{**values, "code": "HTTP_400", "status": 400, **changed})


@pytest.fixture
async def ledger(tmp_path):
    made = Ledger(tmp_path / "deliver.db", sealer=SEALER)
    yield made
    await made.close()


@pytest.fixture
async def letters(ledger, tmp_path):
    made = Letters(tmp_path / "deliver.db", SEALER)
    crm = [
        letter(1, "a", body=b'{"event": "Order"}'),
        letter(2, "b", type="identify", user=None, reason="Bad phone"),
        letter(3, "c", code="GAVE_UP", status=None, type="page", body=b'{"name": "Home"}', user="eve"),
    ]
    shop = [letter(1, "d", source="shop", status=401, code="HTTP_401", state=State.NOT_AUTHORISED)]
    await ledger.settle("crm", Settlement(watermark=3, ranges=b"", dead_letters=crm))
    await ledger.settle("shop", Settlement(watermark=3, ranges=b"", dead_letters=shop))
    yield made
    made.close()


SEARCHES = {
    "everything": (Wanted(), "dcba"),
    "destination": (Wanted(destination="crm"), "cba"),
    "outcome": (Wanted(state="not_authorised"), "d"),
    "code": (Wanted(code="GAVE_UP"), "c"),
    "status": (Wanted(status=400), "ba"),
    "text of either case": (Wanted(text="PHONE"), "b"),
    "text that is no pattern": (Wanted(text="%"), ""),
    "type": (Wanted(type="identify"), "b"),
    "name of a track": (Wanted(name="Order"), "a"),
    "name of a page": (Wanted(name="Home"), "c"),
    "user": (Wanted(user="eve"), "c"),
    "anonymous user": (Wanted(user="anon"), "b"),
    "message": (Wanted(message_id="b"), "b"),
    "source": (Wanted(source="shop"), "d"),
    "since": (Wanted(since_ms=2), "cb"),
    "until": (Wanted(destination="crm", until_ms=2), "a"),
    "all of it": (Wanted(status=400, type="track", user="ada"), "a"),
}


@pytest.mark.parametrize("search_for", SEARCHES)
async def test_they_are_found_by_what_is_known_of_them_newest_first(letters, search_for):
    wanted, expected = SEARCHES[search_for]
    found = await letters.newest(wanted, limit=10)

    assert list(expected) == [one.message_id for one in found]
    assert len(expected) == await letters.count(wanted)


async def test_groups_of_all_destinations_are_added_up_the_largest_first(letters):
    by_status = await letters.groups(Wanted(), by=("status",))
    by_both = await letters.groups(Wanted(), by=("destination", "status"))

    assert [({"status": 400}, 2, 1, 2)] == [
        (one.same, one.count, one.oldest_ms, one.newest_ms) for one in by_status[:1]
    ]
    assert 3 == len(by_both)


async def test_nobodys_id_and_no_body_lies_open_in_the_file(letters, tmp_path):
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"eve" not in everything
    assert b"anon" not in everything
    assert b'"name": "Home"' not in everything


async def test_a_name_that_is_none_is_no_obstacle(ledger, tmp_path):
    bodies = [b"\xff", b'{"event": 7}', b'{"event": "\\ud800"}', b"[]", b'{"event": "' + b"x" * 10_000 + b'"}']
    rows = [letter(number, f"m{number}", body=body) for number, body in enumerate(bodies)]
    await ledger.settle("crm", Settlement(watermark=9, ranges=b"", dead_letters=rows))
    made = Letters(tmp_path / "deliver.db", SEALER)
    found = await made.newest(Wanted(), limit=10)
    made.close()

    assert ["x" * 200, None, None, None, None] == [one.name for one in found]


async def test_a_file_that_is_not_there_yet_has_none(tmp_path):
    made = Letters(tmp_path / "absent.db", SEALER)

    assert ([], 0, [], {}) == (
        await made.newest(Wanted(), limit=1),
        await made.count(Wanted()),
        await made.groups(Wanted(), by=("code",)),
        await made.waiting(),
    )
    assert not (tmp_path / "absent.db").exists()
    made.close()


async def test_an_earlier_releases_letters_are_found_too(tmp_path):
    path = tmp_path / "deliver.db"
    made = open_ledger(path)
    made.executescript(
        "DROP TABLE dead_letters; CREATE TABLE dead_letters (id INTEGER PRIMARY KEY AUTOINCREMENT, destination TEXT"
        ' NOT NULL, "offset" INTEGER NOT NULL, message_id TEXT NOT NULL, source TEXT NOT NULL, at_ms INTEGER NOT NULL,'
        " state TEXT NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL, record BLOB, detail BLOB,"
        " UNIQUE (destination, offset));"
        "INSERT INTO dead_letters VALUES (1, 'crm', 1, 'old', 'web', 1, 'rejected', 'no', 1, NULL, NULL);"
        "PRAGMA user_version = 3"
    )
    made.close()
    await Ledger(path, sealer=SEALER).close()
    letters = Letters(path, SEALER)
    [found] = await letters.newest(Wanted(text="NO"), limit=1)
    letters.close()

    assert ("old", None, False) == (found.message_id, found.code, found.has_body)


def plan(connection, statement, values):
    return " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values))


def test_whatever_they_are_looked_for_by_no_body_is_read(tmp_path):
    connection = open_ledger(tmp_path / "deliver.db")
    values = search.parameters(Wanted(destination="crm"), "crm", sealer=SEALER) | {"limit": 1}
    grouping = {f"by_{name}": True for name in search.GROUPED}
    for statement in (search.NEWEST, search.OLDEST, search.COUNT, search.GROUPS):
        found = plan(connection, statement, values | grouping)
        assert "SEARCH dead_letters USING COVERING INDEX dead_letters_found (destination=? AND id>? AND id<?)" in found
        assert "SCAN dead_letters" not in found
    assert "dead_letters_to_redrive (destination=?)" in plan(connection, changes.MARKED, ("crm", 1))
    expired = plan(connection, expiry.BEYOND, ("crm", 1, 1))
    assert "dead_letters_with_their_body (destination=? AND id<?)" in expired
    assert "SCAN" not in expired
    connection.close()


def test_among_a_hundred_thousand_a_step_looks_at_some_and_changes_fewer(tmp_path):
    connection = open_ledger(tmp_path / "deliver.db")
    connection.execute(_MANY, (MANY,))
    wanted = Wanted(destination="crm", status=401)
    first = changes.step(connection, Order(verb=Verb.REDRIVE, wanted=wanted), now_ms=1, sealer=SEALER)
    nobody = Order(verb=Verb.DISCARD, wanted=Wanted(destination="crm", message_id="nobody"))
    empty = changes.step(connection, nobody, now_ms=1, sealer=SEALER)
    found = search.newest(connection, wanted, limit=100, sealer=SEALER)
    [largest, *_] = search.groups(connection, Wanted(), by=("status", "reason"), sealer=SEALER)
    connection.close()

    assert (1_000, 20_000, False) == (first.count, first.after, first.is_end)
    assert (0, changes.LOOKED_AT_ONCE, False) == (empty.count, empty.after, empty.is_end)
    assert (100, MANY) == (len(found), found[0])
    assert ({"status": 400, "reason": "invalid email"}, 95_000) == (largest.same, largest.count)


def test_a_page_of_the_newest_reads_no_more_than_itself(tmp_path):
    connection = open_ledger(tmp_path / "deliver.db")
    connection.execute(_MANY, (MANY,))
    thousands = []
    connection.set_progress_handler(lambda: thousands.append(1) and None, 1_000)
    found = search.newest(connection, Wanted(destination="crm"), limit=100, below=LARGEST_ID, sealer=SEALER)
    connection.set_progress_handler(None, 0)
    connection.close()

    assert 100 == len(found)
    assert len(thousands) < 20  # thousands of SQLite's operations; to read all of them takes 5,000


def test_one_that_is_named_is_found_without_looking_at_the_others(tmp_path):
    connection = open_ledger(tmp_path / "deliver.db")
    connection.execute(_MANY, (MANY,))
    thousands = []
    connection.set_progress_handler(lambda: thousands.append(1) and None, 1_000)
    found = search.newest(connection, Wanted(ids=(7, 9)), limit=100, sealer=SEALER)
    connection.set_progress_handler(None, 0)
    connection.close()

    assert [9, 7] == found
    assert len(thousands) < 5
