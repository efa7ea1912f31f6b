"""What tests of providers share: a configured client of a provider, and the way there and back."""

from typing import Any

from provider_stage import Provider

from headwater.core.secrets import Secret
from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.arrival import Arrival
from headwater.identity.providers.departure import Departure
from headwater.identity.providers.providers import Providers
from headwater.net.addresses import AddressPolicy
from headwater.net.outbound import Request, Response

LOOPBACK = AddressPolicy(allow_private=True)
STATE = "state-of-ada"


def configured(op: Provider, **more: Any) -> ProviderConfig:
    settings = {
        "id": "acme",
        "kind": "generic",
        "label": "Acme",
        "client_id": op.client_id,
        "client_secret": Secret(op.client_secret),
        "mapper_url": "base64://",
        "issuer_url": op.issuer,
        "scopes": ("email",),
        **more,
    }
    return ProviderConfig(**settings)


async def leave(
    providers: Providers, op: Provider, provider: ProviderConfig, *, is_refresh: bool = False, **upstream: str
) -> Departure:
    return await providers.leave(
        provider, redirect_uri=op.redirect_uri, state=STATE, is_refresh=is_refresh, upstream=upstream
    )


async def sign_in(providers: Providers, op: Provider, provider: ProviderConfig, **extra: str) -> Arrival:
    """Go to the provider and come back."""
    departure = await leave(providers, op, provider)
    return await come_back(providers, op, provider, departure, **extra)


async def come_back(
    providers: Providers, op: Provider, provider: ProviderConfig, departure: Departure, **extra: str
) -> Arrival:
    back = await op.visit(departure.url)
    assert back.pop("state") == STATE
    code = Secret(back.pop("code"))
    return await providers.redeem(provider, code=code, departure=departure, extra={**back, **extra})


class Watched:
    """A sender that counts, on top of a real one."""

    def __init__(self, sender: Any) -> None:
        self._sender = sender
        self.urls: list[str] = []

    async def send(self, request: Request) -> Response:
        self.urls.append(request.url)
        return await self._sender.send(request)
