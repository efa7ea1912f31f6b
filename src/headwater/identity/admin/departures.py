"""Taking a way to sign in from a person, but never the last one. Pure."""

from collections.abc import Sequence

import msgspec

from headwater.core.secrets import Secret
from headwater.identity.admin.errors import BadIdentityError, CredentialNotFoundError, LastCredentialError
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.people import credentials, factors, linked
from headwater.identity.people.credentials import OIDC, PASSWORD, Credential

LEAST_FACTORS = 2


def without(
    owned: Sequence[Credential], type_: str, *, identifier: str, config: IdentityConfig, now_ms: int
) -> Credential:
    """Return the credential of this type as it is once what was asked for is gone.

    Raises CredentialNotFoundError, LastCredentialError, BadIdentityError for types that follow the traits.
    """
    own = next((item for item in owned if item.type == type_), None)
    if own is None:
        raise CredentialNotFoundError(f"You tried to remove a {type_} but this user has no {type_} set up.")
    if type_ not in (PASSWORD, OIDC):
        raise BadIdentityError(f"Credentials type {type_} cannot be deleted.")
    if factors.count(owned, config) < LEAST_FACTORS:
        raise LastCredentialError
    return _without_password(own, now_ms=now_ms) if type_ == PASSWORD else _without_provider(own, identifier, now_ms)


def _without_password(own: Credential, *, now_ms: int) -> Credential:
    """Return the credential with its identifiers only: they stay the person's."""
    return msgspec.structs.replace(own, config=Secret(credentials.EMPTY_CONFIG), updated_at_ms=now_ms)


def _without_provider(own: Credential, identifier: str, now_ms: int) -> Credential:
    if not identifier:
        raise BadIdentityError("You must provide an identifier to delete this credential.")
    left = linked.without(own, identifier, now_ms=now_ms)
    if left is None:
        raise CredentialNotFoundError(f"The identifier `{identifier}` was not found among OIDC credentials.")
    return left
