"""Sign in with Apple: its client secret is a JWT that we sign, and it tells a name at the first sign-in only."""

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from headwater.core.secrets import Secret
from headwater.identity.config.social_config import AppleKey, ProviderConfig
from headwater.identity.providers.claims import Claims, cleaned
from headwater.identity.providers.discovery import Source
from headwater.identity.providers.errors import misconfigured
from headwater.identity.providers.kinds import catalogue
from headwater.identity.providers.kinds.kind import Caller, Kind, asks_openid
from headwater.identity.providers.token_endpoint import POST

ISSUER = "https://appleid.apple.com"
ALGORITHM = "ES256"
CURVE = "P-256"
# Apple takes six months; nobody needs one for longer than its request.
SECRET_SECONDS = 300
KEPT_KEYS = 32
# Apple sends what it is asked for beyond the code by a form only.
BY_FORM = frozenset({"name", "email"})
MAX_USER_LENGTH = 4_096


class _Name(msgspec.Struct, frozen=True, rename="camel"):
    first_name: str | None = None
    last_name: str | None = None


class _User(msgspec.Struct, frozen=True):
    """Only the name: this came through the browser, and could say anybody's e-mail address."""

    name: _Name | None = None


def _source(_provider: ProviderConfig) -> Source:
    return Source(base=ISSUER)


def _asks(provider: ProviderConfig, is_refresh: bool) -> dict[str, str]:  # noqa: FBT001  as Kind.asks has it
    asked = asks_openid(provider, is_refresh)
    return asked if BY_FORM.isdisjoint(provider.scopes) else {**asked, "response_mode": "form_post"}


def client_secret(provider: ProviderConfig, now: datetime) -> Secret:
    """Return a client secret for the next minutes. Raises ProviderMisconfiguredError if the key can't sign."""
    key = provider.apple_key
    if key is None:
        raise misconfigured("Apple needs a key to sign with", todo=f"set {', '.join(catalogue.APPLE)}")
    issued_at = int(now.timestamp())
    said: dict[str, Any] = {
        "iss": key.team_id,
        "sub": provider.client_id,
        "aud": ISSUER,
        "iat": issued_at,
        "exp": issued_at + SECRET_SECONDS,
    }
    header = {"alg": ALGORITHM, "kid": key.key_id}
    return Secret(jwt.encode(header, said, _signing_key(key), algorithms=[ALGORITHM]))


@functools.lru_cache(maxsize=KEPT_KEYS)
def _signing_key(key: AppleKey) -> ECKey:
    try:
        found = ECKey.import_key(key.private_key.reveal())
    except (JoseError, ValueError, TypeError):
        found = None
    if found is None or not found.is_private or found.curve_name != CURVE:
        # Raised out here, so that nothing is chained to it: the parser's own message may quote the key.
        raise misconfigured(
            "apple_private_key can't be read",
            todo="set it to the text of the .p8 file that Apple gave (PKCS 8, P-256), with its BEGIN and END lines",
        )
    return found


def _may_skip_nonce(said: Mapping[str, Any]) -> bool:
    """Some devices can't; those that can say so in the token."""
    return said.get("nonce_supported") is not True


async def _with_name(claims: Claims, _caller: Caller, extra: Mapping[str, str]) -> Claims:
    """Add the name that came beside the code. It can have been tampered with: names are nobody's proof of anything."""
    text = extra.get("user", "")
    if not text or len(text) > MAX_USER_LENGTH:
        return claims
    try:
        name = msgspec.json.decode(text, type=_User).name or _Name()
    except (msgspec.DecodeError, RecursionError):
        return claims
    beside = cleaned({"given_name": name.first_name, "family_name": name.last_name, "last_name": name.last_name})
    return {**beside, **claims}


KIND = Kind(
    source=_source,
    asks=_asks,
    auth_methods=frozenset({POST}),
    client_secret=client_secret,
    may_skip_nonce=_may_skip_nonce,
    finish=_with_name,
)
