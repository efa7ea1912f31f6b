"""What could make it a mistake to name somebody an operator: who else may know how they sign in, or have arranged it.

Nobody but admins can do any of that to an operator; this looks at what was done before they were one.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, union

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.errors import ConflictError
from headwater.identity.admin import operator_people
from headwater.identity.people.identifiers import normalised
from headwater.store import tables
from headwater.web.admin_gate import KEYLESS

FIRST_REFUSAL = 400
READ_AT_ONCE = 100
UUID_LENGTH = 36  # of a key's id, and a person's; the server's own token has a name
HOUR_MS = 3_600_000

PEOPLE = "/admin/identities"
LONGEST_MAKING_MS = HOUR_MS  # a request that is on record without its end ended then at the latest

audit, revisions, keys = tables.audit, tables.revisions, tables.keys
named, messages = tables.operators, tables.courier_messages


class NamingInDoubtError(ConflictError):
    """Others may be able to sign in as this person. Make sure that they can't, and name them anyway."""

    code = "operator_in_doubt"


def require_none(connection: Connection, identity_id: str, *, project_id: str, is_first: bool) -> None:
    """Raise NamingInDoubtError where the person was made or changed by less than an admin, or may have been let in as.

    Of the `is_first` operator, also where a project's key has had a part in how everybody signs in.
    """
    doubts = [_of_person(row) for row in connection.execute(_changes(identity_id))]
    doubts += [_of_many(row) for row in connection.execute(_makings(identity_id))]
    if connection.execute(_readers()).first() is not None:
        doubts += _of_mail(_captured_mail_ms_or_none(connection, identity_id, project_id=project_id))
    if is_first:
        doubts += [_of_project(row) for row in connection.execute(_revisions(project_id))]
    if doubts:
        raise NamingInDoubtError(f"{' '.join(doubts)} Once you are sure, name them anyway (--anyway).")


def _changes(identity_id: str) -> Select[Any]:
    """Return the statement of the newest change of a person that no admin of the workspace made, if it was made.

    What takes something away, a session say, lets nobody in.
    """
    return _newest_by_less_than_an_admin(audit.c.subject == identity_id, audit.c.method != "DELETE")


def _makings(identity_id: str) -> Select[Any]:
    """Return the statement of people being made when this person was, of whom the audit log doesn't say who they are.

    One of many never has a subject; somebody alone has none where the server ended before the request was over.
    """
    people = tables.identities
    made_at_ms = select(people.c.created_at_ms).where(people.c.id == identity_id).scalar_subquery()
    return _newest_by_less_than_an_admin(
        audit.c.method.in_(("PATCH", "POST")),
        audit.c.path.in_((PEOPLE, f"{PEOPLE}/")),
        audit.c.subject.is_(None),
        audit.c.at_ms <= made_at_ms,
        func.coalesce(audit.c.ended_at_ms, audit.c.at_ms + LONGEST_MAKING_MS) >= made_at_ms,
    )


def _newest_by_less_than_an_admin(*chosen: ColumnElement[bool]) -> Select[Any]:
    return (
        select(audit.c.who_name, audit.c.who_id, audit.c.at_ms)
        .where(
            *chosen,
            audit.c.permission == "identities.write",
            or_(audit.c.status.is_(None), audit.c.status < FIRST_REFUSAL),
            or_(audit.c.role != "admin", audit.c.who_id == KEYLESS.key_id, _may_be_a_projects(audit.c.who_id)),
        )
        .order_by(audit.c.number.desc())
        .limit(1)
    )


def _readers() -> Select[Any]:
    """Return the statement of somebody below an admin of the workspace who may read captured mail, or might have."""
    low_keys = select(keys.c.id).where(or_(keys.c.role == "operator", keys.c.project_id.is_not(None)))
    return low_keys.union(select(named.c.identity_id).where(named.c.role == "operator")).subquery().select().limit(1)


def _captured_mail_ms_or_none(connection: Connection, identity_id: str, *, project_id: str) -> int | None:
    """Return when the newest mail to a person that lets its reader in as them was captured, if its words are kept here.

    What left by a mail server has none any more.
    """
    addresses = operator_people.addresses_of(connection, identity_id, project_id=project_id)
    captured = (
        select(messages.c.recipient, messages.c.created_at_ms)
        .where(
            messages.c.project_id == project_id,
            messages.c.template_type.endswith("_valid", autoescape=True),
            messages.c.sealed.is_not(None),
        )
        .order_by(messages.c.created_at_ms.desc())
    )
    newest_first = connection.execute(captured).yield_per(READ_AT_ONCE)
    return next((row.created_at_ms for row in newest_first if normalised(row.recipient) in addresses), None)


def _revisions(project_id: str) -> Select[Any]:
    """Return the statement of the newest revision of a project that is a project's key's."""
    return (
        select(revisions.c.number, revisions.c.author_name, revisions.c.created_at_ms)
        .where(revisions.c.project_id == project_id, _may_be_a_projects(revisions.c.author_id))
        .order_by(revisions.c.number.desc())
        .limit(1)
    )


def _may_be_a_projects(key_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell of a project's key, and of one that nobody knows any more: revoked ones are forgotten in the end."""
    of_projects = select(keys.c.id).where(keys.c.project_id.is_not(None))
    known = union(select(keys.c.id), select(tables.identities.c.id))
    return or_(key_id.in_(of_projects), and_(func.length(key_id) == UUID_LENGTH, key_id.not_in(known)))


def _of_person(row: Row[Any]) -> str:
    who = row.who_name or row.who_id
    return f"{who} made or changed this account at {_said(row.at_ms)}, and may know how one signs in to it."


def _of_many(row: Row[Any]) -> str:
    who = row.who_name or row.who_id
    return f"{who} made accounts at {_said(row.at_ms)}, when this one was made, and may know how one signs in to it."


def _of_mail(at_ms: int | None) -> list[str]:
    if at_ms is None:
        return []
    at = _said(at_ms)
    return [f"Mail with a code or link of this account was captured at {at}, where others than admins may read it."]


def _of_project(row: Row[Any]) -> str:
    by = f"a project's key, {row.author_name}, or one revoked long ago, at {_said(row.created_at_ms)}"
    return f"Revision {row.number} of the project is by {by}: look at what it does when people sign in."


def _said(milliseconds: int) -> str:
    return iso_ms(from_epoch_ms(milliseconds))
