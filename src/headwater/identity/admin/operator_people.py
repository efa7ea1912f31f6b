"""Who an operator is among a project's people: what they are called, where their mail goes, what naming them ends."""

from collections.abc import Collection

from sqlalchemy import Connection, Select, delete, literal, select, union

from headwater.core.errors import BadRequestError
from headwater.identity.admin.errors import IdentityNotFoundError
from headwater.identity.people import accounts
from headwater.identity.people.accounts import Account
from headwater.identity.people.identifiers import normalised
from headwater.identity.sessions import sessions
from headwater.store import tables


class UnverifiedOperatorError(BadRequestError):
    """Nobody has shown that this address is theirs. Have them verify it, or name them by an id that you know."""

    code = "operator_address_unverified"


def find(connection: Connection, identity_id: str, *, project_id: str) -> Account:
    """Return who is meant. Raises IdentityNotFoundError."""
    account = accounts.find_or_none(connection, identity_id.lower(), project_id=project_id)
    if account is None:
        reason = f"Nobody in the project has the id {identity_id!r}. `headwater list identities` shows who is there."
        raise IdentityNotFoundError(reason)
    return account


def require_owner(account: Account, address: str) -> None:
    """Raise UnverifiedOperatorError unless they have shown that the address is theirs."""
    wanted = normalised(address)
    if not any(own.verified and normalised(own.value) == wanted for own in account.addresses):
        raise UnverifiedOperatorError(path="/address")


def called(account: Account) -> str:
    """Return what they are called before others: an address that is theirs for sure, else their id.

    What anybody can call themselves would let one operator pass for another.
    """
    verified = sorted((own.via != "email", own.value) for own in account.addresses if own.verified)
    return verified[0][1] if verified else account.id


def names(connection: Connection, identity_ids: Collection[str]) -> dict[str, str]:
    """Return what those of these people are called who are there and have an address that is theirs for sure."""
    owned = tables.addresses
    chosen = select(owned.c.identity_id, owned.c.value).where(owned.c.identity_id.in_(identity_ids), owned.c.verified)
    worst_first = chosen.order_by(owned.c.via == "email", owned.c.value.desc())
    return {row.identity_id: row.value for row in connection.execute(worst_first)}


def shut_old_doors(connection: Connection, identity_id: str) -> None:
    """End everything by which somebody else may be about to sign in as them: sessions, codes, links, changes."""
    sessions.revoke_all_of(connection, identity_id)
    for table in (tables.challenges, tables.pending_changes):
        connection.execute(delete(table).where(table.c.identity_id == identity_id))


def addresses(connection: Connection, project_id: str) -> frozenset[str]:
    """Return where mail goes that lets its reader in as an operator, in one form."""
    return _addresses(connection, select(tables.operators.c.identity_id), project_id)


def addresses_of(connection: Connection, identity_id: str, *, project_id: str) -> frozenset[str]:
    """Return where mail goes that lets its reader in as this person, in one form."""
    return _addresses(connection, select(literal(identity_id)), project_id)


def _addresses(connection: Connection, whose: Select[tuple[str]], project_id: str) -> frozenset[str]:
    """Return by which they are reached or sign in, or will once they have opened a letter."""
    reached, credentials, signing_in = tables.addresses, tables.credentials, tables.identifiers
    ways = select(credentials.c.id).where(credentials.c.identity_id.in_(whose))
    changing = tables.pending_changes
    theirs = union(
        select(reached.c.value).where(reached.c.project_id == project_id, reached.c.identity_id.in_(whose)),
        select(signing_in.c.identifier).where(
            signing_in.c.project_id == project_id, signing_in.c.credential_id.in_(ways)
        ),
        select(changing.c.address).where(changing.c.project_id == project_id, changing.c.identity_id.in_(whose)),
    )
    return frozenset(normalised(value) for value in connection.execute(theirs).scalars())
