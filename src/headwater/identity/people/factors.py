"""How many ways to sign in somebody has: the last one is never taken from them. Pure."""

from collections.abc import Sequence

from headwater.identity.config.tree import IdentityConfig
from headwater.identity.people import credentials
from headwater.identity.people.credentials import CODE, PASSWORD, Credential


def count(owned: Sequence[Credential], config: IdentityConfig) -> int:
    """Return how many ways to sign in these credentials are, a social account each being one."""
    return sum(_ways(item, config) for item in owned)


def _ways(credential: Credential, config: IdentityConfig) -> int:
    if not credential.identifiers:
        return 0
    if credential.type == PASSWORD:
        return 1 if credentials.has_password(credential) else 0
    if credential.type == CODE:
        return 1 if config.methods.code.is_passwordless else 0
    return len(credential.identifiers)
