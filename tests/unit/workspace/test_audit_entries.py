"""The audit log's rows: what is kept of a change, how long, and what goes with a person."""

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import insert, select

from fresh_database import fresh_database
from headwater.core.clock import ManualClock
from headwater.core.secrets import Sealer, UnsealError
from headwater.store import tables
from headwater.web.audit.entry import Begun, Ended
from headwater.workspace.audit import documents, entries
from headwater.workspace.audit.audit_book import AuditBook
from headwater.workspace.audit.entries import Bounds, Sought

SEALER = Sealer(b"k" * 32)
START = datetime(2026, 11, 29, tzinfo=UTC)
DAY_MS = 24 * 3600 * 1000
ADA = "ada"


@pytest.fixture
def clock():
    return ManualClock(START)


@pytest.fixture
async def database(tmp_path):
    opened = fresh_database(tmp_path / "core.db")
    yield opened
    opened.close()


@pytest.fixture
def book_of(database, clock):
    return lambda **bounds: AuditBook(database, sealer=SEALER, clock=clock, bounds=Bounds(**bounds))


def begun(path="/api/sources", **more):
    given = {"who_id": "k", "who_name": "deploy", "role": "admin", "via": "api", "method": "POST"}
    return Begun(**given, path=path, permission="sources.write", **more)


async def kept(database, number):
    return await database.read(lambda connection: entries.documents_of(connection, number, sealer=SEALER))


async def numbers(database, **sought):
    found = await database.read(lambda connection: entries.page(connection, Sought(**sought), limit=100))
    return [one.number for one in found]


async def put_ada(database, identity_id=ADA):
    project = {"slug": "p", "name": "p", "environment": "dev", "revision_id": "r", "document": "{}"}
    times = {"created_at_ms": 1, "updated_at_ms": 1}
    person = {"schema_id": "s", "state": "active", "traits": "{}", "state_changed_at_ms": 1}

    def put(connection):
        connection.execute(insert(tables.projects).values(id="p", **project, **times))
        connection.execute(insert(tables.identities).values(id=identity_id, project_id="p", **person, **times))

    await database.write(put)


async def test_a_change_that_never_ended_is_there_with_what_was_before_and_nothing_after(database, book_of):
    number = await book_of().begin(begun(before=b'{"a":1}'))

    [entry] = await database.read(lambda connection: entries.page(connection, Sought(), limit=9))
    before, after = await kept(database, number)

    assert (number, None, None) == (entry.number, entry.status, entry.ended_at_ms)
    assert ({"a": 1}, None) == (before.value, after)


async def test_a_document_is_of_its_own_entry_and_side(database, book_of):
    number = await book_of().begin(begun(before=b"{}"))
    other = await book_of().begin(begun(before=b"{}"))
    table = tables.audit_documents

    def swap(connection):
        sealed = connection.execute(select(table.c.before).where(table.c.number == other)).scalar_one()
        connection.execute(table.update().where(table.c.number == number).values(before=sealed))

    await database.write(swap)

    with pytest.raises(UnsealError):
        await kept(database, number)


async def test_what_is_a_persons_own_goes_with_them(database, book_of):
    await put_ada(database)
    book = book_of()
    number = await book.begin(begun(subject=ADA, is_personal=True, before=b'{"email":"ada@x"}'))
    await book.end(number, Ended(status=200, subject=ADA, is_personal=True, after=b'{"email":"a@x"}'))
    assert await kept(database, number) is not None

    await database.write(lambda connection: connection.execute(tables.identities.delete()))

    assert (None, [number]) == (await kept(database, number), await numbers(database))


async def test_nothing_is_kept_of_a_person_who_is_not_there(database, book_of):
    book = book_of()
    number = await book.begin(begun(subject="bob", is_personal=True, before=b"{}"))
    await book.end(number, Ended(status=200, subject=None, is_personal=True, after=b"{}"))

    assert await kept(database, number) is None


async def test_an_entry_that_is_gone_meanwhile_stays_gone(database, book_of):
    book = book_of()
    number = await book.begin(begun())
    await database.write(lambda connection: connection.execute(tables.audit.delete()))

    await book.end(number, Ended(status=200, after=b"{}"))

    assert ([], None) == (await numbers(database), await kept(database, number))


async def test_entries_beyond_a_number_go_and_their_documents_with_them(database, book_of):
    made = [await book_of(entries=3).begin(begun(before=b"{}")) for _ in range(8)]

    left = await database.read(
        lambda connection: connection.execute(select(tables.audit_documents.c.number)).scalars().all()
    )

    assert made[-3:] == left == sorted(await numbers(database))


async def test_entries_beyond_an_age_go(database, book_of, clock):
    book = book_of(age_ms=10 * DAY_MS)
    await book.begin(begun())
    clock.advance(9 * 24 * 3600)
    kept_one = await book.begin(begun())
    clock.advance(2 * 24 * 3600)
    newest = await book.begin(begun())

    assert [newest, kept_one] == await numbers(database)


async def test_a_number_is_never_used_twice(database, book_of):
    book = book_of()
    first = await book.begin(begun())
    await database.write(lambda connection: connection.execute(tables.audit.delete()))

    assert first < await book.begin(begun())


async def test_what_is_like_a_pattern_in_a_path_is_none(database, book_of):
    book = book_of()
    await book.begin(begun("/api/sources"))
    wanted = await book.begin(begun("/api/100%_sure"))

    assert [wanted] == await numbers(database, path="/api/100%_")
    assert [] == await numbers(database, path="/api/%")


async def test_a_page_of_ten_thousand_is_read_by_its_number_alone(database):
    row = {"at_ms": 1, "who_id": "k", "who_name": "", "role": "admin", "via": "api", "method": "POST"}
    rows = [{**row, "path": f"/{number}", "permission": "p"} for number in range(10_000)]
    await database.write(lambda connection: connection.execute(insert(tables.audit), rows))

    def plan(connection):
        query = entries.page_query(Sought(before_number=5_000), limit=100)
        text = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        return [one[3] for one in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + text)]

    assert ["SEARCH audit USING INTEGER PRIMARY KEY (rowid<?)"] == await database.read(plan)
    assert list(range(4_999, 4_899, -1)) == await numbers(database, before_number=5_000)


@pytest.mark.parametrize(
    "value", [{"a": [1, None, "ü"]}, "text", [], {"long": "x" * 1_000_000}], ids=["object", "text", "list", "long"]
)
def test_a_document_comes_back_as_it_was(value):
    sealed = documents.sealed(msgspec.json.encode(value), sealer=SEALER, context="c")

    assert (value, False) == (
        documents.opened(sealed, sealer=SEALER, context="c").value,
        documents.opened(sealed, sealer=SEALER, context="c").is_cut,
    )
    assert len(sealed) < documents.MOST_BYTES


def test_of_a_document_that_is_too_long_the_beginning_is_kept_and_its_size():
    noise = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(60_000))
    document = msgspec.json.encode({"noise": noise})

    sealed = documents.sealed(document, sealer=SEALER, context="c")
    found = documents.opened(sealed, sealer=SEALER, context="c")

    assert (True, len(document)) == (found.is_cut, found.size_bytes)
    assert document.decode().startswith(found.value)
    assert len(sealed) < 2 * documents.MOST_BYTES
