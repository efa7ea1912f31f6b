"""The buttons of providers, as Ory's interfaces look for them: inputs named `provider`, `link` and `unlink`."""

from collections.abc import Iterable

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.flows import nodes
from headwater.identity.flows.nodes import Node
from headwater.identity.messages import login, registration, settings
from headwater.identity.messages.text import UiText

GROUP = "oidc"
PROVIDER = "provider"
LINK = "link"
UNLINK = "unlink"


def to_sign_up(providers: Iterable[ProviderConfig]) -> list[Node]:
    return [_button(PROVIDER, item, registration.sign_up_with(name(item), provider_id=item.id)) for item in providers]


def to_sign_in(providers: Iterable[ProviderConfig]) -> list[Node]:
    return [_button(PROVIDER, item, login.sign_in_with(name(item), provider_id=item.id)) for item in providers]


def to_go_on(provider: ProviderConfig) -> Node:
    """Return what completes a sign-up whose person has come back already."""
    return _button(PROVIDER, provider, registration.continue_())


def to_link(provider: ProviderConfig) -> Node:
    return _button(LINK, provider, settings.link(name(provider)))


def to_unlink(provider: ProviderConfig) -> Node:
    return _button(UNLINK, provider, settings.unlink(name(provider)))


def name(provider: ProviderConfig) -> str:
    """Return what people call the provider."""
    return provider.label or provider.id


def _button(field: str, provider: ProviderConfig, label: UiText) -> Node:
    return nodes.submit(provider.id, label=label, group=GROUP, name=field)
