"""People as stored: an account with its addresses. SQL only; every function runs in its caller's transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, delete, insert, select

from headwater.store.tables import addresses, credentials, identifiers, identities

ACTIVE = "active"
PENDING = "pending"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person can be reached, and whether it was proven to be theirs."""

    id: str
    purpose: str
    via: str
    value: str
    verified: bool
    status: str
    verified_at_ms: int | None = None
    created_at_ms: int
    updated_at_ms: int


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person: Ory's identity, without credentials."""

    id: str
    schema_id: str
    state: str
    traits: dict[str, Any]
    metadata_public: Any = None
    metadata_admin: Any = None
    external_id: str | None = None
    state_changed_at_ms: int
    created_at_ms: int
    updated_at_ms: int
    addresses: tuple[Address, ...] = ()


def insert_account(connection: Connection, account: Account, *, project_id: str) -> None:
    """Store a new account with its addresses."""
    connection.execute(
        insert(identities).values(
            id=account.id,
            project_id=project_id,
            schema_id=account.schema_id,
            state=account.state,
            traits=_text(account.traits),
            metadata_public=_text_or_none(account.metadata_public),
            metadata_admin=_text_or_none(account.metadata_admin),
            external_id=account.external_id,
            state_changed_at_ms=account.state_changed_at_ms,
            created_at_ms=account.created_at_ms,
            updated_at_ms=account.updated_at_ms,
        )
    )
    rows = [{**msgspec.structs.asdict(address), "identity_id": account.id} for address in account.addresses]
    if rows:
        connection.execute(insert(addresses), rows)


def find_or_none(connection: Connection, account_id: str, *, project_id: str) -> Account | None:
    """Return one account of the project."""
    found = find(connection, [account_id], project_id=project_id)
    return found[0] if found else None


def find(connection: Connection, account_ids: Sequence[str], *, project_id: str) -> list[Account]:
    """Return those of the accounts that exist, by id."""
    return _load(connection, _of(project_id).where(identities.c.id.in_(account_ids)))


def find_by_identifier(connection: Connection, identifier: str, *, project_id: str) -> list[Account]:
    """Return the accounts that sign in with `identifier`, whatever the kind of credential."""
    holders = (
        select(credentials.c.identity_id)
        .join(identifiers, identifiers.c.credential_id == credentials.c.id)
        .where(identifiers.c.project_id == project_id, identifiers.c.identifier == identifier)
    )
    return _load(connection, _of(project_id).where(identities.c.id.in_(holders)))


def page(connection: Connection, *, project_id: str, after: str, limit: int) -> list[Account]:
    """Return at most `limit` accounts with ids above `after`, in the order of their ids."""
    return _load(connection, _of(project_id).where(identities.c.id > after).limit(limit))


def remove(connection: Connection, account_id: str, *, project_id: str) -> bool:
    """Delete an account with everything that hangs on it: credentials, addresses, sessions. False if unknown."""
    chosen = identities.c.id == account_id, identities.c.project_id == project_id
    return connection.execute(delete(identities).where(*chosen)).rowcount > 0


def _of(project_id: str) -> Select[Any]:
    return select(identities).where(identities.c.project_id == project_id).order_by(identities.c.id)


def _load(connection: Connection, query: Select[Any]) -> list[Account]:
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    found = connection.execute(select(addresses).where(addresses.c.identity_id.in_(ids)).order_by(addresses.c.id))
    by_account: dict[str, list[Address]] = {}
    for row in found:
        by_account.setdefault(row.identity_id, []).append(_address(row))
    return [_account(row, by_account.get(row.id, ())) for row in rows]


def _account(row: Row[Any], owned: Iterable[Address]) -> Account:
    return Account(
        id=row.id,
        schema_id=row.schema_id,
        state=row.state,
        traits=msgspec.json.decode(row.traits),
        metadata_public=_value_or_none(row.metadata_public),
        metadata_admin=_value_or_none(row.metadata_admin),
        external_id=row.external_id,
        state_changed_at_ms=row.state_changed_at_ms,
        created_at_ms=row.created_at_ms,
        updated_at_ms=row.updated_at_ms,
        addresses=tuple(owned),
    )


def _address(row: Row[Any]) -> Address:
    return Address(
        id=row.id,
        purpose=row.purpose,
        via=row.via,
        value=row.value,
        verified=row.verified,
        status=row.status,
        verified_at_ms=row.verified_at_ms,
        created_at_ms=row.created_at_ms,
        updated_at_ms=row.updated_at_ms,
    )


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _value_or_none(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
