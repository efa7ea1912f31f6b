"""Finding people for lists: by id, by how they sign in, page by page. SQL only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, union

from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.identity.people.identifiers import normalised
from headwater.store.tables import credentials, identifiers, identities

# What people type (or an operator copies) to sign in; the types in the first line fold case and width.
FOLDED_TYPES = ("password", "code", "webauthn")
EXACT_TYPES = ("oidc", "saml", "passkey")

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
) -> list[Account]:
    """Return at most `limit` people with ids above `after`, in the order of their ids, that pass the filter given."""
    query = accounts.of_project(project_id).where(identities.c.id > after).limit(limit)
    if identifier is not None or prefix is not None:
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
        for types, wanted in ((FOLDED_TYPES, normalised(text)), (EXACT_TYPES, text))
        for type_ in types
    ]
    holders = union(*found).subquery()
    return select(holders.c.identity_id).where(holders.c.identity_id > after).order_by(holders.c.identity_id)


def _is(wanted: str) -> ColumnElement[bool]:
    return identifiers.c.identifier == wanted


def _begins_with(prefix: str) -> ColumnElement[bool]:
    """A range and not LIKE: it uses the index, and no character of an operator's input has a meaning in it."""
    return and_(identifiers.c.identifier >= prefix, identifiers.c.identifier < prefix + LAST_CHARACTER)
