"""OpenID Provider metadata (OpenID Connect Discovery 1.0): where a provider's endpoints are and what it can do.

Kept an hour; a copy that can't be renewed serves up to a day. It may touch the network through `wire` only.
"""

import re
from dataclasses import dataclass
from typing import Any

import msgspec
from yarl import URL

from headwater.core.clock import Clock
from headwater.identity.providers.errors import ProviderAnswerError, ProviderMisconfiguredError, misconfigured
from headwater.identity.providers.wire import Wire, host_of, json_object, require_ok
from headwater.net.documents import Documents

WELL_KNOWN = "/.well-known/openid-configuration"
FRESH_SECONDS = 3_600.0
USABLE_SECONDS = 24 * 3_600.0
S256 = "S256"
# What a provider signs with if it doesn't say (and what it must support).
DEFAULT_ALGORITHMS = ("RS256",)


class _Document(msgspec.Struct, frozen=True):
    """What is read of the document; everything else is left out."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    id_token_signing_alg_values_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] | None = None
    code_challenge_methods_supported: tuple[str, ...] | None = None
    authorization_response_iss_parameter_supported: bool | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where metadata are found, and whose they have to be: `base`'s own, or one that `issuers` matches whole."""

    base: str
    issuers: re.Pattern[str] | None = None

    def is_issuer(self, found: str) -> bool:
        return found == self.base if self.issuers is None else self.issuers.fullmatch(found) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """One provider's metadata. `auth_methods` is None if it doesn't say how clients authenticate."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    algorithms: frozenset[str]
    auth_methods: frozenset[str] | None
    knows_pkce: bool
    names_itself: bool


class Discovery:
    """All providers' metadata."""

    def __init__(self, wire: Wire, *, clock: Clock) -> None:
        self._wire = wire
        self._documents = Documents(
            self._fetch, clock=clock, fresh_seconds=FRESH_SECONDS, usable_seconds=USABLE_SECONDS
        )

    async def metadata(self, source: Source) -> Metadata:
        """Return a provider's metadata. Raises ProviderError if they can't be had, or are somebody else's."""
        return await self._documents.get(source)

    async def _fetch(self, source: Source) -> Metadata:
        url = source.base.removesuffix("/") + WELL_KNOWN
        response = await self._wire.get(url)
        require_ok(response, host=host_of(url))
        return _parse(json_object(response.body, host=host_of(url)), source=source)


def is_at_least_as_safe(url: str, *, than: str) -> bool:
    """Tell whether `url` is https, or plain http where `than` is plain http, too."""
    try:
        scheme = URL(url).scheme
        return scheme == "https" or (scheme == "http" and URL(than).scheme == "http")
    except ValueError:
        return False


def _parse(found: dict[str, Any], *, source: Source) -> Metadata:
    host = host_of(source.base)
    try:
        document = msgspec.convert(found, _Document)
    except msgspec.ValidationError as error:
        raise ProviderAnswerError(f"{host} publishes metadata that lack something: {error}.") from None
    if not source.is_issuer(document.issuer):
        raise misconfigured(
            f"{host} says that its issuer is another one than issuer_url",
            todo="set issuer_url to exactly what the provider's metadata call issuer, down to a closing slash",
        )
    for endpoint in (document.authorization_endpoint, document.token_endpoint, document.jwks_uri):
        _require_safe(endpoint, source=source)
    if document.userinfo_endpoint:
        _require_safe(document.userinfo_endpoint, source=source)
    return _metadata(document)


def _metadata(document: _Document) -> Metadata:
    methods = document.token_endpoint_auth_methods_supported
    return Metadata(
        issuer=document.issuer,
        authorization_endpoint=document.authorization_endpoint,
        token_endpoint=document.token_endpoint,
        jwks_uri=document.jwks_uri,
        userinfo_endpoint=document.userinfo_endpoint or "",
        algorithms=frozenset(document.id_token_signing_alg_values_supported or DEFAULT_ALGORITHMS),
        auth_methods=None if methods is None else frozenset(methods),
        knows_pkce=S256 in (document.code_challenge_methods_supported or ()),
        names_itself=bool(document.authorization_response_iss_parameter_supported),
    )


def _require_safe(endpoint: str, *, source: Source) -> None:
    """Keys and codes of an https provider never travel in clear, whatever its metadata say."""
    if not is_at_least_as_safe(endpoint, than=source.base):
        raise ProviderMisconfiguredError(
            f"{host_of(source.base)} is reached by https, and publishes an endpoint that isn't. It is not called."
        )
