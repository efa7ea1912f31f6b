"""What a provider of its kind needs to be told, and what would mean nothing to it (as Kratos's schema has it). Pure.

The needs themselves are in the catalogue of kinds.
"""

import re

from headwater.identity.config.section import Section, problem
from headwater.identity.config.social_config import PKCE_AUTO, PKCE_FORCE, PKCE_NEVER
from headwater.identity.providers.kinds.catalogue import (
    APPLE,
    AUTH_URL,
    CLIENT_SECRET,
    ISSUER_URL,
    KINDS,
    MICROSOFT_TENANT,
    TOKEN_URL,
)

# It becomes a part of an address at Microsoft's.
TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")
TENANTS = "common, organizations, consumers, or the id or domain of one tenant"
OF_APPLE = "Apple gives it with a key: Certificates, Identifiers & Profiles, Keys"
WHAT = {
    "client_id": "what this app is called where it was registered with the provider",
    "mapper_url": "the Jsonnet that makes traits of what the provider says, as base64://",
    ISSUER_URL: "the provider's address, below which its /.well-known/openid-configuration is",
    AUTH_URL: "the provider's page for signing in",
    TOKEN_URL: "where the provider gives out tokens",
    MICROSOFT_TENANT: TENANTS,
    **dict.fromkeys(APPLE, OF_APPLE),
}


def check(section: Section, *, kind: str) -> None:
    """Raise ConfigProblem, naming the path, unless a provider of this kind (of the catalogue) could work with it."""
    for key in ("client_id", "mapper_url"):
        _need(section, key)
    _check_group(section, KINDS[kind].needs)
    if KINDS[kind].takes_secret:
        _check_secret(section)
    elif section.text(CLIENT_SECRET, ""):
        raise problem(
            section.at(CLIENT_SECRET), f"can't be set for {KINDS[kind].title}: one is made of its private key"
        )
    # Whoever names a tenant means to let only its people in. With another kind it would keep nobody out.
    for key in (*APPLE, MICROSOFT_TENANT):
        owners = [name for name, entry in KINDS.items() if any(key in group for group in entry.needs)]
        if kind not in owners and section.text(key, ""):
            raise problem(section.at(key), f"belongs to a provider of kind {' or '.join(owners)}; here it does nothing")
    tenant = section.text(MICROSOFT_TENANT, "")
    if tenant and not TENANT.fullmatch(tenant):
        raise problem(section.at(MICROSOFT_TENANT), f"must be {TENANTS}")


def _need(section: Section, key: str, more: str = "") -> None:
    if not section.text(key, ""):
        what = WHAT.get(key)
        raise problem(section.at(key), f"is missing{f': {what}' if what else ''}{more}")


def _check_group(section: Section, groups: tuple[tuple[str, ...], ...]) -> None:
    """One of the groups has to be complete; if none is, the first is asked for."""
    if any(all(section.text(key, "") for key in group) for group in groups):
        return
    first, *others = groups
    more = "".join(f"; or else {' and '.join(group)}" for group in others)
    for key in first:
        _need(section, key, more)


def _check_secret(section: Section) -> None:
    """Without a secret only PKCE ties a code to whoever asked for it (RFC 9700, 2.1.1)."""
    if section.text(CLIENT_SECRET, ""):
        return
    pkce = section.text("pkce", PKCE_AUTO)
    if pkce == PKCE_NEVER:
        raise problem(section.at("pkce"), "can't be never without a client_secret: anybody could use a stolen code")
    # An empty text is how a kratos.yml says that there is none.
    if section.raw(CLIENT_SECRET) is None and pkce != PKCE_FORCE:
        raise problem(section.at(CLIENT_SECRET), "is missing; for a public client, which has none, set pkce to force")
