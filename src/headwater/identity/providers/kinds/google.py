"""Google: refresh tokens by access_type instead of a scope, and two spellings of its issuer."""

from collections.abc import Mapping
from typing import Any

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.discovery import Metadata, Source
from headwater.identity.providers.kinds.kind import Kind, asks_openid, with_openid

ISSUER = "https://accounts.google.com"
WITHOUT_SCHEME = "accounts.google.com"
OFFLINE = "offline_access"


def _source(_provider: ProviderConfig) -> Source:
    return Source(base=ISSUER)


def _scopes(provider: ProviderConfig) -> tuple[str, ...]:
    return tuple(scope for scope in with_openid(provider) if scope != OFFLINE)


def _asks(provider: ProviderConfig, is_refresh: bool) -> dict[str, str]:  # noqa: FBT001  as Kind.asks has it
    asked = asks_openid(provider, is_refresh)
    return {**asked, "access_type": "offline"} if OFFLINE in provider.scopes else asked


def _issuers(_metadata: Metadata, _said: Mapping[str, Any], _provider: ProviderConfig) -> tuple[str, ...]:
    """Google documents both."""
    return (ISSUER, WITHOUT_SCHEME)


def _may_skip_nonce(said: Mapping[str, Any]) -> bool:
    """Not all of Google's SDKs can send a nonce; where one is in the token, it has to be the right one."""
    return not said.get("nonce")


KIND = Kind(source=_source, scopes=_scopes, asks=_asks, issuers=_issuers, may_skip_nonce=_may_skip_nonce)
