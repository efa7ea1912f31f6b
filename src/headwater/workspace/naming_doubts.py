"""What could make it a mistake to name somebody an operator: who else may know how they sign in, or have arranged it.

Nobody but admins can do any of that to an operator; this looks at what was done before they were one.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, union

from headwater.core.clock import from_epoch_ms, iso_ms
from headwater.core.errors import ConflictError
from headwater.store import tables
from headwater.web.admin_gate import KEYLESS

FIRST_REFUSAL = 400
UUID_LENGTH = 36  # of a key's id, and a person's; the server's own token has a name

PEOPLE = "/admin/identities"

audit, documents, revisions = tables.audit, tables.audit_documents, tables.revisions
keys, named, messages = tables.keys, tables.operators, tables.courier_messages


class NamingInDoubtError(ConflictError):
    """Others may be able to sign in as this person. Make sure that they can't, and name them anyway."""

    code = "operator_in_doubt"


def require_none(connection: Connection, identity_id: str, *, project_id: str, is_first: bool) -> None:
    """Raise NamingInDoubtError where the person was made or changed by less than an admin, or may have been let in as.

    Of the `is_first` operator, also where a project's key has had a part in how everybody signs in.
    """
    doubts = [_of_person(row) for row in connection.execute(_changes(identity_id))]
    doubts += [_of_many(row) for row in connection.execute(_imports(identity_id))]
    if connection.execute(_readers()).first() is not None:
        doubts += [_of_mail(row) for row in connection.execute(_captured_mail(identity_id, project_id))]
    if is_first:
        doubts += [_of_project(row) for row in connection.execute(_revisions(project_id))]
    if doubts:
        raise NamingInDoubtError(f"{' '.join(doubts)} Once you are sure, name them anyway (--anyway).")


def _changes(identity_id: str) -> Select[Any]:
    """Return the statement of the newest change of a person that no admin of the workspace made, if it was made.

    What takes something away, a session say, lets nobody in.
    """
    theirs = select(documents.c.number).where(documents.c.identity_id == identity_id)
    return _newest_by_less_than_an_admin(audit.c.number.in_(theirs), audit.c.method != "DELETE")


def _imports(identity_id: str) -> Select[Any]:
    """Return the statement of an import of many that was under way when this person was made: it names nobody."""
    people = tables.identities
    made_at_ms = select(people.c.created_at_ms).where(people.c.id == identity_id).scalar_subquery()
    return _newest_by_less_than_an_admin(
        audit.c.method == "PATCH",
        or_(audit.c.path == PEOPLE, audit.c.path == f"{PEOPLE}/"),
        audit.c.at_ms <= made_at_ms,
        or_(audit.c.ended_at_ms.is_(None), audit.c.ended_at_ms >= made_at_ms),
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


def _captured_mail(identity_id: str, project_id: str) -> Select[Any]:
    """Return the statement of the newest mail to a person that lets its reader in as them, if its words are kept here.

    What left by a mail server has none any more.
    """
    theirs = select(tables.addresses.c.value).where(tables.addresses.c.identity_id == identity_id)
    return (
        select(messages.c.created_at_ms)
        .where(
            messages.c.project_id == project_id,
            messages.c.recipient.in_(theirs),
            messages.c.template_type.endswith("_valid", autoescape=True),
            messages.c.sealed.is_not(None),
        )
        .order_by(messages.c.created_at_ms.desc())
        .limit(1)
    )


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
    return (
        f"{who} made many accounts at {_said(row.at_ms)}, when this one was made, and may know how one signs in to it."
    )


def _of_mail(row: Row[Any]) -> str:
    at = _said(row.created_at_ms)
    return f"Mail with a code or link of this account was captured at {at}, where others than admins may read it."


def _of_project(row: Row[Any]) -> str:
    by = f"a project's key, {row.author_name}, or one revoked long ago, at {_said(row.created_at_ms)}"
    return f"Revision {row.number} of the project is by {by}: look at what it does when people sign in."


def _said(milliseconds: int) -> str:
    return iso_ms(from_epoch_ms(milliseconds))
