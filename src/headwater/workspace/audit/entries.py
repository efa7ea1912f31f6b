"""The audit log in the core database: who changed what, when, and what was there before and after.

An entry is begun in a transaction of its own, before its change; one that has no status is about a change of which
nobody knows what became: the process ended, or the disk was full.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, or_, select, update

from headwater.core.secrets import Sealer
from headwater.store import tables
from headwater.store.statement import Statement
from headwater.web.audit.entry import Begun, Ended
from headwater.workspace.audit import documents
from headwater.workspace.audit.documents import Document

FORGOTTEN_AT_ONCE = 20  # more than ever come at once, so that it is short of what there may be soon

audit, kept, projects, people = tables.audit, tables.audit_documents, tables.projects, tables.identities

INSERT = Statement(insert(audit).returning(audit.c.number))
END = Statement(update(audit).where(audit.c.number == bindparam("of")))
KEEP = Statement(insert(kept))
PUT_AFTER = Statement(update(kept).where(kept.c.number == bindparam("of")))
OLDEST = Statement(select(audit.c.number, audit.c.at_ms).order_by(audit.c.number).limit(FORGOTTEN_AT_ONCE))
NAMELESS = Statement(update(audit).where(audit.c.who_id == bindparam("of")).values(who_name=audit.c.who_id))
FORGET = Statement(delete(audit).where(audit.c.number <= bindparam("newest")))
PERSON = Statement(select(people.c.id).where(people.c.id == bindparam("wanted")))
PROJECT = Statement(
    select(projects.c.id).where(or_(projects.c.id == bindparam("wanted"), projects.c.slug == bindparam("wanted")))
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is None where nobody knows what became of the change. `who_id` and `who_name` are as they were.

    For a person who is deleted `who_name` is their id.
    """

    number: int
    at_ms: int
    who_id: str
    who_name: str
    role: str
    via: str
    method: str
    path: str
    permission: str
    project_id: str | None
    subject: str | None
    ended_at_ms: int | None
    status: int | None
    error: str | None


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: by a key's id or name, what their path begins with, from when on, below which number."""

    who: str | None = None
    path: str | None = None
    since_ms: int | None = None
    before_number: int | None = None


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How long entries stay, and how many; None for no such limit."""

    age_ms: int | None = None
    entries: int | None = None


def begin(connection: Connection, begun: Begun, *, now_ms: int, sealer: Sealer) -> int:
    """Keep that somebody is about to change something, and return the entry's number."""
    row = {
        "at_ms": now_ms,
        "who_id": begun.who_id,
        "who_name": begun.who_name,
        "role": begun.role,
        "via": begun.via,
        "method": begun.method,
        "path": begun.path,
        "permission": begun.permission,
        "project_id": _project_id(connection, begun.project),
        "subject": begun.subject,
    }
    [[number]] = INSERT.rows(connection, row)
    if begun.before is not None:
        sealed = documents.sealed(begun.before, sealer=sealer, context=_context(number, "before"))
        _keep(connection, number, begun, before=sealed)
    return int(number)


def end(connection: Connection, number: int, ended: Ended, *, now_ms: int, sealer: Sealer) -> None:
    """Keep what became of a change. An entry that is gone meanwhile stays so."""
    values = {"status": ended.status, "error": ended.error, "ended_at_ms": now_ms, "subject": ended.subject}
    if not END.run(connection, {**values, "of": number}) or ended.after is None:
        return
    after = documents.sealed(ended.after, sealer=sealer, context=_context(number, "after"))
    if not PUT_AFTER.run(connection, {"after": after, "of": number}):
        _keep(connection, number, ended, after=after)


def page(connection: Connection, sought: Sought, *, limit: int) -> list[Entry]:
    """Return the newest of those that are sought."""
    return [_entry(row) for row in connection.execute(page_query(sought, limit=limit))]


def page_query(sought: Sought, *, limit: int) -> Select[Any]:
    """Return the statement of a page: it reads on from a number, however many there are."""
    return _sought(select(audit).order_by(audit.c.number.desc()).limit(limit), sought)


def get_or_none(connection: Connection, number: int) -> Entry | None:
    """Return one entry."""
    row = connection.execute(select(audit).where(audit.c.number == number)).first()
    return None if row is None else _entry(row)


def documents_of(
    connection: Connection, number: int, *, sealer: Sealer
) -> tuple[Document | None, Document | None] | None:
    """Return what was there before and after; None where nothing is kept of it, or no more. Raises UnsealError."""
    row = connection.execute(select(kept.c.before, kept.c.after).where(kept.c.number == number)).first()
    if row is None:
        return None
    before, after = (
        None if each is None else documents.opened(each, sealer=sealer, context=_context(number, side))
        for side, each in (("before", row.before), ("after", row.after))
    )
    return before, after


def forget(connection: Connection, bounds: Bounds, *, newest: int, now_ms: int) -> None:
    """Remove the oldest entries that are beyond the bounds, a few at a time."""
    beyond = [
        number
        for number, at_ms in OLDEST.rows(connection, {})
        if _is_beyond(number, at_ms, bounds, newest=newest, now_ms=now_ms)
    ]
    if beyond:
        FORGET.run(connection, {"newest": max(beyond)})


def forget_name(connection: Connection, who_id: str) -> None:
    """Forget what somebody was called who is deleted. What they did stays, by their id."""
    NAMELESS.run(connection, {"of": who_id})


def _is_beyond(number: int, at_ms: int, bounds: Bounds, *, newest: int, now_ms: int) -> bool:
    is_old = bounds.age_ms is not None and at_ms < now_ms - bounds.age_ms
    return is_old or (bounds.entries is not None and number <= newest - bounds.entries)


def _keep(
    connection: Connection,
    number: int,
    owner: Begun | Ended,
    *,
    before: bytes | None = None,
    after: bytes | None = None,
) -> None:
    """Keep a document; one that is a person's own only while they are there, whom it goes with."""
    identity_id = owner.subject if owner.is_personal else None
    if not owner.is_personal or PERSON.first_or_none(connection, {"wanted": identity_id}):
        KEEP.run(connection, {"number": number, "identity_id": identity_id, "before": before, "after": after})


def _project_id(connection: Connection, id_or_slug: str | None) -> str | None:
    found = None if id_or_slug is None else PROJECT.first_or_none(connection, {"wanted": id_or_slug})
    return None if found is None else str(found[0])


def _sought(query: Select[Any], sought: Sought) -> Select[Any]:
    if sought.who is not None:
        query = query.where(or_(audit.c.who_id == sought.who, audit.c.who_name == sought.who))
    if sought.path is not None:
        query = query.where(audit.c.path.startswith(sought.path, autoescape=True))
    if sought.since_ms is not None:
        query = query.where(audit.c.at_ms >= sought.since_ms)
    if sought.before_number is not None:
        query = query.where(audit.c.number < sought.before_number)
    return query


def _context(number: int, side: str) -> str:
    return f"audit {number} {side}"


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)  # noqa: SLF001  public, whatever its name says
