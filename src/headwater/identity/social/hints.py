"""What somebody is told whose provider names an address that is taken: how its owner may confirm that it is they."""

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.config.tree import IdentityConfig
from headwater.identity.messages import login
from headwater.identity.messages.text import UiText
from headwater.identity.people import credentials, linked
from headwater.identity.people.credentials import OIDC, PASSWORD, Credential
from headwater.identity.social import buttons
from headwater.identity.social.owner import Owner


def to_confirm(owner: Owner, provider: ProviderConfig, *, config: IdentityConfig) -> UiText:
    """Return the message. How the owner signs in is in it only where the operator wants hints (`login_hints`)."""
    tells = config.flows.has_login_hints
    return login.link_to_existing(
        owner.identifier,
        provider=buttons.name(provider),
        new_login_url=config.flows.by_kind["login"].ui_url,
        credential_types=types(owner) if tells else (),
        providers=providers(owner) if tells else (),
    )


def types(owner: Owner) -> list[str]:
    """Return the kinds of credentials that the owner can sign in with."""
    return sorted(item.type for item in owner.credentials if _is_usable(item))


def providers(owner: Owner) -> list[str]:
    """Return the ids of the providers where the owner has accounts."""
    return [entry["provider"] for entry in linked.of_person(owner.credentials)]


def _is_usable(credential: Credential) -> bool:
    if credential.type == PASSWORD:
        return credentials.has_password(credential)
    return credential.type != OIDC or bool(credential.identifiers)
