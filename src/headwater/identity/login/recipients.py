"""Who gets a sign-in code at an identifier, and where. SQL only, in the caller's transaction."""

from dataclasses import dataclass

from sqlalchemy import Connection

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.people import accounts, credentials, identifiers
from headwater.identity.people.accounts import Account
from headwater.identity.people.claims import CodeAddress
from headwater.identity.people.credentials import CODE, PASSWORD


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A person and the one of their addresses that the identifier names."""

    account: Account
    address: CodeAddress


def find_or_none(connection: Connection, identifier: str, *, config: IdentityConfig) -> Recipient | None:
    """Return who signs in by code with `identifier`, as typed."""
    wanted = identifiers.phone_or_none(identifier) or identifiers.normalised(identifier)
    found = credentials.find_by_identifier(connection, wanted, type=CODE, project_id=config.project_id)
    if found is None:
        return _without_credential_or_none(connection, wanted, config=config)
    address = next((item for item in credentials.code_addresses(found) if item.value == wanted), None)
    account = accounts.find_or_none(connection, found.identity_id, project_id=config.project_id)
    return Recipient(account=account, address=address) if account and address else None


def _without_credential_or_none(connection: Connection, wanted: str, *, config: IdentityConfig) -> Recipient | None:
    """People from before their schema named an address for codes: an address they sign in with otherwise will do."""
    if not config.methods.code.finds_missing_credential:
        return None
    found = credentials.find_by_identifier(connection, wanted, type=PASSWORD, project_id=config.project_id)
    if found is None:
        return None
    account = accounts.find_or_none(connection, found.identity_id, project_id=config.project_id)
    address = next((item for item in account.addresses if item.value == wanted), None) if account else None
    return (
        Recipient(account=account, address=CodeAddress(value=wanted, via=address.via)) if account and address else None
    )
