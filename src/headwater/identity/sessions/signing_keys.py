"""The keys that sign sessions as JWTs: a JSON Web Key Set inside the configuration, read once for each text of it."""

import base64
import binascii
from collections import OrderedDict
from typing import Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from headwater.core.errors import BadRequestError

BASE64 = "base64://"
KEPT = 32
# What a public key can verify, and HMAC; "none" signs nothing.
ALGORITHMS = frozenset(
    {
        *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
    }
)

ONLY_EMBEDDED = "is not embedded: give the key set as base64://, files and URLs are not read"
NOT_A_SET = "does not decode to a JSON Web Key Set: {keys: [a private key, …]}"
NO_ALGORITHM = "has a key whose alg is none of those that sign: " + ", ".join(sorted(ALGORITHMS))


class SigningKeyError(BadRequestError):
    """The key set of this tokenizer template can't sign."""

    code = "bad_signing_key"


class SigningKeys:
    """Key sets by their text."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Key] = OrderedDict()

    def get(self, url: str) -> Key:
        """Return the set's first key, which signs. Raises SigningKeyError, quoting nothing of it."""
        key = self._kept.get(url)
        if key is None:
            key = self._kept[url] = _parse(url)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return key


def _parse(url: str) -> Key:
    if not url.startswith(BASE64):
        raise SigningKeyError(f"jwks_url {ONLY_EMBEDDED}.")
    first = _first(url.removeprefix(BASE64))
    if first.get("alg") not in ALGORITHMS:
        raise SigningKeyError(f"jwks_url {NO_ALGORITHM}.")
    try:
        key = JWKRegistry.import_key(first)
    except (JoseError, ValueError, TypeError, KeyError):
        raise SigningKeyError(f"jwks_url {NOT_A_SET}.") from None
    if not key.is_private:
        raise SigningKeyError("jwks_url begins with a public key; signing needs the private one.")
    return key


def _first(text: str) -> dict[str, Any]:
    compact = "".join(text.split()).rstrip("=")
    standard = compact.replace("-", "+").replace("_", "/") + "=" * (-len(compact) % 4)
    try:
        document = msgspec.json.decode(base64.b64decode(standard, validate=True))
        first = document["keys"][0]
    except (binascii.Error, msgspec.DecodeError, KeyError, IndexError, TypeError, ValueError):
        raise SigningKeyError(f"jwks_url {NOT_A_SET}.") from None
    if not isinstance(first, dict):
        raise SigningKeyError(f"jwks_url {NOT_A_SET}.")
    return first
