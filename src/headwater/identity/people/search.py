"""Finding people for lists: by id, by how they sign in, page by page. SQL only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

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
    return accounts.load(connection, _filtered(query, project_id, ids=ids, identifier=identifier, prefix=prefix))


def nth_page(connection: Connection, *, project_id: str, offset: int, limit: int) -> list[Account]:
    """Return part of everyone by counting, as old clients ask; only good for the first few pages."""
    return accounts.load(connection, accounts.of_project(project_id).offset(offset).limit(limit))


def count(connection: Connection, *, project_id: str) -> int:
    """Return how many people there are."""
    query = select(func.count()).select_from(identities).where(identities.c.project_id == project_id)
    return int(connection.execute(query).scalar_one())


def _filtered(
    query: Select[Any], project_id: str, *, ids: Sequence[str] | None, identifier: str | None, prefix: str | None
) -> Select[Any]:
    if ids is not None:
        return query.where(identities.c.id.in_(ids))
    if identifier is not None:
        return query.where(_signs_in(project_id, identifiers.c.identifier.__eq__, identifier))
    if prefix is not None:
        return query.where(_signs_in(project_id, _begins_with, prefix))
    return query


def _signs_in(project_id: str, fits: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that one of a person's identifiers fits `text`."""
    kinds = ((FOLDED_TYPES, normalised(text)), (EXACT_TYPES, text))
    any_kind = or_(*(and_(identifiers.c.type.in_(types), fits(wanted)) for types, wanted in kinds))
    holders = (
        select(credentials.c.identity_id)
        .join(identifiers, identifiers.c.credential_id == credentials.c.id)
        .where(identifiers.c.project_id == project_id, any_kind)
    )
    return identities.c.id.in_(holders)


def _begins_with(prefix: str) -> ColumnElement[bool]:
    """A range and not LIKE: it uses the index, and no character of an operator's input has a meaning in it."""
    return and_(identifiers.c.identifier >= prefix, identifiers.c.identifier < prefix + LAST_CHARACTER)
