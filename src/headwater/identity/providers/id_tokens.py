"""ID tokens (OpenID Connect Core 2 and 3.1.3.7): who signed one, for whom, and until when. Nothing is believed before.

What a token may be signed with is decided by us and the provider's metadata, never by the token (RFC 8725, 3.1): no
`none`, and no HMAC, which would take a public key for its secret.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from headwater.core import secrets
from headwater.core.clock import Clock
from headwater.core.secrets import Secret
from headwater.identity.providers.claims import MAX_SUBJECT_LENGTH
from headwater.identity.providers.errors import ProviderAnswerError, refused
from headwater.identity.providers.keys import FITTING, Keyring, Keys, PublicKey
from headwater.identity.providers.wire import json_object

MAX_TOKEN_LENGTH = 32 * 1024
SEGMENTS = 3
# A clock elsewhere may be ahead of ours by so much. Nobody gets more time than `exp` says.
LEEWAY_SECONDS = 60
# A token without `kid` is tried against so many keys.
MAX_TRIED_KEYS = 10
MAX_QUOTED = 20
THE_TOKEN = "The ID token"  # noqa: S105  how messages call it

Claims = dict[str, Any]

ALGORITHMS = {name: JWSRegistry.algorithms[name] for name in FITTING}


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a token has to be. `issuers` are its issuer's names, read from its own claims where one has several.

    `nonce` is None where the caller looks at it. `is_bound_to_key` is for key sets that say who may sign with each key.
    `jwks_uri` is None for a token that the token endpoint handed to us over TLS, whose provider publishes no keys:
    there OpenID Connect Core 3.1.3.7 takes TLS for the signature.
    """

    issuers: Callable[[Claims], tuple[str, ...]] | None
    audiences: tuple[str, ...]
    algorithms: frozenset[str]
    jwks_uri: str | None
    nonce: str | None = None
    is_bound_to_key: bool = False


class IdTokens:
    """Reads them."""

    def __init__(self, *, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    async def verified(self, token: Secret, *, expected: Expected) -> Claims:
        """Return the claims of a token that is all that is expected. Raises IdTokenRefusedError, saying what isn't."""
        claims, key = await self.signed(token, expected=expected)
        now_seconds = self._clock.now().timestamp()
        _check_issuer(claims, key, expected=expected)
        _check_audience(claims, accepted=expected.audiences)
        _check_times(claims, now_seconds=now_seconds)
        _check_subject(claims)
        if expected.nonce is not None:
            check_nonce(claims, nonce=expected.nonce)
        return claims

    async def signed(self, token: Secret, *, expected: Expected) -> tuple[Claims, PublicKey | None]:
        """Return what a signed token says, and by which key, whatever it says."""
        text = token.reveal()
        header = _header(text)
        alg, kid = header["alg"], header.get("kid")
        if alg not in FITTING or alg not in expected.algorithms:
            raise refused("algorithm", f"it is signed by {alg[:MAX_QUOTED]!r}, which this provider may not sign with")
        if expected.jwks_uri is None:
            return _object(_decoded(text.split(".")[1])), None
        ring = await self._keys.ring(expected.jwks_uri)
        found = _opened_or_none(text, ring, alg=alg, kid=kid)
        if found is None:
            # The provider may have changed its keys since we looked.
            newer = await self._keys.newer_ring(expected.jwks_uri, than=ring)
            found = _opened_or_none(text, newer, alg=alg, kid=kid) if newer else None
        if found is None:
            raise refused("signature", "none of the provider's keys has signed it")
        payload, key = found
        return _object(payload), key


def check_nonce(claims: Claims, *, nonce: str) -> None:
    """Raises IdTokenRefusedError unless the token was made for this very sign-in."""
    found = claims.get("nonce")
    if not isinstance(found, str) or not found:
        raise refused("nonce", "it carries no nonce, so it may be an old one")
    if not nonce:
        raise refused("nonce", "it carries a nonce, and none was sent with it: send it as id_token_nonce")
    if not secrets.is_same(found, nonce):
        raise refused("nonce", "its nonce is not the one of this sign-in")


def _header(text: str) -> dict[str, Any]:
    if len(text) > MAX_TOKEN_LENGTH:
        raise refused("size", f"it is longer than {MAX_TOKEN_LENGTH} characters")
    segments = text.split(".")
    if len(segments) != SEGMENTS or not text.isascii():
        raise refused("format", "it is no signed JWT of three parts")
    header = _object(_decoded(segments[0]))
    if not isinstance(header.get("alg"), str) or not isinstance(header.get("kid"), str | None):
        raise refused("format", "its header can't be read")
    if "crit" in header or "b64" in header:
        # RFC 7515, 4.1.11: what we don't understand and must, we refuse.
        raise refused("format", "its header asks for an extension that isn't known")
    return header


def _opened_or_none(text: str, ring: Keyring, *, alg: str, kid: str | None) -> tuple[bytes, PublicKey] | None:
    signed, _, signature = text.rpartition(".")
    model, mark = ALGORITHMS[alg], _decoded(signature)
    for key in ring.fitting(alg, kid=kid)[:MAX_TRIED_KEYS]:
        if model.verify(signed.encode(), mark, key.key):
            return _decoded(signed.partition(".")[2]), key
    return None


def _object(data: bytes) -> dict[str, Any]:
    try:
        return json_object(data, host=THE_TOKEN)
    except ProviderAnswerError as error:
        raise refused("format", "it contains something other than a JSON object") from error


def _decoded(segment: str) -> bytes:
    try:
        return urlsafe_b64decode(segment.encode())
    except (ValueError, TypeError):
        raise refused("format", "it is not base64url") from None


def _check_issuer(claims: Claims, key: PublicKey | None, *, expected: Expected) -> None:
    """RFC 9700, 4.4 (mix-up): a token of another provider isn't taken for this one's."""
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        raise refused("issuer", "it names no issuer")
    if expected.issuers is not None and issuer not in expected.issuers(claims):
        raise refused("issuer", "another provider has issued it")
    named = key.issuer if key is not None and expected.is_bound_to_key else None
    if named is not None and named not in (issuer, _template(issuer, claims)):
        raise refused("issuer", "it is signed by a key of another issuer")


def _template(issuer: str, claims: Claims) -> str:
    """Return the issuer as Microsoft writes it beside keys that sign for all tenants."""
    tenant = claims.get("tid")
    return issuer.replace(tenant, "{tenantid}") if isinstance(tenant, str) and tenant else issuer


def _check_audience(claims: Claims, *, accepted: tuple[str, ...]) -> None:
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or not any(isinstance(name, str) and name in accepted for name in named):
        raise refused("audience", "it is made for another client")
    if len(named) > 1 and claims.get("azp") not in accepted:
        # OpenID Connect Core 3.1.3.7: one of several audiences may be mallory's, to whom it was handed.
        raise refused("authorized_party", "it is made for several clients, and was given to another one (azp)")


def _check_times(claims: Claims, *, now_seconds: float) -> None:
    expires = _moment(claims, "exp")
    if expires is None:
        raise refused("expired", "it doesn't say when it expires")
    if expires <= now_seconds:
        raise refused("expired", "it has expired")
    for name in ("iat", "nbf"):
        moment = _moment(claims, name)
        if moment is not None and moment > now_seconds + LEEWAY_SECONDS:
            raise refused("future", f"it is from the future ({name}); is a clock wrong?")


def _moment(claims: Claims, name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused("format", f"its {name} is not a number")
    return value


def _check_subject(claims: Claims) -> None:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
        raise refused("subject", f"it names nobody, or somebody in more than {MAX_SUBJECT_LENGTH} characters (sub)")
