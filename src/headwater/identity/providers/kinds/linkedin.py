"""LinkedIn by OpenID Connect: its claims are those of userinfo, and its ID tokens carry no nonce."""

from headwater.identity.config.social_config import FROM_USERINFO, ProviderConfig
from headwater.identity.providers.discovery import Source
from headwater.identity.providers.kinds.kind import Kind
from headwater.identity.providers.token_endpoint import POST

ISSUER = "https://www.linkedin.com/oauth"


def _source(_provider: ProviderConfig) -> Source:
    return Source(base=ISSUER)


KIND = Kind(source=_source, auth_methods=frozenset({POST}), makes_nonce=False, claims_source=FROM_USERINFO)
