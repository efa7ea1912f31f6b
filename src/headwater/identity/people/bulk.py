"""Storing many new people at once: few statements, and a conflict costs only its own row. SQL only."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, Table, insert, select
from sqlalchemy.exc import IntegrityError

from headwater.identity.people import accounts, credentials, persons
from headwater.identity.people.credentials import DuplicateIdentifierError
from headwater.identity.people.reshape import Reshaped
from headwater.store import tables

# What must be one person's only: (table, what kind, value).
Claim = tuple[str, tuple[str, ...], str]

IDENTIFIER = "identifier"
ADDRESS = "address"
EXTERNAL_ID = "external_id"

LOOKED_UP_AT_ONCE = 500


def insert_people(connection: Connection, people: Sequence[Reshaped], *, project_id: str) -> set[str]:
    """Store those who conflict with nobody, stored or earlier in the sequence, and return their account ids."""
    free = _without_conflicts(connection, people, project_id=project_id)
    if not free:
        return set()
    try:
        with connection.begin_nested():
            _insert_all(connection, free, project_id=project_id)
    except IntegrityError:
        # Somebody took an identifier since we looked (other writers, on other databases than SQLite).
        return _insert_one_by_one(connection, free, project_id=project_id)
    return {person.account.id for person in free}


def _without_conflicts(connection: Connection, people: Sequence[Reshaped], *, project_id: str) -> list[Reshaped]:
    claimed = [(person, _claims(person)) for person in people]
    taken = _taken(connection, {claim for _, claims in claimed for claim in claims}, project_id=project_id)
    free = []
    for person, claims in claimed:
        if taken.isdisjoint(claims):
            taken.update(claims)
            free.append(person)
    return free


def _claims(person: Reshaped) -> list[Claim]:
    claims: list[Claim] = [
        (IDENTIFIER, (credential.type,), text) for credential in person.credentials for text in credential.identifiers
    ]
    claims += [(ADDRESS, (item.purpose, item.via), item.value) for item in person.account.addresses]
    if person.account.external_id is not None:
        claims.append((EXTERNAL_ID, (), person.account.external_id))
    return claims


def _taken(connection: Connection, claims: set[Claim], *, project_id: str) -> set[Claim]:
    """Return those of the claims that somebody stored holds already."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for kind, place, value in claims:
        groups.setdefault((kind, place), []).append(value)
    return {
        (kind, place, value)
        for (kind, place), values in groups.items()
        for some in _portions(values)
        for value in _held(connection, kind, place, some, project_id=project_id)
    }


def _held(
    connection: Connection, kind: str, place: tuple[str, ...], values: list[str], *, project_id: str
) -> Iterable[str]:
    places: tuple[Column[Any], ...] = ()
    if kind == IDENTIFIER:
        table, places, column = tables.identifiers, (tables.identifiers.c.type,), tables.identifiers.c.identifier
    elif kind == ADDRESS:
        table, column = tables.addresses, tables.addresses.c.value
        places = (table.c.purpose, table.c.via)
    else:
        table, column = tables.identities, tables.identities.c.external_id
    chosen = [table.c.project_id == project_id, *(left == right for left, right in zip(places, place, strict=True))]
    return connection.execute(select(column).where(*chosen, column.in_(values))).scalars()


def _insert_all(connection: Connection, people: Sequence[Reshaped], *, project_id: str) -> None:
    owned = [credential for person in people for credential in person.credentials]
    rows: tuple[tuple[Table, list[dict[str, Any]]], ...] = (
        (tables.identities, [{**accounts.row_of(person.account), "project_id": project_id} for person in people]),
        (
            tables.addresses,
            [
                row
                for person in people
                for row in accounts.address_rows(person.account, person.account.addresses, project_id=project_id)
            ],
        ),
        (tables.credentials, [credentials.row_of(credential) for credential in owned]),
        (
            tables.identifiers,
            [
                row
                for credential in owned
                for row in credentials.identifier_rows(credential, credential.identifiers, project_id=project_id)
            ],
        ),
    )
    for table, some in rows:
        if some:
            connection.execute(insert(table), some)


def _insert_one_by_one(connection: Connection, people: Sequence[Reshaped], *, project_id: str) -> set[str]:
    stored = set()
    for person in people:
        try:
            with connection.begin_nested():
                persons.insert_person(connection, person, project_id=project_id)
        except DuplicateIdentifierError:
            continue
        stored.add(person.account.id)
    return stored


def _portions(values: Sequence[str]) -> Iterator[list[str]]:
    """A statement takes only so many parameters."""
    remaining = iter(values)
    while some := list(islice(remaining, LOOKED_UP_AT_ONCE)):
        yield some
