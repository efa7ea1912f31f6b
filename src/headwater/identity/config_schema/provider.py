"""`selfservice.methods.oidc`: social sign-in, and what each of its providers may be told. Pure."""

from typing import Any

from headwater.identity.config.provider_needs import TENANTS, WHAT
from headwater.identity.config.provider_reader import CHOICES, SUBJECT_SOURCES
from headwater.identity.config.requested_claims import PLACES
from headwater.identity.config.social_doubts import IGNORED, ORGANIZATION
from headwater.identity.config.social_reader import MOST_PROVIDERS
from headwater.identity.config_schema.hooks import JSONNET
from headwater.identity.config_schema.nodes import (
    MOST_LETTERS,
    Node,
    choice,
    flag,
    idle,
    members,
    named,
    secret,
    several,
    text,
    texts,
)
from headwater.identity.providers.kinds.catalogue import NAMES

# Ory has them and we don't: who reads the provider says so, and what to do instead.
ORYS_OTHERS = (
    "amazon",
    "dingtalk",
    "fedcm-test",
    "lark",
    "line",
    "linkedin",
    "netid",
    "patreon",
    "uaepass",
    "vk",
    "x",
    "yandex",
)
OTHERS = "Most others work as generic, with their issuer_url"
ISSUER = "https://issuer.example.org"
POLICY = "accounts are linked as each provider's account_linking_mode says"
ABOUT_CHOICES = {
    "pkce": "Whether codes are tied to whoever asked for them.",
    "claims_source": "Where a generic provider's claims come from.",
    "account_linking_mode": "What happens where somebody has the address already.",
    "update_identity_on_login": "Whether traits follow the provider at each sign-in.",
}


def method() -> Node:
    """Return `selfservice.methods.oidc`."""
    config = {
        "base_redirect_uri": text("What providers know as our address.", sample=ISSUER),
        "providers": several(_provider(), "Whom people can sign in with.", most=MOST_PROVIDERS),
    }
    known = {
        "enabled": flag("Whether it is there.", default=False),
        "config": members("Its details.", config),
        "enable_auto_link_policy": idle(flag("Whether accounts may be linked without asking.", default=False), POLICY),
    }
    return members("Social sign-in.", known)


def _provider() -> Node:
    known = {
        "id": text("Its name in addresses, and before the ids of its people.", sample="acme"),
        "provider": choice("Its kind.", (*NAMES, *ORYS_OTHERS), what="kind of provider", advice=OTHERS),
        "label": text("What its button says."),
        "client_id": text(_about("client_id"), sample="headwater"),
        "client_secret": secret("Proves that it is this app that asks.", sample="secret://sample"),
        "issuer_url": text(_about("issuer_url"), sample=ISSUER),
        "auth_url": text(_about("auth_url"), sample=ISSUER),
        "token_url": text(_about("token_url"), sample=ISSUER),
        "mapper_url": text(_about("mapper_url"), sample=JSONNET),
        "scope": texts("What is asked for.", sample="openid"),
        "requested_claims": _claims(),
        "microsoft_tenant": text(f"Whose people it lets in: {TENANTS}."),
        "subject_source": choice("Where Microsoft's people have their id from.", SUBJECT_SOURCES, what="source"),
        "apple_team_id": text(_about("apple_team_id")),
        "apple_private_key_id": text(_about("apple_private_key_id")),
        "apple_private_key": secret(_about("apple_private_key")),
        "additional_id_token_audiences": texts("Which other apps' tokens are good.", sample="ada-app"),
        "aal2_acr_values": texts("Which of its acr values mean two factors.", sample="mfa"),
        "aal2_amr_values": texts("Which of its amr values mean two factors.", sample="mfa"),
        **{key: _choice(key) for key in CHOICES},
        "organization_id": idle(text("The organization whose members see it."), ORGANIZATION),
        "fedcm_config_url": idle(text("For signing in without leaving the page."), IGNORED),
        "net_id_token_origin_header": idle(text("For signing in without leaving the page."), IGNORED),
    }
    return members("One provider.", known, required=("id", "provider"))


def _about(key: str) -> str:
    return f"{WHAT[key][0].upper()}{WHAT[key][1:]}."


def _choice(key: str) -> Node:
    return choice(ABOUT_CHOICES[key], CHOICES[key], what="choice", default=CHOICES[key][0])


def _claims() -> Node:
    """OpenID Connect's claims parameter; as a text it is read like the object."""
    wish = members("", {"essential": {"type": "boolean"}, "value": {}, "values": {"type": "array"}})
    place = named({**wish, "type": ["object", "null"]}, "Of each claim, what is asked.")
    node: dict[str, Any] = {
        "description": "Claims that are asked for.",
        "type": ["object", "string"],
        "maxLength": MOST_LETTERS,
        "properties": dict.fromkeys(PLACES, place),
    }
    return node
