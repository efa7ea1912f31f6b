"""What social sign-in may be configured with and nobody means: taken, with a word. Pure."""

import difflib
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from headwater.actions.problems import ConfigWarning, escape
from headwater.identity.config import provider_reader, social_reader
from headwater.identity.config.section import Section
from headwater.identity.config.social_config import APPLE, PKCE_AUTO, PKCE_FORCE
from headwater.net import ranges

NOT_OFFERED = "method_not_offered"
WITHOUT_PROVIDERS = "method_without_providers"
UNKNOWN_KEY = "unknown_key"
PLAIN_HTTP = "plain_http"
PUBLIC_CLIENT = "public_client"

ORGANIZATION = "names an organization, and this release of Headwater has none: nobody is offered the provider"
IGNORED = "is kept, but this release of Headwater doesn't use it"
WITHOUT_EFFECT = ("fedcm_config_url", "net_id_token_origin_header")
ADDRESSES = ("issuer_url", "auth_url", "token_url", "mapper_url")
LOCAL_NAMES = ("localhost", ".localhost")


def find(method: Section) -> Iterator[ConfigWarning]:
    """Yield what is doubtful about a `selfservice.methods.oidc` that `social_reader.parse` took."""
    settings = method.section("config")
    yield from _unknown_keys(settings, social_reader.CONFIG_KEYS)
    for provider in settings.sections("providers"):
        yield from _unknown_keys(provider, provider_reader.KEYS)
    if not method.flag("enabled", default=False):
        return
    if not social_reader.parse(method).providers:
        yield _warning(WITHOUT_PROVIDERS, method.at("enabled"), "is true, but there is no provider to choose")
    yield from plain_http(settings, ("base_redirect_uri",))
    for provider in settings.sections("providers"):
        yield from plain_http(provider, ADDRESSES)
        yield from _not_offered(provider)
        yield from _public_client(provider)


def _unknown_keys(section: Section, known: Collection[str]) -> Iterator[ConfigWarning]:
    """A misspelt `pkce` would be a door that looks closed; Kratos refuses the whole file."""
    for key in section.value:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f". Did you mean {close[0]}?" if close else ""
            yield _warning(UNKNOWN_KEY, section.at(escape(key)), f"is a key that nothing reads{hint}")


def plain_http(section: Section, keys: Collection[str]) -> Iterator[ConfigWarning]:
    """Doubt each of these addresses to which secrets would go over other people's lines in clear."""
    for key in keys:
        address = section.text(key, "")
        if address.startswith("http://") and not _is_local(urlsplit(address).hostname or ""):
            reason = "is plain http: whoever is in between can read it, and answer in its name. Use https"
            yield _warning(PLAIN_HTTP, section.at(key), reason)


def _is_local(host: str) -> bool:
    try:
        return ranges.kind_of(ranges.parse(host)) is ranges.Kind.LOOPBACK
    except ValueError:
        return host.endswith(LOCAL_NAMES)


def _not_offered(provider: Section) -> Iterator[ConfigWarning]:
    if provider.text(provider_reader.ORGANIZATION, ""):
        yield _warning(NOT_OFFERED, provider.at(provider_reader.ORGANIZATION), ORGANIZATION)
    for key in WITHOUT_EFFECT:
        if provider.text(key, ""):
            yield _warning(NOT_OFFERED, provider.at(key), IGNORED)


def _public_client(provider: Section) -> Iterator[ConfigWarning]:
    has_secret = provider.text("provider", "") == APPLE or bool(provider.text("client_secret", ""))
    if not has_secret and provider.text("pkce", PKCE_AUTO) != PKCE_FORCE:
        reason = "is empty: only PKCE protects such a client. Set pkce to force, so that it is never left out"
        yield _warning(PUBLIC_CLIENT, provider.at("client_secret"), reason)


def _warning(code: str, path: str, reason: str) -> ConfigWarning:
    return ConfigWarning(code=code, message=f"{path} {reason}{'' if reason.endswith('?') else '.'}")
