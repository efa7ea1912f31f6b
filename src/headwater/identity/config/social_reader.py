"""Reads `selfservice.methods.oidc`: all providers together. What one of them needs is in `provider_reader`."""

from headwater.identity.config import bounded, provider_reader
from headwater.identity.config.section import Section, problem
from headwater.identity.config.social_config import ProviderConfig, SocialMethod

MOST_PROVIDERS = 50
CONFIG_KEYS = frozenset({"base_redirect_uri", "providers"})


def parse(method: Section) -> SocialMethod:
    """Read `selfservice.methods.oidc`. Raises ConfigProblem naming the path that is wrong.

    A provider of an organization is checked and left out: in Ory, too, only members of the organization ever see it.
    """
    settings = method.section("config")
    sections = settings.sections("providers")
    if len(sections) > MOST_PROVIDERS:
        raise problem(
            settings.at("providers"), f"holds {len(sections)} providers; at most {MOST_PROVIDERS} are possible"
        )
    read = [provider_reader.read(section) for section in sections]
    _refuse_twins(sections, read)
    offered = [
        provider
        for section, provider in zip(sections, read, strict=True)
        if not section.text(provider_reader.ORGANIZATION, "")
    ]
    return SocialMethod(
        is_enabled=method.flag("enabled", default=False),
        base_redirect_uri=bounded.web_address(settings, "base_redirect_uri", has_query=False).rstrip("/") or None,
        providers=tuple(offered),
    )


def _refuse_twins(sections: list[Section], read: list[ProviderConfig]) -> None:
    """Two providers of one id would share their people: whoever is `42` at one would be `42` at the other."""
    seen: set[str] = set()
    for section, provider in zip(sections, read, strict=True):
        if provider.id in seen:
            raise problem(section.at("id"), f"is used twice: {provider.id!r}")
        seen.add(provider.id)
