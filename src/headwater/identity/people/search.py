"""Finding people for lists: by id, by how they sign in, page by page. SQL only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, union, union_all

from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.identity.people.identifiers import normalised
from headwater.store.tables import credentials, identifiers, identities

# What people type (or an operator copies) to sign in; the types in the first line fold case and width.
FOLDED_TYPES = ("password", "code", "webauthn")
EXACT_TYPES = ("oidc", "saml", "passkey")

# Identifiers that begin alike are looked up and put in order up to here; beyond, that would cost more than a walk.
# Of 100,000 people each takes some 20 ms just here, and less to either side.
COMMON = 4_000
LAST_CHARACTER = "\U0010ffff"


def page(
    connection: Connection,
    *,
    project_id: str,
    after: str,
    limit: int,
    ids: Sequence[str] | None = None,
    identifier: str | None = None,
    prefix: str | None = None,
    common: int = COMMON,
) -> list[Account]:
    """Return at most `limit` people with ids above `after`, in the order of their ids, that pass the filter given.

    A prefix of more than `common` identifiers is looked for in another way, to the same end.
    """
    query = accounts.of_project(project_id).where(identities.c.id > after).limit(limit)
    if prefix is not None and _is_common(connection, prefix, project_id=project_id, more_than=common):
        # So many begin with it that walking everybody in the order of ids soon meets enough of them.
        query = query.where(_has_one_like(prefix))
    elif identifier is not None or prefix is not None:
        holders = _holders(project_id, identifier=identifier, prefix=prefix, after=after).limit(limit)
        # Two steps: in one, the planner walks everybody in the order of ids to find the one who was asked for.
        ids = connection.execute(holders).scalars().all()
    if ids is not None:
        query = query.where(identities.c.id.in_(ids))
    return accounts.load(connection, query)


def nth_page(connection: Connection, *, project_id: str, offset: int, limit: int) -> list[Account]:
    """Return part of everyone by counting, as old clients ask; only good for the first few pages."""
    return accounts.load(connection, accounts.of_project(project_id).offset(offset).limit(limit))


def count(connection: Connection, *, project_id: str) -> int:
    """Return how many people there are."""
    query = select(func.count()).select_from(identities).where(identities.c.project_id == project_id)
    return int(connection.execute(query).scalar_one())


def _holders(project_id: str, *, identifier: str | None, prefix: str | None, after: str) -> Select[Any]:
    """Return the ids of who signs in with the identifier, or one that begins with the prefix, in their order."""
    text, fits = (identifier, _is) if identifier is not None else (prefix or "", _begins_with)
    found = [
        select(credentials.c.identity_id)
        .join(identifiers, identifiers.c.credential_id == credentials.c.id)
        .where(identifiers.c.project_id == project_id, identifiers.c.type == type_, fits(wanted))
        for types, wanted in _wanted(text)
        for type_ in types
    ]
    holders = union(*found).subquery()
    return select(holders.c.identity_id).where(holders.c.identity_id > after).order_by(holders.c.identity_id)


def _is_common(connection: Connection, prefix: str, *, project_id: str, more_than: int) -> bool:
    """Tell whether more than so many identifiers begin with `prefix`, without counting them all."""
    c = identifiers.c
    ranges = [
        select(c.credential_id).where(c.project_id == project_id, c.type == type_, _begins_with(wanted))
        for types, wanted in _wanted(prefix)
        for type_ in types
    ]
    every = union_all(*ranges).subquery()
    return connection.execute(select(every.c.credential_id).offset(more_than).limit(1)).first() is not None


def _has_one_like(prefix: str) -> ColumnElement[bool]:
    """Not a range: that index would be walked once more for each person, whose own identifiers are few."""
    c = identifiers.c
    like = [
        and_(c.type.in_(types), func.substr(c.identifier, 1, len(wanted)) == wanted)
        for types, wanted in _wanted(prefix)
    ]
    own = (
        select(credentials.c.id)
        .join(identifiers, c.credential_id == credentials.c.id)
        .where(credentials.c.identity_id == identities.c.id, or_(*like))
    )
    return own.exists()


def _wanted(text: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    return (FOLDED_TYPES, normalised(text)), (EXACT_TYPES, text)


def _is(wanted: str) -> ColumnElement[bool]:
    return identifiers.c.identifier == wanted


def _begins_with(prefix: str) -> ColumnElement[bool]:
    """A range and not LIKE: it uses the index, and no character of an operator's input has a meaning in it."""
    return and_(identifiers.c.identifier >= prefix, identifiers.c.identifier < prefix + LAST_CHARACTER)
