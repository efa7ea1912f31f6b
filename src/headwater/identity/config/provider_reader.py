"""Reads one provider of social sign-in (`selfservice.methods.oidc.config.providers`): shapes, bounds, choices.

What its kind needs on top of that is in `provider_needs`.
"""

import re

from headwater.core.secrets import Secret
from headwater.identity.config import bounded, claims_mapper_url, provider_needs, requested_claims
from headwater.identity.config.section import Section, problem
from headwater.identity.config.social_config import (
    APPLE,
    FROM_ID_TOKEN,
    FROM_USERINFO,
    LINK_AUTOMATIC,
    LINK_CONFIRMED,
    PKCE_AUTO,
    PKCE_FORCE,
    PKCE_NEVER,
    UPDATE_AUTOMATIC,
    UPDATE_NEVER,
    AppleKey,
    ProviderConfig,
)
from headwater.identity.providers.kinds.catalogue import NAMES

ORGANIZATION = "organization_id"
MAPPER = "mapper_url"
CLAIMS = "requested_claims"

# It stands in the path of the redirect URI, and before a colon in front of the person's id over there.
ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._~-]{0,63}")
ID_RULE = "must be 1 to 64 letters, digits, - _ . or ~, beginning with a letter, digit or _: it is part of addresses"

TEXTS = (
    "id",
    "provider",
    "label",
    "client_id",
    "microsoft_tenant",
    "apple_team_id",
    "apple_private_key_id",
    ORGANIZATION,
    "net_id_token_origin_header",
)
SECRETS = ("client_secret", "apple_private_key")  # `social_secrets` looks at what they say
ADDRESSES = ("issuer_url", "auth_url", "token_url", "fedcm_config_url")
LISTS = ("scope", "additional_id_token_audiences", "aal2_acr_values", "aal2_amr_values")
# The first is what holds where nothing is said.
CHOICES = {
    "pkce": (PKCE_AUTO, PKCE_NEVER, PKCE_FORCE),
    "claims_source": (FROM_ID_TOKEN, FROM_USERINFO),
    "account_linking_mode": (LINK_CONFIRMED, LINK_AUTOMATIC),
    "update_identity_on_login": (UPDATE_NEVER, UPDATE_AUTOMATIC),
}
SUBJECT_SOURCE = "subject_source"
SUBJECT_SOURCES = ("userinfo", "me", "oid")
KEYS = frozenset({*TEXTS, *SECRETS, *ADDRESSES, *LISTS, *CHOICES, SUBJECT_SOURCE, MAPPER, CLAIMS})


def read(section: Section) -> ProviderConfig:
    """Return one provider. Raises ConfigProblem naming the path that is wrong, never what a secret says."""
    # Every key is looked at before anything is missed: a wrong one is told as such, whatever else is still to come.
    texts = {key: bounded.text(section, key) for key in TEXTS}
    secrets = {key: Secret(section.text(key, "")) for key in SECRETS}
    addresses = {key: bounded.web_address(section, key) for key in ADDRESSES}
    lists = {key: bounded.texts(section, key) for key in LISTS}
    choices = {key: section.text(key, allowed[0], allowed=allowed) for key, allowed in CHOICES.items()}
    subject_source = section.text(SUBJECT_SOURCE, "", allowed=SUBJECT_SOURCES)
    mapper_url = claims_mapper_url.read(section, MAPPER)
    claims = requested_claims.read(section, CLAIMS)
    _check_names(section, id_=texts["id"], kind=texts["provider"])
    provider_needs.check(section, kind=texts["provider"])
    return ProviderConfig(
        id=texts["id"],
        kind=texts["provider"],
        label=texts["label"] or texts["id"],
        client_id=texts["client_id"],
        client_secret=secrets["client_secret"],
        mapper_url=mapper_url,
        issuer_url=addresses["issuer_url"],
        auth_url=addresses["auth_url"],
        token_url=addresses["token_url"],
        scopes=lists["scope"],
        requested_claims=claims,
        claims_source=choices["claims_source"],
        pkce=choices["pkce"],
        additional_audiences=lists["additional_id_token_audiences"],
        microsoft_tenant=texts["microsoft_tenant"],
        subject_source=subject_source,
        apple_key=_apple_key(texts, secrets["apple_private_key"]),
        account_linking=choices["account_linking_mode"],
        update_on_login=choices["update_identity_on_login"],
        aal2_acr_values=lists["aal2_acr_values"],
        aal2_amr_values=lists["aal2_amr_values"],
    )


def _check_names(section: Section, *, id_: str, kind: str) -> None:
    if not ID.fullmatch(id_):
        raise problem(section.at("id"), ID_RULE if id_ else f"is missing; it {ID_RULE}")
    known = ", ".join(sorted(NAMES))
    advice = f"It can be {known}; most others work as generic, with their issuer_url"
    if not kind:
        raise problem(section.at("provider"), f"is missing: the kind of provider. {advice}")
    if kind not in NAMES:
        reason = f"is {kind!r}, a kind of provider that this release of Headwater doesn't know. {advice}"
        raise problem(section.at("provider"), reason)


def _apple_key(texts: dict[str, str], private_key: Secret) -> AppleKey | None:
    if texts["provider"] != APPLE:
        return None
    return AppleKey(team_id=texts["apple_team_id"], key_id=texts["apple_private_key_id"], private_key=private_key)
