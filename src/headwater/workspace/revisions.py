"""The revisions of a project: every document it has had, who made it so, and when. Reads and writes their rows.

The newest 1,000 of a project are kept, and of those no more than 256 MB; the current one and the one before it always.
Secrets are `secret://<id>` in every one of them, as in the project itself.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, func, insert, select

from headwater.core.errors import NotFoundError
from headwater.store import tables

MAX_KEPT = 1_000
MAX_KEPT_BYTES = 256_000_000
ALWAYS_KEPT = 2
CURRENT, PREVIOUS = "current", "previous"
MAX_NUMBER_DIGITS = 9


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key a change was made with. Written down by name as well: the key may be gone when somebody asks.

    Of a person there is the id alone, for a name, too: what they are called goes with them.
    """

    id: str = ""
    name: str = ""


OURSELVES = Author(name="headwater")


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What a project's document was once. `number` counts from 1; `change` says how it came about."""

    id: str
    project_id: str
    number: int
    change: str
    author: Author
    created_at_ms: int


def record(
    connection: Connection,
    *,
    id: str,  # noqa: A002  the revision's own
    project_id: str,
    document: str,
    change: str,
    author: Author,
    now_ms: int,
) -> None:
    """Keep `document` (as it is stored) as the project's newest revision, and forget what is too old."""
    table = tables.revisions
    newest = connection.execute(select(func.max(table.c.number)).where(table.c.project_id == project_id)).scalar() or 0
    connection.execute(
        insert(table).values(
            id=id,
            project_id=project_id,
            number=newest + 1,
            document=document,
            size_bytes=len(document.encode()),
            change=change,
            author_id=author.id,
            author_name=author.name,
            created_at_ms=now_ms,
        )
    )
    forgotten = _last_forgotten(connection, project_id)
    connection.execute(delete(table).where((table.c.project_id == project_id) & (table.c.number <= forgotten)))


def newest_first(
    connection: Connection, project_id: str, *, below: int | None = None, limit: int = MAX_KEPT
) -> list[Revision]:
    """Return at most `limit` revisions, without their documents, with numbers below `below` if that is given."""
    table = tables.revisions
    query = select(*_told()).where(table.c.project_id == project_id).order_by(table.c.number.desc()).limit(limit)
    if below is not None:
        query = query.where(table.c.number < below)
    return [_revision(row) for row in connection.execute(query)]


def get(connection: Connection, project_id: str, name: str) -> tuple[Revision, dict[str, Any]]:
    """Return a revision and its document, by id, by number, or as `current` or `previous`. Raises NotFoundError."""
    table = tables.revisions
    query: Select[Any] = select(*_told(), table.c.document).where(table.c.project_id == project_id)
    if name in (CURRENT, PREVIOUS):
        query = query.order_by(table.c.number.desc()).limit(1).offset(0 if name == CURRENT else 1)
    elif is_number(name):
        query = query.where(table.c.number == int(name))
    else:
        query = query.where(table.c.id == name.lower())
    row = connection.execute(query).first()
    if row is None:
        raise NotFoundError(f"This project has no revision {name!r}. {_what_there_is(connection, project_id)}")
    return _revision(row), msgspec.json.decode(row.document)


def is_number(name: str) -> bool:
    """Tell whether a revision is named by its number."""
    return name.isascii() and name.isdigit() and len(name) <= MAX_NUMBER_DIGITS


def _what_there_is(connection: Connection, project_id: str) -> str:
    table = tables.revisions
    span = select(func.min(table.c.number), func.max(table.c.number)).where(table.c.project_id == project_id)
    oldest, newest = connection.execute(span).one()
    if oldest == newest:
        return f"There is {newest}, `{CURRENT}`, and none before: `headwater list revisions` shows it."
    return f"There are {oldest} to {newest}, `{CURRENT}` and `{PREVIOUS}`: `headwater list revisions` shows them."


def _last_forgotten(connection: Connection, project_id: str) -> int:
    """Return the number of the newest revision that is too old or too much, 0 for none."""
    table = tables.revisions
    sizes = select(table.c.number, table.c.size_bytes).where(table.c.project_id == project_id)
    total = 0
    for place, (number, size) in enumerate(connection.execute(sizes.order_by(table.c.number.desc()))):
        total += size
        if place >= MAX_KEPT or (place >= ALWAYS_KEPT and total > MAX_KEPT_BYTES):
            return int(number)
    return 0


def _told() -> Iterator[Any]:
    table = tables.revisions
    return (column for column in table.c if column.name not in ("document", "size_bytes"))


def _revision(row: Row[Any]) -> Revision:
    return Revision(
        id=row.id,
        project_id=row.project_id,
        number=row.number,
        change=row.change,
        author=Author(id=row.author_id, name=row.author_name),
        created_at_ms=row.created_at_ms,
    )
