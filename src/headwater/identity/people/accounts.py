"""People as stored: an account with its addresses. SQL only; every function runs in its caller's transaction."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from headwater.identity.people.credentials import DuplicateIdentifierError
from headwater.store.statement import Statement
from headwater.store.tables import addresses, credentials, identifiers, identities

ACTIVE = "active"
INACTIVE = "inactive"
STATES = (ACTIVE, INACTIVE)

# How far an address is from being proven.
PENDING = "pending"
SENT = "sent"
COMPLETED = "completed"


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


# In the order of the structs' fields, so that a row reads like one.
ACCOUNT_COLUMNS = tuple(identities.c[name] for name in Account.__struct_fields__ if name != "addresses")
ADDRESS_COLUMNS = tuple(addresses.c[name] for name in Address.__struct_fields__)

# Built once: putting a statement together takes longer than running it, and every sign-up and login waits for these.
INSERT_ACCOUNT = Statement(insert(identities))
INSERT_ADDRESS = Statement(insert(addresses))
BY_ID = Statement(
    select(*ACCOUNT_COLUMNS).where(
        identities.c.id == bindparam("account_id"), identities.c.project_id == bindparam("project_id")
    )
)
ADDRESSES_OF_ONE = Statement(
    select(*ADDRESS_COLUMNS).where(addresses.c.identity_id == bindparam("account_id")).order_by(addresses.c.id)
)
WHOSE_IDENTIFIER = (
    select(credentials.c.identity_id)
    .join(identifiers, identifiers.c.credential_id == credentials.c.id)
    .where(
        identifiers.c.project_id == bindparam("project_id"),
        identifiers.c.type == bindparam("type"),
        identifiers.c.identifier == bindparam("wanted"),
    )
    .scalar_subquery()
)
BY_IDENTIFIER = Statement(
    select(*ACCOUNT_COLUMNS, *ADDRESS_COLUMNS)
    .join_from(identities, addresses, addresses.c.identity_id == identities.c.id, isouter=True)
    .where(identities.c.id == WHOSE_IDENTIFIER, identities.c.project_id == bindparam("project_id"))
    .order_by(addresses.c.id)
)
STATE_OF_ONE = Statement(
    select(identities.c.state).where(
        identities.c.id == bindparam("account_id"), identities.c.project_id == bindparam("project_id")
    )
)
MARK_SENT = Statement(
    update(addresses).where(addresses.c.id == bindparam("address_id"), addresses.c.verified.is_(False))
)


def insert_account(connection: Connection, account: Account, *, project_id: str) -> None:
    """Store a new account with its addresses.

    Raises DuplicateIdentifierError if an address or the external id is somebody else's; then roll back.
    """
    _complaining(connection, INSERT_ACCOUNT, [{**row_of(account), "project_id": project_id}])
    _complaining(connection, INSERT_ADDRESS, address_rows(account, account.addresses, project_id=project_id))


def save_account(connection: Connection, account: Account, *, project_id: str) -> bool:
    """Store a changed account with exactly its addresses. False if it is gone meanwhile.

    Raises DuplicateIdentifierError as `insert_account` does; then roll back.
    """
    chosen = identities.c.id == account.id, identities.c.project_id == project_id
    try:
        changed = connection.execute(update(identities).where(*chosen).values(row_of(account)))
    except IntegrityError as error:
        raise DuplicateIdentifierError from error
    if changed.rowcount == 0:
        return False
    stored = connection.execute(select(*ADDRESS_COLUMNS).where(addresses.c.identity_id == account.id))
    before = {row.id: address_of(row) for row in stored}
    gone = before.keys() - {address.id for address in account.addresses}
    if gone:
        connection.execute(delete(addresses).where(addresses.c.id.in_(gone)))
    new = [address for address in account.addresses if address.id not in before]
    _complaining(connection, INSERT_ADDRESS, address_rows(account, new, project_id=project_id))
    for address in account.addresses:
        if before.get(address.id, address) != address:
            changes = msgspec.structs.asdict(address)
            connection.execute(update(addresses).where(addresses.c.id == address.id).values(changes))
    return True


def mark_sent(connection: Connection, address_id: str, *, now_ms: int) -> None:
    """Remember that a code or link went to an address that isn't verified yet."""
    MARK_SENT.run(connection, {"address_id": address_id, "status": SENT, "updated_at_ms": now_ms})


def mark_verified(connection: Connection, address_id: str, *, now_ms: int) -> None:
    """Remember that the person proved that an address is theirs."""
    proven = {"verified": True, "status": COMPLETED, "verified_at_ms": now_ms, "updated_at_ms": now_ms}
    connection.execute(update(addresses).where(addresses.c.id == address_id).values(proven))


def find_or_none(connection: Connection, account_id: str, *, project_id: str) -> Account | None:
    """Return one account of the project."""
    row = BY_ID.first_or_none(connection, {"account_id": account_id, "project_id": project_id})
    if row is None:
        return None
    return account_of(row, map(address_of, ADDRESSES_OF_ONE.rows(connection, {"account_id": account_id})))


def find_by_identifier(
    connection: Connection,
    identifier: str,
    *,
    type: str,  # noqa: A002  Ory's word
    project_id: str,
) -> Account | None:
    """Return whose credential of this type `identifier` (normalised by the caller) leads to, in one statement."""
    rows = BY_IDENTIFIER.rows(connection, {"wanted": identifier, "type": type, "project_id": project_id})
    if not rows:
        return None
    owned = [address_of(found) for row in rows if (found := row[len(ACCOUNT_COLUMNS) :])[0] is not None]
    return account_of(rows[0][: len(ACCOUNT_COLUMNS)], owned)


def is_active(connection: Connection, account_id: str, *, project_id: str) -> bool:
    """Tell whether there is such an account in the project, and it may be used."""
    row = STATE_OF_ONE.first_or_none(connection, {"account_id": account_id, "project_id": project_id})
    return row is not None and row[0] == ACTIVE


def find(connection: Connection, account_ids: Sequence[str], *, project_id: str) -> list[Account]:
    """Return those of the accounts that exist, by id."""
    return load(connection, of_project(project_id).where(identities.c.id.in_(account_ids)))


def find_by_address(
    connection: Connection, *, purpose: str, via_or_none: str | None, value: str, project_id: str
) -> tuple[Account, Address] | None:
    """Return whose address this is (normalised by the caller), and the address; any channel if `via_or_none` is None.

    One value could be an e-mail address and a phone number of two people only where nothing is validated; then the
    first stored one counts.
    """
    place = addresses.c.project_id == project_id, addresses.c.purpose == purpose, addresses.c.value == value
    vias = (addresses.c.via == via_or_none,) if via_or_none else (addresses.c.via.in_(("email", "sms")),)
    chosen = select(*ADDRESS_COLUMNS, addresses.c.identity_id).where(*place, *vias)
    row = connection.execute(chosen.order_by(addresses.c.created_at_ms)).first()
    if row is None:
        return None
    *values, account_id = row
    account = find_or_none(connection, account_id, project_id=project_id)
    return (account, address_of(values)) if account else None


def find_by_external_id(connection: Connection, external_id: str, *, project_id: str) -> Account | None:
    """Return the account that another system knows by `external_id`."""
    found = load(connection, of_project(project_id).where(identities.c.external_id == external_id))
    return found[0] if found else None


def remove(connection: Connection, account_id: str, *, project_id: str) -> bool:
    """Delete an account with everything that hangs on it: credentials, addresses, sessions. False if unknown."""
    chosen = identities.c.id == account_id, identities.c.project_id == project_id
    return connection.execute(delete(identities).where(*chosen)).rowcount > 0


def row_of(account: Account) -> dict[str, Any]:
    """Return the account as a row, without project and addresses."""
    return {
        "id": account.id,
        "schema_id": account.schema_id,
        "state": account.state,
        "traits": _text(account.traits),
        "metadata_public": _text_or_none(account.metadata_public),
        "metadata_admin": _text_or_none(account.metadata_admin),
        "external_id": account.external_id,
        "state_changed_at_ms": account.state_changed_at_ms,
        "created_at_ms": account.created_at_ms,
        "updated_at_ms": account.updated_at_ms,
    }


def address_rows(account: Account, chosen: Iterable[Address], *, project_id: str) -> list[dict[str, Any]]:
    """Return `chosen` as rows of addresses of the account."""
    owner = {"identity_id": account.id, "project_id": project_id}
    return [{**msgspec.structs.asdict(address), **owner} for address in chosen]


def _complaining(connection: Connection, statement: Statement, rows: Sequence[dict[str, Any]]) -> None:
    try:
        statement.run_for_each(connection, rows)
    except IntegrityError as error:
        raise DuplicateIdentifierError from error


def account_of(values: Sequence[Any], owned: Iterable[Address]) -> Account:
    """Return the account whose row holds `values` in the order of ACCOUNT_COLUMNS."""
    named = dict(zip(Account.__struct_fields__, values, strict=False))
    named["traits"] = msgspec.json.decode(named["traits"])
    for key in ("metadata_public", "metadata_admin"):
        named[key] = _value_or_none(named[key])
    return Account(**named, addresses=tuple(owned))


def address_of(values: Sequence[Any]) -> Address:
    """Return the address whose row holds `values` in the order of ADDRESS_COLUMNS."""
    return Address(**dict(zip(Address.__struct_fields__, values, strict=True)))


def of_project(project_id: str) -> Select[Any]:
    """Return the query of everyone in the project, in the order of ids; narrow it down and `load` it."""
    return select(*ACCOUNT_COLUMNS).where(identities.c.project_id == project_id).order_by(identities.c.id)


def load(connection: Connection, query: Select[Any]) -> list[Account]:
    """Return the accounts of a query that began with `of_project`, with their addresses."""
    rows = connection.execute(query).all()
    owned: dict[str, list[Address]] = {}
    chosen = addresses.c.identity_id.in_([row.id for row in rows])
    columns = (*ADDRESS_COLUMNS, addresses.c.identity_id)
    for *values, account_id in connection.execute(select(*columns).where(chosen).order_by(addresses.c.id)):
        owned.setdefault(account_id, []).append(address_of(values))
    return [account_of(row, owned.get(row.id, ())) for row in rows]


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _value_or_none(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
