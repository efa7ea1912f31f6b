"""The public keys that providers sign with (JWKS, RFC 7517), parsed once and kept.

Kept a quarter of an hour; a set that can't be renewed serves up to six hours. A token whose key isn't there makes us
look once more, at most every few seconds: rotation works during a sign-in, and mallory can't make us hammer anyone.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from headwater.core.clock import Clock
from headwater.identity.providers.errors import ProviderAnswerError
from headwater.identity.providers.wire import Wire, host_of, json_object, require_ok
from headwater.net.documents import Documents

logger = structlog.get_logger(__name__)

FRESH_SECONDS = 900.0
USABLE_SECONDS = 6 * 3_600.0
MAX_KEYS = 100
# Below, RSA can be broken; above, verifying takes so long that it serves only to keep us busy.
MIN_RSA_BYTES, MAX_RSA_BYTES = 256, 1_024
MAX_EXPONENT_BYTES = 4
SIGNS = "sig"
# Only what makes a public key: a set may carry certificates, and whatever else.
MEMBERS = frozenset({"kty", "n", "e", "crv", "x", "y"})
RSA, EC, OKP = "RSA", "EC", "OKP"

# Which key each algorithm takes: kind, and curve where there is one. No HMAC, whose key would be public, and no "none".
FITTING: dict[str, tuple[str, str | None]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), (RSA, None)),
    "ES256": (EC, "P-256"),
    "ES384": (EC, "P-384"),
    "ES512": (EC, "P-521"),
    "EdDSA": (OKP, "Ed25519"),
    "Ed25519": (OKP, "Ed25519"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """One key. `issuer` is who may sign with it, where the set says so (Microsoft's does)."""

    key: Key
    fit: tuple[str, str | None]
    kid: str | None = None
    alg: str | None = None
    issuer: str | None = None

    def may_verify(self, alg: str, *, kid: str | None) -> bool:
        if kid is not None and kid != self.kid:
            return False
        return FITTING.get(alg) == self.fit and self.alg in (None, alg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """One provider's keys."""

    keys: tuple[PublicKey, ...]

    def fitting(self, alg: str, *, kid: str | None) -> tuple[PublicKey, ...]:
        """Return the keys that may have signed a token with this header."""
        return tuple(key for key in self.keys if key.may_verify(alg, kid=kid))


class Keys:
    """All providers' keys, by jwks_uri."""

    def __init__(self, wire: Wire, *, clock: Clock) -> None:
        self._wire = wire
        self._documents = Documents(
            self._fetch, clock=clock, fresh_seconds=FRESH_SECONDS, usable_seconds=USABLE_SECONDS
        )

    async def ring(self, jwks_uri: str) -> Keyring:
        """Return a provider's keys. Raises ProviderError if they can't be had."""
        return await self._documents.get(jwks_uri)

    async def newer_ring(self, jwks_uri: str, *, than: Keyring) -> Keyring | None:
        """Return the keys as they are now, None if we have asked a moment ago."""
        return await self._documents.newer(jwks_uri, than=than)

    async def _fetch(self, jwks_uri: str) -> Keyring:
        host = host_of(jwks_uri)
        response = await self._wire.get(jwks_uri)
        require_ok(response, host=host)
        return parse(json_object(response.body, host=host), host=host)


def parse(found: dict[str, Any], *, host: str) -> Keyring:
    """Return the keys of a set that verify signatures. Others are passed over."""
    listed = found.get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise ProviderAnswerError(f"{host} publishes no set of at most {MAX_KEYS} keys. Please try again later.")
    keys = (_key_or_none(item) for item in listed if isinstance(item, dict))
    return Keyring(keys=tuple(key for key in keys if key is not None))


def _key_or_none(jwk: dict[str, Any]) -> PublicKey | None:
    if jwk.get("use", SIGNS) != SIGNS or not _is_usable(jwk):
        return None
    try:
        key = JWKRegistry.import_key({name: jwk[name] for name in MEMBERS & jwk.keys()})
    except (JoseError, ValueError, TypeError, KeyError):
        logger.warning("provider_key_unreadable", kid=str(jwk.get("kid"))[:MIN_RSA_BYTES])
        return None
    alg = jwk.get("alg")
    return PublicKey(
        key=key,
        fit=_fit(jwk),
        kid=_text_or_none(jwk.get("kid")),
        # An RSA key fits six algorithms, and is made for one (RFC 8725, 3.1). Of the others the curve says it.
        alg=alg if jwk["kty"] == RSA and alg in FITTING else None,
        issuer=_text_or_none(jwk.get("issuer")),
    )


def _is_usable(jwk: dict[str, Any]) -> bool:
    if _fit(jwk) not in FITTING.values():
        return False
    if jwk["kty"] != RSA:
        return True
    return MIN_RSA_BYTES <= _length(jwk.get("n")) <= MAX_RSA_BYTES and _length(jwk.get("e")) <= MAX_EXPONENT_BYTES


def _fit(jwk: dict[str, Any]) -> tuple[str, str | None]:
    curve = jwk.get("crv")
    return str(jwk.get("kty")), str(curve) if jwk.get("kty") in (EC, OKP) else None


def _length(number: object) -> int:
    """Return how many bytes a base64url number has, without its leading zeros."""
    if not isinstance(number, str):
        return 0
    try:
        return len(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4)).lstrip(b"\0"))
    except (binascii.Error, ValueError):
        return 0


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
