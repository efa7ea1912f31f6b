"""Which file knows which kind: a new one is a line in `catalogue.py`, one here, and its file."""

from headwater.identity.config.social_config import ProviderConfig
from headwater.identity.providers.errors import misconfigured
from headwater.identity.providers.kinds import (
    apple,
    by_userinfo,
    catalogue,
    discord,
    facebook,
    generic,
    github,
    google,
    linkedin,
    microsoft,
    slack,
    spotify,
)
from headwater.identity.providers.kinds.kind import Kind

KINDS: dict[str, Kind] = {
    "generic": generic.KIND,
    "google": google.KIND,
    "github": github.KIND,
    "github-app": github.APP,
    "apple": apple.KIND,
    "microsoft": microsoft.KIND,
    "gitlab": by_userinfo.GITLAB_KIND,
    "auth0": by_userinfo.AUTH0_KIND,
    "salesforce": by_userinfo.SALESFORCE_KIND,
    "discord": discord.KIND,
    "facebook": facebook.KIND,
    "linkedin_v2": linkedin.KIND,
    "slack": slack.KIND,
    "spotify": spotify.KIND,
}


def kind_of(provider: ProviderConfig) -> Kind:
    """Return what is special about this provider. Raises ProviderMisconfiguredError if nobody knows its kind."""
    found = KINDS.get(provider.kind)
    if found is None:
        raise misconfigured(
            f'The provider "{provider.id}" is of a kind that isn\'t known',
            todo=f"choose one of {', '.join(catalogue.NAMES)}",
        )
    return found
