"""What is special about a kind of provider: its members are the differences, their defaults are OpenID Connect.

A provider that issues ID tokens needs a `source` of metadata, or `endpoints`; one that doesn't needs `endpoints` and
a `person`, who asks the vendor's own API who it is.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from headwater.core.secrets import Secret
from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.claims import Claims
from headwater.identity.providers.discovery import Metadata, Source
from headwater.identity.providers.errors import ScopeNotGrantedError
from headwater.identity.providers.userinfo import MAX_USERINFO_BYTES, bearer
from headwater.identity.providers.wire import Wire, host_of, json_object, require_ok

OPENID = "openid"
PROMPT = "prompt"
LOGIN = "login"


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Where a provider is that publishes no metadata, or whose metadata aren't needed."""

    authorization: str
    token: str


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Asks a vendor's API with somebody's access token. `scope` is what they granted, None if the vendor didn't say."""

    wire: Wire
    provider: ProviderConfig
    access: Secret
    scope: str | None = None

    async def said(self, url: str, *, headers: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
        """Return a JSON object of the API. Raises ProviderError."""
        return json_object(await self._body(url, headers), host=host_of(url))

    async def listed(self, url: str, *, headers: tuple[tuple[str, str], ...] = ()) -> list[dict[str, Any]]:
        """Return a JSON list of objects of the API. Raises ProviderError."""
        wrapped = b'{"items":' + await self._body(url, headers) + b"}"
        items = json_object(wrapped, host=host_of(url))["items"]
        return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []

    def require_scopes(self, *, separator: str) -> None:
        """Raises ScopeNotGrantedError if less was granted than is configured."""
        if self.scope is None:
            return
        granted = {name.strip() for name in self.scope.split(separator)}
        if not granted.issuperset(self.provider.scopes):
            raise ScopeNotGrantedError

    def has_scope(self, name: str, *, separator: str) -> bool:
        scopes = self.provider.scopes if self.scope is None else self.scope.split(separator)
        return name in {scope.strip() for scope in scopes}

    async def _body(self, url: str, headers: tuple[tuple[str, str], ...]) -> bytes:
        response = await self.wire.get(url, headers=(*headers, bearer(self.access)), max_bytes=MAX_USERINFO_BYTES)
        require_ok(response, host=host_of(url))
        return response.body


def no_source(_provider: ProviderConfig) -> Source | None:
    return None


def no_endpoints(_provider: ProviderConfig) -> Endpoints | None:
    return None


def with_openid(provider: ProviderConfig) -> tuple[str, ...]:
    return provider.scopes if OPENID in provider.scopes else (*provider.scopes, OPENID)


def as_configured(provider: ProviderConfig) -> tuple[str, ...]:
    return provider.scopes


def asks_openid(provider: ProviderConfig, is_refresh: bool) -> dict[str, str]:  # noqa: FBT001  as Kind.asks has it
    """Ask for the claims that are configured, and for the password again where somebody has to prove it's them."""
    asked = {PROMPT: LOGIN} if is_refresh else {}
    if provider.requested_claims:
        asked["claims"] = msgspec.json.encode(provider.requested_claims).decode()
    return asked


def asks_nothing(_provider: ProviderConfig, is_refresh: bool) -> dict[str, str]:  # noqa: ARG001, FBT001  as Kind.asks has it
    return {}


def configured_secret(provider: ProviderConfig, _now: datetime) -> Secret:
    return provider.client_secret


def only_itself(metadata: Metadata, _said: Mapping[str, Any], _provider: ProviderConfig) -> tuple[str, ...]:
    return (metadata.issuer,)


def never(_said: Mapping[str, Any]) -> bool:
    return False


async def unchanged(claims: Claims, _caller: Caller, _extra: Mapping[str, str]) -> Claims:
    return claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind.

    `source` and `endpoints`: see above; endpoints win over those of the metadata. `scopes` are asked for, and `asks`
    are more parameters of the authorization request. `auth_methods` is how its token endpoint knows us, None: as its
    metadata say. `issuers` are the names that it may have in an ID token; `may_skip_nonce` tells of which submitted ID
    tokens a missing nonce is taken. `finish` may add what comes from elsewhere.
    """

    source: Callable[[ProviderConfig], Source | None] = no_source
    endpoints: Callable[[ProviderConfig], Endpoints | None] = no_endpoints
    scopes: Callable[[ProviderConfig], tuple[str, ...]] = with_openid
    asks: Callable[[ProviderConfig, bool], dict[str, str]] = asks_openid
    auth_methods: frozenset[str] | None = None
    client_secret: Callable[[ProviderConfig, datetime], Secret] = configured_secret
    person: Callable[[Caller], Awaitable[Claims]] | None = None
    knows_pkce: bool = False
    makes_nonce: bool = True
    claims_source: str | None = None
    issuers: Callable[[Metadata, Mapping[str, Any], ProviderConfig], tuple[str, ...]] = only_itself
    is_bound_to_key: bool = False
    may_skip_nonce: Callable[[Mapping[str, Any]], bool] = never
    finish: Callable[[Claims, Caller, Mapping[str, str]], Awaitable[Claims]] = unchanged
