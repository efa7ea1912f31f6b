"""Whose the identifiers and addresses are that somebody's provider says are theirs. SQL only."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from headwater.identity.people import accounts, credentials, linked
from headwater.identity.people.accounts import Account
from headwater.identity.people.claims import Claims
from headwater.identity.people.credentials import CODE, OIDC, PASSWORD, Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who has it already, how they sign in, and what it is that they have."""

    account: Account
    credentials: tuple[Credential, ...]
    identifier: str

    @property
    def has_verified(self) -> bool:
        """They have proven that what was found is theirs: somebody else may have typed it first."""
        return any(item.verified and item.value == self.identifier for item in self.account.addresses)


def find_or_none(connection: Connection, claims: Claims, *, project_id: str) -> Owner | None:
    """Return who has one of these already, what people sign in with before what they are reached at."""
    for identifier, account_id in _held(connection, claims, project_id):
        account = accounts.find_or_none(connection, account_id, project_id=project_id)
        if account is not None:
            owned = tuple(credentials.of_accounts(connection, [account_id]))
            return Owner(account=account, credentials=owned, identifier=identifier)
    return None


def find_by_subject(connection: Connection, provider_id: str, subject: str, *, project_id: str) -> Account | None:
    """Return who signs in with this account elsewhere, in one statement."""
    wanted = linked.identifier(provider_id, subject)
    return accounts.find_by_identifier(connection, wanted, type=OIDC, project_id=project_id)


def _held(connection: Connection, claims: Claims, project_id: str) -> Iterator[tuple[str, str]]:
    """Yield every identifier that is somebody's, and whose."""
    texts = [(text, PASSWORD) for text in claims.password_identifiers]
    texts += [(item.value, CODE) for item in claims.code_addresses]
    for text, type_ in texts:
        found = credentials.find_by_identifier(connection, text, type=type_, project_id=project_id)
        if found is not None:
            yield text, found.identity_id
    for claim in claims.addresses:
        reached = accounts.find_by_address(
            connection, purpose=claim.purpose, via_or_none=claim.via, value=claim.value, project_id=project_id
        )
        if reached is not None:
            yield claim.value, reached[0].id
