"""PKCE (RFC 7636): a code that somebody stole on its way back is worth nothing without the verifier. Pure."""

import base64
import hashlib

from headwater.core import ids
from headwater.core.secrets import Secret
from headwater.identity.config.social_config import PKCE_FORCE, PKCE_NEVER

METHOD = "S256"


def new_verifier() -> Secret:
    """Return a verifier: 256 random bits in 43 letters, the least that RFC 7636 (4.1) takes."""
    return Secret(ids.new_token(""))


def challenge(verifier: Secret) -> str:
    """Return what travels through the browser in place of the verifier. Never `plain`, which would be the verifier."""
    digest = hashlib.sha256(verifier.reveal().encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_used(setting: str, *, is_known: bool) -> bool:
    """Tell whether to use it: as configured, and in doubt if the provider knows it."""
    return setting == PKCE_FORCE or (is_known and setting != PKCE_NEVER)
