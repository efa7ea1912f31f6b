"""Any OpenID provider, by its issuer_url; or by auth_url and token_url, if it publishes no metadata."""

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.discovery import Source
from headwater.identity.providers.kinds.kind import Endpoints, Kind


def source(provider: ProviderConfig) -> Source | None:
    """Return where the issuer_url leads, None without one."""
    return Source(base=provider.issuer_url) if provider.issuer_url else None


def _endpoints(provider: ProviderConfig) -> Endpoints | None:
    """As in Kratos, issuer_url wins."""
    if provider.issuer_url or not (provider.auth_url and provider.token_url):
        return None
    return Endpoints(authorization=provider.auth_url, token=provider.token_url)


KIND = Kind(source=source, endpoints=_endpoints)
